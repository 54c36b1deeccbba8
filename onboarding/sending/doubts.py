"""Doubts: settle doubtful invitations, by repeating requests that have a token or by looking the people up.

An invitation is in doubt if its answer was lost. First this module repeats the requests that have tokens. If the guards
have not checked the run yet, the module leaves out this step, since a run may send only after the check. Then the
module waits, since the service may act long after the answer was lost. After the wait it looks up the remaining people.
If the service shows a person, the person was invited. But a service may show new people late. So if the service does
not show a person, the invitation stays in doubt for the longest time that a service may take. Only then is it released,
to be sent again.

No process releases an invitation that it has sent itself. If an invitation was released ``MOST_LOSSES`` times before,
it is not released once more. So no person gets more than three mails. If the service does not answer a question, this
module raises an error, and the doubt stays.

A renewal is one more invite for a person whom the service shows already. The service shows the date of the last invite,
and this date says whether the renewal arrived.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from onboarding.addresses import keys_of
from onboarding.destinations import InviteService, Refused
from onboarding.model.amounts import with_noun
from onboarding.model.columns import Mask
from onboarding.model.outcomes import InviteState, MembershipStatus, Outcome
from onboarding.model.plan import Scope
from onboarding.model.sent import SettledDoubts
from onboarding.model.values import dataclass
from onboarding.runtime.logs import get_logger
from onboarding.sending.presence import MemberLookup
from onboarding.sending.retry import RetryPolicy

log = get_logger()

NOT_THERE = "NotThere"
"""The ``error`` of an invitation that was released because the service did not show the person."""

NOT_RENEWED = "NotRenewed"
"""The ``error`` of a renewal (one more invite) that was released because the service showed no newer invite."""

MOST_LOSSES = 2
"""How often an invitation may be released after a lost answer.

If its answer is lost again, the invitation stays in doubt.
"""

BATCH_SIZE = 10_000


class Resend(StrEnum):
    """The operator's choice: whether to send a doubtful invitation again if the service does not show the person."""

    NEVER = "never"
    CONFIRMED_ABSENT = "confirmed-absent"


class DoubtLedger(Protocol):
    """The functions of the ledger that ``DoubtSettler`` needs: they read doubts, and commit outcomes."""

    def doubts(self, scope: Scope) -> pd.DataFrame:
        """Return a frame of the doubtful invitations to an account, with the columns of ``Ledger.doubts``."""

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Commit outcomes of a run's invitations."""


class Repetitions(Protocol):
    """The functions of ``Replays`` that ``DoubtSettler`` needs. ``doubts`` has the columns of ``Ledger.doubts``."""

    def replay(self, doubts: pd.DataFrame) -> int:
        """Repeat the requests with tokens, and return how many addresses the answers settled."""

    def repeatable(self, doubts: pd.DataFrame) -> Mask:
        """Return a mask of the doubts whose requests ``replay`` would repeat."""


class _Doubt(NamedTuple):
    """The columns of a doubt that decide its outcome."""

    run_id: str
    position: int
    address: str
    claimed_at: str
    earlier_at: str
    losses: int
    age_seconds: float


