"""Find exports with the same bytes night after night. Perhaps the HR system no longer writes these exports."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from onboarding.model.amounts import with_noun
from onboarding.model.run import Run, have_same_exports
from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class UnchangedExport:
    """An export with the same bytes as on earlier days.

    ``nights`` is the number of earlier days on which a run read these bytes. ``since`` is the first of these days, as
    ISO-8601 text. ``is_news`` is true if this run is the first that reports the export to the operator.
    """

    source: str
    nights: int
    since: str
    is_news: bool = False

    @property
    def in_words(self) -> str:
        """A clause about the time for which the export has been the same."""
        nights = with_noun(self.nights, "night", "nights")
        return f"{self.source} has had the same bytes for {nights}, since {self.since}"


def unchanged_exports(
    inputs: Sequence[Mapping[str, object]], runs: Sequence[Run], this: Run, *, nights: int, guard: str = ""
) -> Iterator[UnchangedExport]:
    """Yield the exports of the run ``this`` that had the same bytes on at least ``nights`` earlier days.

    ``inputs`` are the facts of the exports of ``this``, with the fields of ``exports.ExportFacts``. ``runs`` are all
    runs to the account of ``this``, the newest first. The function ignores runs of other exports, and runs that did not
    read all rows. It recognises an export by its bytes, since a name may contain a date. Days are days in this
    machine's time zone.

    ``guard`` is the name of the guard that asks, or empty. If an operator has confirmed a run that hit this guard, the
    count of days starts again with that run. So an export that rarely changes seldom stops a run, and an export that
    the HR system no longer writes stops runs again and again.

    The function leaves out exports without rows, since an export of new people may be empty. It also leaves out
    workbooks of corrections.
    """
    read = replace(this, inputs=tuple(inputs))
    alike = [run for run in runs if _counts(run, read)]
    counted = list(_up_to_confirmed(alike, guard)) if guard else alike
    for facts in filter(_is_feed, inputs):
        days, days_that_count = (_days(of, facts.get("sha256")) - {_day(this)} for of in (alike, counted))
        if len(days_that_count) >= nights > 0:
            source, since = str(facts["source"]), min(days).isoformat()
            yield UnchangedExport(source, len(days), since, is_news=len(days) == nights)


def _counts(run: Run, this: Run) -> bool:
    is_earlier = run.run_id != this.run_id and run.command != "plan" and bool(run.inputs)
    return is_earlier and have_same_exports(run, this)


def _up_to_confirmed(runs: Iterable[Run], guard: str) -> Iterator[Run]:
    """Yield the runs up to the first run that hit the guard and was then confirmed by an operator.

    The confirmed run is the last run of the result.
    """
    for run in runs:
        yield run
        if run.went_well and run.guards and guard in run.guards.hits:
            return


def _is_feed(facts: Mapping[str, object]) -> bool:
    columns = facts.get("columns")
    corrects = isinstance(columns, Mapping) and "email_before" in columns
    return bool(facts.get("sha256") and facts.get("rows")) and not corrects


def _days(runs: Sequence[Run], sha256: object) -> set[date]:
    """Return the days of the latest runs, back to the last run that did not read an export with this digest.

    ``runs`` are the runs, the newest first. The day of the run without such an export is not in the result.
    """
    days = set()
    for run in runs:
        if all(facts.get("sha256") != sha256 for facts in run.inputs or ()):
            break
        days.add(_day(run))
    return days


def _day(run: Run) -> date:
    return run.started_at.astimezone().date()
