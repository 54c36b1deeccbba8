"""The reasons for a person to look at a run: one list for the screen, the page, the notices and the mail of cron."""

from collections.abc import Iterator, Mapping
from datetime import UTC
from enum import StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING

from onboarding.model.amounts import people, with_noun
from onboarding.model.dispositions import TO_CORRECT
from onboarding.model.errors import ExitCode
from onboarding.model.sent import SettledDoubts
from onboarding.model.values import dataclass
from onboarding.reports.reading import lines_about_unchanged
from onboarding.reports.words import EXIT_CODE_WORDS, SEE_TO_FEED, UNFINISHED, count_rows, moved_in_words

if TYPE_CHECKING:
    from onboarding.preparing.guards import GuardVerdict
    from onboarding.reports.summary import Summary


NOBODY_CHOSEN = "The rules of --only and --skip choose nobody in the exports: see that their values are still right."


class ConcernKind(StrEnum):
    """The subject of a concern. The kinds are in the order in which people read them."""

    ENDING = "ending"
    UNFINISHED = "unfinished"
    CUT_OFF = "cut_off"
    NOBODY_CHOSEN = "nobody_chosen"
    NEW_ROWS = "new_rows"
    UNCHANGED = "unchanged"
    MISSING = "missing"
    MOVED = "moved"
    STOPPED_BEFORE = "stopped_before"
    NEW_DOMAINS = "new_domains"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Concern:
    """A reason for a person to look at a run.

    ``words`` are one or more sentences. ``notice_words`` are sentences for notices, which name no export. ``is_news``
    is True if no earlier run has told people about this concern.
    """

    kind: ConcernKind
    words: str
    notice_words: str
    is_news: bool = True


def concerns_about(summary: "Summary") -> Iterator[Concern]:
    """Yield the reasons for a person to look at a run, the most urgent first."""
    if summary.exit_code != ExitCode.SETTLED:
        words = summary.message or EXIT_CODE_WORDS[ExitCode(summary.exit_code)].meaning
        guards = summary.guards if summary.exit_code == ExitCode.GUARD else None
        yield Concern(ConcernKind.ENDING, words, f"{guards.stopped_in_notices} {guards.remedy}" if guards else words)
    elif left := count_rows(summary.counts, [each for each in UNFINISHED if each in summary.for_a_person]):
        words = f"{people(left)} should have been invited: the invitation failed, was not sent, or is in doubt."
        yield Concern(ConcernKind.UNFINISHED, words, words)
    if words := cut_off_before(summary):
        yield Concern(ConcernKind.CUT_OFF, words, words)
    if summary.filters and summary.filters.choose_nobody:
        yield Concern(ConcernKind.NOBODY_CHOSEN, NOBODY_CHOSEN, NOBODY_CHOSEN)
    if words := _new_rows(summary):
        yield Concern(ConcernKind.NEW_ROWS, words, words)
    yield from _about_unchanged_exports(summary)
    if summary.moved:
        words = moved_in_words(summary.moved)
        yield Concern(ConcernKind.MOVED, words, words, is_news=False)
    if summary.guards:
        yield from _about_guards(summary.guards)


def cut_off_before(summary: "Summary") -> str:
    """Return a sentence about the runs just before this run that have no end, or an empty text.

    A run has no end if its process was killed or lost the ledger. So people do not know about such a run yet. The
    function ignores runs that were refused before they read a row.
    """
    ended = (None, ExitCode.SETTLED)
    earlier = [run for run in summary.trend if run.run_id != summary.run_id and (run.rows or run.exit_code in ended)]
    cut_off = list(takewhile(lambda run: run.exit_code is None, reversed(earlier)))
    if not cut_off or summary.command == "plan":
        return ""
    began = f"{cut_off[-1].started_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    runs = f"The run of {began} ({cut_off[0].run_id}) was cut off"
    if len(cut_off) > 1:
        runs = f"The last {len(cut_off):,} runs before this one, from {began} on, were cut off"
    return f"{runs}{_doubts_in_words(summary.sending.settled_doubts or SettledDoubts())}."


def _doubts_in_words(settled: SettledDoubts) -> str:
    """Return the end of a sentence that says how invitations in doubt were settled. Empty if none was settled."""
    ends = {"had arrived": settled.there, "had not arrived": settled.released}
    found = [
        f"{with_noun(number, 'invitation', 'invitations')} in doubt {end}" for end, number in ends.items() if number
    ]
    return f"; {' and '.join(found)}" if found else ""


def doubtful_exports(summary: "Summary") -> Mapping[str, int]:
    """Return how many exports the HR system may have stopped writing, by their kind: unchanged, missing or empty.

    Kinds without an export are left out. After a run to many accounts, only unchanged exports are counted.
    """
    guards = None if summary.accounts else summary.guards
    found = {
        "unchanged": len(summary.unchanged),
        "missing": len(guards.unread) if guards else 0,
        "empty": len(guards.emptied) if guards else 0,
    }
    return {kind: number for kind, number in found.items() if number}


def what_to_do_about_exports(summary: "Summary") -> str:
    """Return advice about exports that the HR system may have stopped writing, or an empty text."""
    kinds = " and ".join(doubtful_exports(summary))
    return f"{kinds.capitalize()} exports: {SEE_TO_FEED}." if kinds else ""


def _new_rows(summary: "Summary") -> str:
    """Return a sentence about the rows that a person must correct for the first time, or an empty text.

    If it is not known which rows are new, all rows that a person must correct count as new.
    """
    if summary.news:
        return summary.news_in_words[0] if summary.news.totals["new"] else ""
    rows = count_rows(summary.counts, TO_CORRECT)
    return f"{with_noun(rows, 'row needs', 'rows need')} a person." if rows else ""


def _about_unchanged_exports(summary: "Summary") -> Iterator[Concern]:
    for is_news in (True, False):
        if exports := [export for export in summary.unchanged if export.is_news is is_news]:
            have = with_noun(len(exports), "export has", "exports have")
            nights = with_noun(max(export.nights for export in exports), "night", "nights")
            notice_words = f"{have} had the same bytes for {nights}: {SEE_TO_FEED}."
            yield Concern(ConcernKind.UNCHANGED, " ".join(lines_about_unchanged(exports)), notice_words, is_news)


def _about_guards(guards: "GuardVerdict") -> Iterator[Concern]:
    if guards.missing:
        unread, emptied = len(guards.unread), len(guards.emptied)
        are = with_noun(unread, "export of the last good runs is", "exports of the last good runs are")
        have = with_noun(emptied, "export of the last good runs has", "exports of the last good runs have")
        found = ((unread, f"{are} missing"), (emptied, f"{have} no rows now"))
        notice_words = f"{', and '.join(words for number, words in found if number)}: {SEE_TO_FEED}."
        yield Concern(ConcernKind.MISSING, guards.missing_in_words, notice_words, guards.missing_is_news)
    if guards.stopped_before:
        yield Concern(ConcernKind.STOPPED_BEFORE, guards.stopped_before, guards.stopped_before)
    if words := guards.new_domains_in_words:
        # The new rows include these people, so this concern is no more news.
        yield Concern(ConcernKind.NEW_DOMAINS, words, words, is_news=False)
    if words := guards.confirmed_in_words:
        yield Concern(ConcernKind.CONFIRMED, words, guards.confirmed_in_notices)
    if words := guards.accepted_in_words:
        yield Concern(ConcernKind.ACCEPTED, words, words)
