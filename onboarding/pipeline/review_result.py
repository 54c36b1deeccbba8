"""The result of the review of all rows, and the record in the ledger that a run is ready to send, or was stopped."""

from dataclasses import replace

from onboarding.model.plan import ExclusionFigures, FilterFigures
from onboarding.model.presence import PresenceFigures
from onboarding.model.run import GuardFigures
from onboarding.model.sent import Ending
from onboarding.model.unchanged import UnchangedExport
from onboarding.model.values import dataclass
from onboarding.pipeline.baseline import Inputs, forget_old_rosters
from onboarding.pipeline.job import Job
from onboarding.preparing.guards import Census, GuardVerdict


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """The result of the review of all rows.

    ``exclusions`` has the figures about lists of exclusions. ``exclusions`` is None if the run has no such lists, or if
    its rows were decided before, so that it does not read the lists. ``filters`` has the figures about the rules of
    ``--only`` and ``--skip``, or None in the same cases. ``verdict`` is the verdict of the guards, or None if they did
    not check the run. The guards do not check a resumed run, since they let this run pass when it began. ``unasked`` is
    the reason why the service could not be asked who is there, or None. With this reason, the guards do not check the
    run, and the run sends nothing. ``unchanged`` are the exports that have had the same bytes for many nights.
    """

    inputs: Inputs
    census: Census
    presence: PresenceFigures
    exclusions: ExclusionFigures | None = None
    filters: FilterFigures | None = None
    verdict: GuardVerdict | None = None
    unasked: Ending | None = None
    unchanged: tuple[UnchangedExport, ...] = ()

    @property
    def is_stopped_by_guard(self) -> bool:
        """Whether a guard stops the run."""
        return self.verdict is not None and self.verdict.is_stopped

    @property
    def stopped(self) -> Ending | None:
        """The reason why the run may send nothing: a guard stops it, or the service was not asked. Otherwise None."""
        return (self.verdict.ending if self.verdict else None) or self.unasked

    @property
    def figures(self) -> GuardFigures | None:
        """The numbers that the guards checked, to compare later runs with them. None if the guards did not check."""
        if self.verdict is None:
            return None
        hits = tuple(hit.guard for hit in self.verdict.hits)
        is_usual = not hits and not self.verdict.runs_until_usual
        accepted = () if is_usual else tuple(hit.guard for hit in self.verdict.accepted)
        seen = self.census
        return GuardFigures(seen.people, seen.rejected, seen.held, seen.excluded, hits, seen.filtered, accepted)

    def without_addresses(self) -> "ReviewResult":
        """Return a copy of this result without addresses, which may be sent to another machine."""
        return replace(self, census=self.census.without_addresses())

    def confirmed(self) -> "ReviewResult":
        """Return a copy of this result in which an operator has confirmed the number of people."""
        return replace(self, verdict=replace(self.verdict, confirmed=True)) if self.verdict else self


def complete(job: Job, reviewed: ReviewResult) -> None:
    """Record in the ledger that the run has kept all its rows, so that the run can be resumed and reported.

    If a guard stops the run, the end of the run is recorded first. Otherwise a crash between the two records would
    leave a stopped run that could be resumed. A run that could not ask the service is reported, but never resumed,
    since no guard has checked it. Raises ``HoldLost`` if another run may have changed the reviewed rows.
    """
    job.ledger.check_hold(job.run.scope)
    if reviewed.stopped:
        job.ledger.end(job.run.run_id, exit_code=reviewed.stopped.exit_code, counts={})
        job.ledger.rosters.drop([job.run.run_id])
    job.ledger.record_inputs(job.run.run_id, reviewed.inputs, reviewed.figures)
    forget_old_rosters(job)
