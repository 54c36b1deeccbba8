"""The baseline of the guards: the good runs with which a plan is compared, and the rosters of these runs.

A good run went well, and its guards checked all its rows. Any plan is compared with the last good run that hit no
guard. If a run hit a guard and an operator confirmed the run, only plans that are similar to this run are compared with
this run. No plan is compared with a run that passed only because of an earlier confirmation. A run of partial exports
is compared only with runs of partial exports. A run of hand-off workbooks is compared with no run.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, takewhile
from typing import TypeAlias

from onboarding.model.amounts import people
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.own_files import is_own
from onboarding.model.run import (
    GuardFigures,
    Run,
    exports_of,
    have_same_exports,
    latest_of_same_exports,
    rules_of,
    without_dates,
)
from onboarding.pipeline.answered_workbooks import are_workbooks
from onboarding.pipeline.job import Job
from onboarding.preparing.guards import EmptiedExport, LastRun, LastRuns, RosterHashes

Inputs = Sequence[Mapping[str, object]]
"""The facts of each export that was read, with the fields of ``exports.ExportFacts``."""

_PeopleByExport: TypeAlias = Mapping[str, tuple[str, int]]
"""The name and the number of records of each export, by the export's name without dates."""

MissingExports: TypeAlias = tuple[tuple[str, ...], tuple[EmptiedExport, ...]]
"""The names of exports without people in a run, and an ``EmptiedExport`` for each export that the run has read."""

RUNS_OF_THE_SAME_EXPORTS = 3
"""After this number of good runs in a row without an export, the guards no longer report the export as missing."""

ROSTERS_OF_A_KIND = 2
"""How many rosters (hashes of a run's people) the ledger keeps of runs with the same exports and the same ending."""

MOST_ROSTERS = 24
"""The most rosters (hashes of a run's people) that the ledger keeps for one account."""


NO_GOOD_RUN = "No earlier run went well here, so the guards had nothing to compare with."
NO_FAIR_MEASURE = "No earlier run is a fair measure for this one, so the guards had nothing to compare with."
WORKBOOKS = "The guards compare workbooks from HR with no earlier run."


