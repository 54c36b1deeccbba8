"""The review of all rows before sending: leave out people whom the ledger or the service knows, and ask the guards.

``review_result`` has the result of the review. The guards themselves are in ``onboarding.preparing``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import pandas as pd
import pyarrow as pa

from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import DestinationClosed, StillThrottled
from onboarding.model.outcomes import InviteState, MembershipStatus
from onboarding.model.plan import FilterFigures
from onboarding.model.presence import PresenceFigures
from onboarding.model.rows import is_open
from onboarding.pipeline.answered_workbooks import are_workbooks
from onboarding.pipeline.baseline import Baseline, Inputs
from onboarding.pipeline.earlier_invites import EarlierInvites
from onboarding.pipeline.endings import ending_unasked
from onboarding.pipeline.freshness import dead_feeds, unchanged_feeds
from onboarding.pipeline.job import Job
from onboarding.pipeline.not_in_exports import note_in_export
from onboarding.pipeline.people_groups import PeopleGroups
from onboarding.pipeline.review_result import ReviewResult
from onboarding.preparing import AnswerBook, ExclusionLists, Policy, hold_respelled, mark_known
from onboarding.preparing.guards import (
    ApprovedPlan,
    Census,
    GuardVerdict,
    NewDomains,
    PeopleAtNewDomains,
    ask_guards,
)


class Review:
    """Review a run's rows frame by frame, and ask the guards after the last frame.

    ``approved`` is the saved plan that an operator has approved. None means that the run sends no saved plan. ``lists``
    are the lists of exclusions, and ``policy`` is the policy that decides the rows. Both are None if the rows were
    decided before this run.
    """

    def __init__(
        self,
        job: Job,
        *,
        approved: ApprovedPlan | None = None,
        lists: ExclusionLists | None = None,
        policy: Policy | None = None,
    ) -> None:
        self._job = job
        self._lists = lists
        self._policy = policy
        self._approved = approved
        self._again = job.reinvite_rule()
        self._census = Census()
        self._earlier = EarlierInvites(job, self._memberships)
        self._book: AnswerBook | None = None
        self._baseline = Baseline(job)
        self._new_domains = _new_domains(job)
        self._groups = PeopleGroups(job)
        self._not_in_ledger = 0
        self._not_shown = 0
        self._unasked = job.unasked

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield decided frames, in which rows of known people have a disposition, and count all rows.

        Frames have the columns of ``rows.DECIDED``. Raises ``StillThrottled``, ``Interrupted`` or
        ``DestinationClosed``.
        """
        noted = self._lists.over(rows) if self._lists else rows
        known = map(self._hold_new_domains, map(self._mark_known, noted))
        return map(self._note, map(self._earlier.mark_leavers, known))

    def over_kept(self, *, is_first: bool = False) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        """Review the rows that the ledger keeps for the run: for the first time if ``is_first``, otherwise again.

        Yield each frame with the outcomes of its claimed rows. After the ledger got the rows, people may have been
        invited elsewhere, and doubts of other runs may have been settled. If the review changes a frame, the ledger
        keeps the changed frame. Rows that this run itself has settled do not change. Raises ``StillThrottled``,
        ``Interrupted`` or ``DestinationClosed``.
        """
        job = self._job
        for part, kept in enumerate(job.ledger.rows(job.run.run_id)):
            outcomes = outcomes_of(job, kept)
            in_doubt = kept["disposition"] == Disposition.IN_DOUBT
            unsent = kept.loc[(is_open(kept) | in_doubt) & ~kept.index.isin(settled_positions(outcomes))]
            reviewed = self._mark_known(_reopened(unsent))
            reviewed = self._hold_new_domains(reviewed) if is_first else reviewed
            frame = kept
            if not reviewed.equals(unsent):
                frame = pd.concat([kept.drop(unsent.index), reviewed]).sort_index()
            if is_first:
                frame = self._note(self._earlier.mark_leavers(frame))
            else:
                self._census.add(frame)
                note_in_export(job, frame)
            if frame is not kept:
                job.ledger.keep(job.run.run_id, part, frame)
            yield frame, outcomes

    def result(self, inputs: Inputs, verdict: GuardVerdict | None = None) -> ReviewResult:
        """Return the result of the review.

        ``inputs`` are the facts of the exports. ``verdict`` is the verdict of the guards. ``verdict`` is None if the
        guards did not check the run, or if the reports do not mention the guards.
        """
        members = self._job.account.members
        presence = PresenceFigures(
            members.pages, members.look_ups, self._not_in_ledger, self._not_shown, members.without_address
        )
        exclusions = self._lists.figures() if self._lists else None
        return ReviewResult(inputs, self._census, presence, exclusions, self._rules(), verdict, self._unasked)

    def ask_guards(self, inputs: Inputs) -> ReviewResult:
        """Let the guards check the run or plan, and return the result of the review with their verdict.

        If the run sends, the ledger keeps hashes of the people in its exports, for the comparison with later runs.
        """
        job, new = self._job, self._new_domains
        if self._unasked:  # without the answer, the number of people to invite is not known
            return self.result(inputs)
        if job.sends:
            self._baseline.keep_roster(inputs)
        # onboard apply, which sends a saved plan, takes no --no-hold.
        passing = () if self._approved else (*job.settings.no_hold, Reason.NEW_DOMAIN)
        found = PeopleAtNewDomains(
            people=self._census.at_new_domains + (0 if new.holds else new.people),
            domains=new.names,
            held=self._census.at_new_domains,
            pass_flags=tuple(word for reason in passing for word in ("--no-hold", str(reason))),
            knows_domains=new.knows_domains,
        )
        runs, limits = self._baseline.runs, job.settings.guard_limits()
        verdict = ask_guards(
            self._census,
            limits.for_workbooks() if are_workbooks(inputs) else limits,
            confirm=job.settings.confirm,
            last=self._baseline.last_runs(inputs),
            new_domains=found,
            approved=self._approved,
            further=dead_feeds(inputs, runs, job.run, job.settings),
        )
        unchanged = unchanged_feeds(inputs, runs, job.run, job.settings)
        return replace(self.result(inputs, verdict), unchanged=unchanged)

    def _rules(self) -> FilterFigures | None:
        """Return the figures about the rules of ``--only`` and ``--skip``, or None if they were applied before."""
        if not self._policy:
            return None
        nobody = bool(self._census.filtered) and not self._census.people and not self._job.run.is_partial
        return self._policy.matches.figures(self._policy.filters, choose_nobody=nobody)

    def _note(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Count the rows of a reviewed frame, remember its people, and return the frame."""
        self._census.add(frame)
        note_in_export(self._job, frame)
        if self._baseline.roster:
            self._baseline.roster.add(frame)
        return frame

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
        return self._hold_unknown_groups(self._answers().settle(self._earlier.hold(frame), before))

    def _hold_unknown_groups(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Hold the open rows with a group that the account lacks, and return the frame.

        If the service cannot be asked any more, the frame does not change. Nothing is sent then.
        """
        try:
            return self._groups.hold(frame)
        except (StillThrottled, DestinationClosed) as error:
            self._unasked = ending_unasked(self._job.command, error)
            return frame

    def _hold_new_domains(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Hold the open rows at new domains, except rows for which HR has answered, and return the frame."""
        held = self._new_domains.hold(frame)
        return held if held is frame else self._answers().settle(held, is_open(frame).to_numpy(bool))

    def _answers(self) -> AnswerBook:
        """Return HR's answers. Call this only after the run has read its workbooks, which also contain answers."""
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


def _new_domains(job: Job) -> NewDomains:
    """Return the search for people at new domains, by the settings with which the run began.

    The people of a saved plan are not held, since an operator has approved them. In a run to many accounts, a domain
    is known if any of these accounts knows the domain.
    """
    settings = job.run.settings
    allowed, passing = (settings.get(name) for name in ("allow_domain", "no_hold"))
    holds = job.run.command != "apply" and Reason.NEW_DOMAIN not in (passing if isinstance(passing, list) else ())
    unknown = partial(job.ledger.unknown_domains, job.run.scope, in_group=job.run.is_part)
    return NewDomains(unknown, allowed=allowed if isinstance(allowed, list) else (), holds=holds)


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
    """Return the positions of the rows that the run does not send again. Their outcome is not ``released``."""
    return outcomes.index[outcomes["state"] != InviteState.RELEASED]