@dataclass(frozen=True, slots=True)
class DoubtSettler:
    """Settles the doubts of an account with the help of its service.

    ``service`` must be wrapped in ``Questions``, or raise the same errors. ``repetitions`` repeats requests with
    tokens. ``settle_seconds`` is how old a doubt must be before the service is asked about it. ``resend_after_seconds``
    is how old the doubt must be before its invitation is released.
    """

    service: InviteService
    ledger: DoubtLedger
    policy: RetryPolicy
    repetitions: Repetitions
    settle_seconds: float
    resend_after_seconds: float
    resend: Resend

    def settle(self, scope: Scope, *, may_release: bool, may_send: bool = True) -> SettledDoubts:
        """Settle the doubts of a scope (the account of a service), and record the outcomes in the ledger.

        The method repeats the requests with tokens at once. Then it waits until the service must have acted on the
        youngest doubt, and looks up the remaining people. If the wait would pass the deadline, the remaining doubts
        stay. If ``may_release`` is false, no invitation is released. If ``may_send`` is false, no request is repeated,
        and the doubts whose requests can be repeated stay. Raises ``StillThrottled``, ``Interrupted`` or
        ``DestinationClosed``. Then unsettled doubts stay.
        """
        settled = SettledDoubts(there=self._replay(self.ledger.doubts(scope)) if may_send else 0)
        doubts, read_at = self.ledger.doubts(scope), self.policy.clock()
        if not may_send:
            is_left = self._repeatable(doubts)
            settled, doubts = SettledDoubts(left=int(is_left.sum())), doubts[~is_left]
        if doubts.empty:
            return settled
        if not self._wait(float(doubts["age_seconds"].min()), len(doubts)):
            return replace(settled, left=settled.left + len(doubts))
        doubts = doubts.assign(age_seconds=doubts["age_seconds"] + self.policy.clock() - read_at)
        return self._look_up(doubts, settled, may_release=may_release)

    def can_repeat(self, scope: Scope) -> bool:
        """Return whether ``settle`` would repeat a request."""
        return bool(self._repeatable(self.ledger.doubts(scope)).any())

    def _look_up(self, doubts: pd.DataFrame, settled: SettledDoubts, *, may_release: bool) -> SettledDoubts:
        """Look up the people in doubt. Return ``settled`` plus the number of doubts that this look-up has settled."""
        # This makes a new lookup, since the answers in an earlier lookup may be older than the doubt.
        members = MemberLookup(self.service, looks_twice=True)
        for start in range(0, len(doubts), BATCH_SIZE):
            found = self._settle(doubts.iloc[start : start + BATCH_SIZE], members, may_release=may_release)
            settled = replace(settled + found, left=settled.left + found.left)
        log.info("doubt.settled", there=settled.there, released=settled.released, left=settled.left)
        return settled

    def _replay(self, doubts: pd.DataFrame) -> int:
        return 0 if doubts.empty or self.resend is Resend.NEVER else self.repetitions.replay(doubts)

    def _repeatable(self, doubts: pd.DataFrame) -> Mask:
        """Return a mask of the doubts whose requests can be repeated."""
        is_never = doubts.empty or self.resend is Resend.NEVER
        return np.zeros(len(doubts), np.bool_) if is_never else self.repetitions.repeatable(doubts)

    def _wait(self, age_seconds: float, count: int) -> bool:
        """Wait until the youngest doubt is old enough. Return False at once if the deadline comes first.

        ``age_seconds`` is the age of this doubt, and ``count`` is the number of all doubts.
        """
        seconds = self.settle_seconds - age_seconds
        if self.policy.clock() + seconds > self.policy.deadline:
            return False
        if seconds > 0:
            log.info("doubt.waiting", addresses=count, wait_seconds=round(seconds, 1))
            in_doubt = with_noun(count, "invitation is", "invitations are")
            self.policy.announce(f"{in_doubt} in doubt: asking the service again", seconds)
            self.policy.sleep(seconds)
            self.policy.raise_if_stopped()
        return True

    def _settle(self, doubts: pd.DataFrame, members: MemberLookup, *, may_release: bool) -> SettledDoubts:
        addresses = doubts["address"].tolist()
        keys = keys_of(addresses)
        there = members.memberships(pa.array(addresses, pa.string()), pa.array(keys, pa.string()))
        # The invite was sent, and no other spelling was there before: the service spells the address in its own way.
        there |= members.respelled(pa.array(keys, pa.string()))
        may_release = may_release and not members.is_unsure
        found = [
            (doubt.run_id, outcome)
            for doubt, key in zip(_each(doubts), keys, strict=True)
            if (outcome := self._outcome(doubt, key, there.get(key), may_release=may_release))
        ]
        for run_id, of_run in groupby(found, key=lambda settled: settled[0]):
            self.ledger.settle(run_id, [outcome for _, outcome in of_run])
        released = sum(outcome.state is InviteState.RELEASED for _, outcome in found)
        return SettledDoubts(len(found) - released, released, len(doubts) - len(found))

    def _outcome(
        self, doubt: _Doubt, key: str, membership: MembershipStatus | None, *, may_release: bool
    ) -> Outcome | None:
        """Return the outcome of a doubtful invitation, or None if it stays in doubt.

        ``membership`` is the person's membership, or None if the service does not show the person.
        """
        is_old = doubt.age_seconds >= self.resend_after_seconds
        may_release = may_release and is_old and self.resend is Resend.CONFIRMED_ABSENT
        if membership is None:
            return _released(doubt, key, NOT_THERE) if may_release and doubt.losses < MOST_LOSSES else None
        if not doubt.earlier_at:
            return _invited(doubt, key, membership)
        return self._outcome_of_renewal(doubt, key, membership, may_release=may_release)

    def _outcome_of_renewal(
        self, doubt: _Doubt, key: str, membership: MembershipStatus, *, may_release: bool
    ) -> Outcome | None:
        """Return the outcome of a doubtful renewal, or None if it stays in doubt.

        ``membership`` proves nothing about the renewal: the service may show the person because of an earlier invite.
        """
        invited_on = self._invited_on(doubt.address)
        if invited_on and invited_on > _middle(doubt):
            return _invited(doubt, key, membership)
        if not may_release:
            return None
        if invited_on is None or doubt.losses >= MOST_LOSSES:
            # The person has got at least one mail. If the renewal counts as sent, the person gets no extra mail.
            log.warning("doubt.renewal_unknown", position=doubt.position, losses=doubt.losses)
            return _invited(doubt, key, membership)
        return _released(doubt, key, NOT_RENEWED)

    def _invited_on(self, address: str) -> datetime | None:
        """Return when the service last invited a person, or None if the service shows no date."""
        try:
            found = self.service.look_up(address)
        except Refused:
            return None
        return found.invited_on if found else None


def _each(doubts: pd.DataFrame) -> Iterator[_Doubt]:
    return map(_Doubt, *(doubts[name].tolist() for name in _Doubt._fields))


def _middle(doubt: _Doubt) -> datetime:
    """Return the moment halfway between the earlier invite and the renewal.

    If the service shows a date before this moment, it shows the earlier invite. If it shows a later date, it shows the
    renewal. So the service's clock may differ from the ledger's clock by up to half the time between the two invites.
    """
    earlier, claimed = datetime.fromisoformat(doubt.earlier_at), datetime.fromisoformat(doubt.claimed_at)
    return earlier + (claimed - earlier) / 2


def _released(doubt: _Doubt, key: str, error: str) -> Outcome:
    return Outcome(doubt.position, key, InviteState.RELEASED, attempts=0, error=error)


def _invited(doubt: _Doubt, key: str, membership: MembershipStatus) -> Outcome:
    return Outcome(doubt.position, key, InviteState.INVITED, attempts=0, invite_status=membership.capitalize())