class Baseline:
    """The runs with which a run is compared, and the roster of the run (hashes of the people in its exports).

    Without ``roster``, no hashes of people are collected, since no later run will need them.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        kept = job.ledger.rosters.run_ids()
        self.runs = job.ledger.runs(job.run.scope)
        """All runs to the account, the newest first."""
        earlier = [run for run in self.runs if run.run_id != job.run.run_id]
        went_well = any(run.went_well for run in earlier)
        self._before = next((run for run in earlier if run.command != "plan"), None)
        self._why_none = NO_FAIR_MEASURE if went_well else NO_GOOD_RUN
        self._good = [run for run in earlier if run.run_id in kept and _is_measure(run, job.run)]
        is_needed = not job.run.is_partial and (job.sends or bool(self._good))
        self.roster = RosterHashes(job.ledger.secret) if is_needed else None

    def last_runs(self, inputs: Inputs) -> LastRuns:
        """Return the runs with which a run of these ``inputs`` is compared."""
        this = replace(self._job.run, inputs=tuple(inputs))
        if are_workbooks(inputs):
            return LastRuns(why_none=WORKBOOKS if inputs else "")
        fair = [run for run in self._good if not _figures(run).is_unusual]
        last = latest_of_same_exports(fair, this)
        alike = [run for run in self._good if have_same_exports(run, this)]
        later = alike[: alike.index(last)] if last in alike else alike
        accepted = list(takewhile(lambda run: not _figures(run).hits, later))
        confirmed = next((run for run in later if _figures(run).hits), None)
        sources = [run.inputs or () for run in islice((run for run in alike if run in fair), RUNS_OF_THE_SAME_EXPORTS)]
        if last and not sources:
            sources = [last.inputs or ()]
        missing = missing_exports(sources, this)
        good, by_hand = (self._compared(run, this, missing) if run else None for run in (last, confirmed))
        is_news = bool(sources) and any(missing_exports(sources[:1], this))
        stopped = _stopped_before(self._before, inputs) if this.is_partial and self._before else ""
        return LastRuns(good, by_hand, "" if good else self._why_none, is_news, stopped, accepted=len(accepted))

    def keep_roster(self, inputs: Inputs) -> None:
        """Keep the roster of this run (hashes of its people) in the ledger, for the comparison with later runs."""
        if not are_workbooks(inputs):
            self._job.ledger.rosters.keep(self._job.run.run_id, self.roster.parts() if self.roster else [b""])

    def _compared(self, run: Run, this: Run, missing: MissingExports) -> LastRun:
        people, gone = self.roster.gone_from(self._job.ledger.rosters.parts(run.run_id)) if self.roster else (0, 0)
        return LastRun(
            run.run_id,
            _figures(run),
            people,
            gone,
            *missing,
            is_alike=have_same_exports(run, this),
            has_same_rules=rules_of(run) == rules_of(this),
        )


def forget_old_rosters(job: Job) -> None:
    """Forget the rosters (hashes of a run's people) that no later run will be compared with.

    The ledger keeps the latest rosters of each kind of run. Runs are of the same kind if three things are the same:
    their exports, whether they went well, and whether they hit a guard or passed only because an earlier run was
    confirmed. Rosters of runs that did not go well are kept, too, since these runs may be resumed.
    """
    kept = job.ledger.rosters.run_ids()
    of_kind: dict[object, int] = {}
    stale: list[str] = []
    for number, run in enumerate(run for run in job.ledger.runs(job.run.scope) if run.run_id in kept):
        figures = _figures(run)
        kind = (exports_of(run), run.is_partial, run.went_well, bool(figures.hits), bool(figures.accepted))
        of_kind[kind] = of_kind.get(kind, 0) + 1
        if of_kind[kind] > ROSTERS_OF_A_KIND or number >= MOST_ROSTERS:
            stale.append(run.run_id)
    job.ledger.rosters.drop(stale)


def _is_measure(run: Run, this: Run) -> bool:
    """Return whether the run ``this`` may be compared with ``run``, whose roster is kept.

    In a run to many accounts, the run to one account may hit a guard because the account has no usable row. The ledger
    drops the rosters of stopped runs. So if such a run still has a roster, an operator has confirmed it.
    """
    is_known = run.guards is not None and not are_workbooks(run.inputs or ())
    is_confirmed = run.exit_code == ExitCode.INPUT_REFUSED and bool(_figures(run).hits)
    return (run.went_well or is_confirmed) and is_known and run.is_partial == this.is_partial


def _stopped_before(before: Run, inputs: Inputs) -> str:
    """If a guard stopped the run ``before`` this run, return a sentence about the people who were not invited.

    The exports of the next day may lack these people. The text is empty if no guard stopped the run, or if this run has
    the same exports.
    """
    left = before.counts.get(Disposition.DEFERRED, 0)
    of_before, here = ({facts.get("sha256") for facts in facts_of} for facts_of in (before.inputs or (), inputs))
    if before.exit_code != ExitCode.GUARD or not left or of_before <= here:
        return ""
    return (
        f"A guard stopped the run before this one ({before.run_id}), so {people(left)} of its exports were not invited:"
        " if they should be, run with those exports again."
    )


def _figures(run: Run) -> GuardFigures:
    return run.guards or GuardFigures()


def missing_exports(earlier: Sequence[Inputs], this: Run) -> MissingExports:
    """Return the exports of earlier runs that the run ``this`` has not read, or in which it has found no people.

    ``earlier`` has the inputs of the earlier runs, the newest first. For an export that this run has not read, the
    result has its latest name. If this run has read none of the earlier exports, the run is about other people, and no
    export is missing.
    """
    here, before = _people_by_export(this.inputs or ()), list(map(_people_by_export, earlier))
    there = {name: source for exports in reversed(before) for name, (source, _) in exports.items()}
    if not here.keys() & there.keys():
        return (), ()
    # A partial export may be empty, since on many nights nobody is new.
    emptied = () if this.is_partial else tuple(_emptied(before, here))
    unread = (source for name, source in there.items() if name not in here)
    return (*unread, *(export.source for export in emptied)), emptied


def _emptied(before: Sequence[_PeopleByExport], here: _PeopleByExport) -> Iterator[EmptiedExport]:
    """Yield the exports in which this run has found no people, although earlier runs found some.

    ``here`` has the exports of this run. ``before`` has the exports of the earlier runs, the newest first.
    """
    for name, (source, rows) in here.items():
        counts = [exports[name][1] if name in exports else 0 for exports in before]
        if not rows and any(counts):
            yield EmptiedExport(source, next(filter(None, counts)), is_from_last=counts[0] > 0)


def _people_by_export(inputs: Inputs) -> _PeopleByExport:
    """Return the names and the numbers of records of all exports, except files that the run made for itself."""
    found: dict[str, tuple[str, int]] = {}
    for facts in inputs:
        source, ignored = str(facts.get("source", "")), facts.get("ignored")
        if not is_own(source):
            no_records = sum(ignored.values()) if isinstance(ignored, Mapping) else 0
            name = without_dates(source)
            rows = int(str(facts.get("rows") or 0)) - no_records
            found[name] = source, rows + found.get(name, ("", 0))[1]
    return found
