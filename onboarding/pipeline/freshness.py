"""Freshness of exports: refuse exports that are too old, and find exports that have not changed for many nights."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from onboarding.exports import Export, Role
from onboarding.model.amounts import duration, with_noun
from onboarding.model.errors import InputRefused
from onboarding.model.file_patterns import fits_file
from onboarding.model.own_files import is_own
from onboarding.model.run import Run
from onboarding.model.unchanged import UnchangedExport, unchanged_exports
from onboarding.preparing.guards import SAME_BYTES, HitGuard
from onboarding.settings.settings import Settings
from onboarding.settings.values import read_duration

FLAG = "--max-export-age"

EXPORTS_NAMED = 3
"""The most exports that the reason of a guard names."""


def refuse_old_exports(exports: Iterable[Export], ages: Sequence[str], now: datetime) -> None:
    """Raise ``InputRefused`` for the first export that was last written too long ago.

    ``ages`` are the values of ``--max-export-age``. Workbooks of corrections may be of any age.
    """
    for export in exports:
        limit, written = _limit_of(export.source, ages), datetime.fromisoformat(export.facts.modified_at)
        age = now - written
        if limit and age > read_duration(limit, flag=FLAG) and Role.EMAIL_BEFORE not in export.facts.columns:
            ago = f"{duration(age.total_seconds())} ago"
            error = InputRefused(
                f"{export.source}: last written at {written:%Y-%m-%d %H:%M} UTC, which is {ago}, and {FLAG} is {limit};"
                " see that the job in the HR system writes it again, or allow more"
            )
            error.notice = (
                f"An export was last written {ago}, and {FLAG} is {limit}; see that the job in the HR system writes it"
                " again, or allow more."
            )
            raise error


def unchanged_feeds(
    inputs: Sequence[Mapping[str, object]], runs: Sequence[Run], run: Run, settings: Settings
) -> tuple[UnchangedExport, ...]:
    """Return the exports of a run that have had the same bytes for too many nights, by the limits in the settings.

    ``inputs`` are the facts of the exports, and ``runs`` are all runs to the account, the newest first.
    """
    feeds = [facts for facts in inputs if not is_own(str(facts["source"]))]
    limits = filter(None, (settings.same_bytes_warning, settings.max_same_bytes))
    return tuple(unchanged_exports(feeds, runs, run, nights=min(limits, default=0)))


def dead_feeds(
    inputs: Sequence[Mapping[str, object]], runs: Sequence[Run], run: Run, settings: Settings
) -> Iterator[HitGuard]:
    """Yield a guard if exports have had the same bytes for at least as many nights as the limit ``--max-same-bytes``.

    The reason of the guard names a few of these exports. The reason for notices only counts the exports. ``inputs`` are
    the facts of the exports, and ``runs`` are all runs to the account, the newest first.
    """
    feeds = [facts for facts in inputs if not is_own(str(facts["source"]))]
    if dead := list(unchanged_exports(feeds, runs, run, nights=settings.max_same_bytes, guard=SAME_BYTES)):
        exports = with_noun(len(dead), "export has", "exports have")
        nights = with_noun(max(export.nights for export in dead), "night", "nights")
        named = "; ".join(export.in_words for export in dead[:EXPORTS_NAMED])
        others = len(dead) - EXPORTS_NAMED
        more = f"; so have {with_noun(others, 'more export', 'more exports')}" if others > 0 else ""
        yield HitGuard(SAME_BYTES, f"{named}{more}", notice_why=f"{exports} had the same bytes for {nights}")


def _limit_of(source: str, ages: Sequence[str]) -> str:
    """Return the highest age allowed for a file, as text. Return an empty text if no limit is set.

    An age for certain files overrides the age for all files. If several ages are for the file, the first age is used.
    """
    pairs = [(pattern, age) for pattern, _, age in (text.rpartition("=") for text in ages)]
    own = (age for pattern, age in pairs if pattern and fits_file(pattern, source))
    return next(own, next((age for pattern, age in pairs if not pattern), ""))
