"""The review of all rows before sending: leave out people whom the ledger or the service knows, and ask the guards.

``complete`` then records that a run can be resumed. The guards themselves are in ``onboarding.preparing``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import DestinationClosed, StillThrottled
from onboarding.model.outcomes import InviteState, MembershipStatus
from onboarding.model.plan import ExclusionFigures
from onboarding.model.rows import is_open
from onboarding.model.run import Run, latest_of_same_exports
from onboarding.model.sent import Ending
from onboarding.model.unchanged import UnchangedExport
from onboarding.pipeline.answered_workbooks import are_workbooks
from onboarding.pipeline.earlier_invites import EarlierInvites
from onboarding.pipeline.endings import ending_unasked
from onboarding.pipeline.freshness import dead_feeds, unchanged_feeds
from onboarding.pipeline.job import Job
from onboarding.preparing import (
    AnswerBook,
    ApprovedPlan,
    Census,
    ExclusionLists,
    GuardVerdict,
    LastRun,
    ask_guards,
    hold_respelled,
    mark_known,
)
from onboarding.reports import PresenceFigures
from onboarding.settings.settings import Settings

Inputs = Sequence[Mapping[str, object]]
"""The facts of each export that was read, with the fields of ``exports.ExportFacts``."""


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """What the review of all rows found.

    ``exclusions`` has the figures about lists of exclusions. It is None if the run has no such lists, or if its rows
    were decided before, so that it does not read the lists. ``verdict`` is what the guards say, or None if they were
    not asked. A resumed run does not ask the guards, since they let this run pass when it began. ``unasked`` is why the
    service could not be asked who is there, or None. Such a run does not ask the guards either, and sends nothing.
    ``unchanged`` are the exports that have had the same bytes for many nights.
    """

    inputs: Inputs
    census: Census
    presence: PresenceFigures
    exclusions: ExclusionFigures | None = None
    verdict: GuardVerdict | None = None
    unasked: Ending | None = None
    unchanged: tuple[UnchangedExport, ...] = ()

    @property
    def is_stopped_by_guard(self) -> bool:
        """Whether a guard stops the run."""
        return self.verdict is not None and self.verdict.is_stopped

    @property
    def stopped(self) -> Ending | None:
        """Why nothing of the run may be sent: a guard stops it, or the service was not asked. Otherwise None."""
        return (self.verdict.ending if self.verdict else None) or self.unasked

    def confirmed(self) -> "ReviewResult":
        """Return a copy of this result in which an operator has confirmed the number of people."""
        return replace(self, verdict=replace(self.verdict, confirmed=True)) if self.verdict else self


class Review:
    """Review a run's rows frame by frame, and ask the guards after the last frame.

    ``approved`` is the saved plan that an operator has approved; None means that the run sends no saved plan. ``lists``
    are the lists of exclusions; None means that the rows were decided before.
    """

    def __init__(self, job: Job, *, approved: ApprovedPlan | None = None, lists: ExclusionLists | None = None) -> None:
        self._job = job
        self._lists = lists
        self._approved = approved
        self._again = job.reinvite_rule()
        self._census = Census()
        self._earlier = EarlierInvites(job, self._memberships)
        self._book: AnswerBook | None = None
        self._not_in_ledger = 0
        self._not_shown = 0
        self._unasked = job.unasked

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield decided frames after the review has given the rows of known people a disposition, and count all rows.

        Frames have the columns of ``rows.DECIDED``. Raises ``StillThrottled``, ``Interrupted`` or
        ``DestinationClosed``.
        """
        noted = self._lists.over(rows) if self._lists else rows
        known = map(self._mark_known, noted)
        return self._census.over(map(self._earlier.mark_leavers, known))

    def over_kept(self) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        """Review again the rows that the ledger keeps for the run.

        Yield each frame with the outcomes of its claimed rows. After the ledger got the rows, people may have been
        invited elsewhere, and doubts of other runs may have been settled. If the review changes a frame, the ledger
        keeps the changed frame. Rows that this run has settled itself stay as they are. Raises as ``over`` does.
        """
        job = self._job
        for part, kept in enumerate(job.ledger.rows(job.run.run_id)):
            outcomes = outcomes_of(job, kept)
            in_doubt = kept["disposition"] == Disposition.IN_DOUBT
            unsent = kept.loc[(is_open(kept) | in_doubt) & ~kept.index.isin(settled_positions(outcomes))]
            reviewed = self._mark_known(_reopened(unsent))
            frame = kept
            if not reviewed.equals(unsent):
                frame = pd.concat([kept.drop(unsent.index), reviewed]).sort_index()
                job.ledger.keep(job.run.run_id, part, frame)
            self._census.add(frame)
            yield frame, outcomes

    def result(self, inputs: Inputs, verdict: GuardVerdict | None = None) -> ReviewResult:
        """Return what the review found.

        ``inputs`` are the facts of the exports. ``verdict`` is what the guards said; None means that the guards were
        not asked, or that the reports do not mention them.
        """
        members = self._job.account.members
        presence = PresenceFigures(
            members.pages, members.look_ups, self._not_in_ledger, self._not_shown, members.without_address
        )
        exclusions = self._lists.figures() if self._lists else None
        return ReviewResult(inputs, self._census, presence, exclusions, verdict, self._unasked)

    def ask_guards(self, inputs: Inputs) -> ReviewResult:
        """Ask the guards, and return what the review found, with the guards' verdict. A plan asks the guards too.

        HR may send back workbooks of corrections, which list only some of the people. So the guards do not compare a
        run that reads only such workbooks with any other run, earlier or later.
        """
        job = self._job
        if self._unasked:  # without the answer, the number of people to invite is not known
            return self.result(inputs)
        runs = job.ledger.runs(job.run.scope)
        allowed = set(job.settings.allow_domain)
        unknown = job.ledger.unknown_domains(job.run.scope, self._census.unconfirmed_domains)
        verdict = ask_guards(
            self._census,
            None if are_workbooks(inputs) else _last_run(runs, job.run),
            None if unknown is None else [domain for domain in unknown if domain not in allowed],
            max_invites=job.settings.max_invites,
            confirm=job.settings.confirm,
            approved=self._approved,
            further=dead_feeds(inputs, runs, job.run, job.settings),
        )
        unchanged = unchanged_feeds(inputs, runs, job.run, job.settings)
        return replace(self.result(inputs, verdict), unchanged=unchanged)

    def _mark_known(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give each open row a disposition if the ledger or the service knows its person, and return the frame."""
        job = self._job
        job.stop.raise_if_stopped()
        candidates = pa.array(is_open(frame))
        emails, keys = (as_array(frame[name]).filter(candidates) for name in ("email", "key"))
        remembered = job.ledger.live_invites(job.run.scope, pd.Series(text_array(keys)))
        there = self._memberships(emails, keys)
        if there is None:
            return mark_known(frame, remembered, None)
        respelled = self._respelled(keys)
        if there or not remembered.empty:
            invited = set(remembered.loc[remembered["state"] == InviteState.INVITED, "key"])
            self._not_in_ledger += len(there.keys() - invited)
            self._not_shown += len(invited - there.keys())
            frame = mark_known(frame, remembered, there, again=self._again)
        before = is_open(frame).to_numpy(bool)
        frame = hold_respelled(frame, respelled) if respelled else frame
        return self._answers().settle(self._earlier.hold(frame), before)

    def _answers(self) -> AnswerBook:
        """Return HR's answers. The ledger has those of this run's workbooks once the run's rows arrive."""
        if self._book is None:
            self._book = AnswerBook.of(self._job.ledger.secret, self._job.ledger.answers.current())
        return self._book

    def _memberships(self, emails: pa.Array, keys: pa.Array) -> Mapping[str, MembershipStatus] | None:
        """Return the memberships of people by address key, or None if the service cannot be asked any more."""
        if self._unasked:
            return None
        try:
            return self._job.account.members.memberships(emails, keys)
        except (StillThrottled, DestinationClosed) as error:
            self._unasked = ending_unasked(self._job.command, error)
            return None

    def _respelled(self, keys: pa.Array) -> set[str]:
        """Return the keys of people whom the ledger or the service may know under another spelling of the address.

        The set is empty if the settings turn this check off.
        """
        job = self._job
        if Reason.LOOK_ALIKE not in job.settings.suspicions():
            return set()
        return job.ledger.respelled(job.run.scope, keys) | job.account.members.respelled(keys).keys()


def guard_total(settings: Settings, invites: int) -> GuardVerdict:
    """Ask the guards about all accounts of a run together, and return their verdict.

    ``invites`` is the number of people to invite, summed over the accounts.
    """
    return ask_guards(Census(invites=invites), None, None, max_invites=settings.max_invites, confirm=settings.confirm)


def complete(job: Job, reviewed: ReviewResult) -> None:
    """Record in the ledger that the run has kept all its rows, so that the run can be resumed and reported.

    If a guard stops the run, the end of the run is recorded first. Otherwise a crash between the two records would
    leave a stopped run that could be resumed. A run that could not ask the service stays a run that was refused, since
    no guard has seen it. Raises ``HoldLost`` if another run may have changed what was reviewed.
    """
    job.ledger.check_hold(job.run.scope)
    if reviewed.unasked:
        return
    if reviewed.stopped:
        job.ledger.end(job.run.run_id, exit_code=reviewed.stopped.exit_code, counts={})
    job.ledger.record_inputs(job.run.run_id, reviewed.inputs)


def _reopened(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its rows in doubt open again.

    The people of these rows were in doubt because of another run's request.
    """
    in_doubt = frame["disposition"] == Disposition.IN_DOUBT
    if not in_doubt.any():
        return frame
    frame = frame.copy()
    frame.loc[in_doubt, ["disposition", "reason", "detail"]] = ""
    return frame


def outcomes_of(job: Job, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the outcomes of a frame's claimed rows, in a frame with the columns of ``Ledger.outcomes``."""
    return job.ledger.outcomes(job.run.run_id, int(frame.index[0]), int(frame.index[-1]) + 1)


def settled_positions(outcomes: pd.DataFrame) -> pd.Index:
    """Return the positions of the rows that the run does not send again: those with an outcome that is not released."""
    return outcomes.index[outcomes["state"] != InviteState.RELEASED]


def _last_run(runs: Sequence[Run], this: Run) -> LastRun | None:
    """Return the last good run with the same exports.

    If there is none, return the last good run with other exports, or None.
    """
    good = [run for run in runs if run.went_well and not are_workbooks(run.inputs or ())]
    last = latest_of_same_exports(good, this)
    if last is None:
        return None
    is_alike = last.settings.get("exports") == this.settings.get("exports")
    return LastRun(last.run_id, last.counts, is_alike=is_alike)
