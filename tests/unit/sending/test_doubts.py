"""Doubts: the service says who was invited, and what the ledger then records."""

from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from fakes import SCOPE, FakeDestination, FakeDoubts, FakeRepetitions, FakeTime
from structlog.testing import capture_logs

from onboarding.destinations import Throttled, Unconfirmed
from onboarding.model.errors import DestinationClosed, ExitCode, Interrupted, StillThrottled
from onboarding.model.outcomes import InviteState, MembershipStatus, Outcome
from onboarding.model.sent import SettledDoubts
from onboarding.sending import DoubtSettler, Questions, Resend, RetryPolicy
from onboarding.sending.doubts import BATCH_SIZE, MOST_LOSSES

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
FORTNIGHT = timedelta(days=14)
SETTLE_SECONDS, RESEND_SECONDS = 60.0, 3600.0
OLD = RESEND_SECONDS + 1
ANA, BO, CY = "Ana@example.com", "bo@example.com", "cy@example.com"


class Desk:
    """Doubts, the service that knows, and a clock."""

    def __init__(
        self,
        doubts,
        *,
        there=(),
        age=OLD,
        answers=(),
        resend=Resend.CONFIRMED_ABSENT,
        columns=(),
        settle_seconds=SETTLE_SECONDS,
        **more,
    ) -> None:
        self.time = FakeTime()
        policy = RetryPolicy(self.time.clock, self.time.sleep, budget_seconds=30, **more)
        self.service = FakeDestination(*answers, members=dict.fromkeys(there, MembershipStatus.PENDING))
        self.doubts = FakeDoubts(doubts, self.time, age_seconds=age, **dict(columns))
        self.repetitions = FakeRepetitions()
        self._settler = DoubtSettler(
            Questions(self.service, policy),
            self.doubts,
            policy,
            self.repetitions,
            settle_seconds=settle_seconds,
            resend_after_seconds=RESEND_SECONDS,
            resend=resend,
        )

    def settle(self, *, may_release=True, may_send=True) -> SettledDoubts:
        return self._settler.settle(SCOPE, may_release=may_release, may_send=may_send)

    def states(self) -> dict[tuple[str, int], InviteState]:
        return {place: outcome.state for place, outcome in self.doubts.settled.items()}


def test_people_who_are_there_were_invited_and_the_others_are_released():
    desk = Desk({("r1", 4): ANA, ("r1", 7): BO, ("r2", 4): CY}, there=["ana@EXAMPLE.com", CY])

    settled = desk.settle()

    assert settled == SettledDoubts(there=2, released=1, left=0)
    assert desk.states() == {
        ("r1", 4): InviteState.INVITED,
        ("r1", 7): InviteState.RELEASED,
        ("r2", 4): InviteState.INVITED,
    }


def test_list_with_members_without_an_address_is_no_proof_so_each_person_is_looked_up():
    """One of those members may be the person in doubt."""
    desk = Desk({("r1", 4): ANA, ("r1", 7): BO}, there=[ANA])
    desk.service.without_address = 1

    assert desk.settle() == SettledDoubts(there=1, released=1, left=0)
    assert desk.service.questions == ["page", "look_up"]


def test_nobody_is_released_if_neither_list_nor_look_up_tells_who_is_there():
    desk = Desk({("r1", 4): ANA, ("r1", 7): BO}, there=[ANA])
    desk.service.without_address, desk.service.refused = 1, {BO}

    assert desk.settle() == SettledDoubts(there=1, released=0, left=1)


def test_person_who_is_not_there_stays_in_doubt_as_long_as_the_service_may_show_people_late():
    desk = Desk({("r1", 4): ANA, ("r1", 7): BO}, there=[ANA], age=RESEND_SECONDS - 1)

    assert desk.settle() == SettledDoubts(there=1, released=0, left=1)
    assert desk.states() == {("r1", 4): InviteState.INVITED}


def test_run_releases_nothing_after_it_has_sent():
    """However old the doubt is: no process sends a person twice."""
    desk = Desk({("r1", 4): ANA, ("r1", 7): BO}, there=[ANA])

    assert desk.settle(may_release=False) == SettledDoubts(there=1, released=0, left=1)


@pytest.mark.parametrize(("losses", "released"), [(MOST_LOSSES - 1, 1), (MOST_LOSSES, 0)])
def test_person_who_was_lost_too_often_is_never_sent_again(losses, released):
    desk = Desk({("r1", 4): ANA}, columns={"losses": losses})

    assert desk.settle().released == released


def test_answer_of_the_service_is_recorded_and_attempts_stay_the_same():
    """Asking is no attempt."""
    desk = Desk({("r1", 4): ANA, ("r1", 7): BO}, there=[ANA])

    desk.settle()

    assert desk.doubts.settled == {
        ("r1", 4): Outcome(4, "ana@example.com", InviteState.INVITED, attempts=0, invite_status="Pending"),
        ("r1", 7): Outcome(7, "bo@example.com", InviteState.RELEASED, attempts=0, error="NotThere"),
    }


def renewal(invited_on, *, age=OLD, **columns) -> Desk:
    """Return a desk with a renewal in doubt. The earlier invite was at noon, and the renewal a fortnight later."""
    times = {"earlier_at": NOON.isoformat(), "claimed_at": (NOON + FORTNIGHT).isoformat()}
    desk = Desk({("r1", 4): ANA}, there=[ANA], age=age, columns=times | columns)
    desk.service.invited_on = invited_on
    return desk


@pytest.mark.parametrize("clock_error", [timedelta(), timedelta(days=-6), timedelta(days=6)])
def test_renewal_has_arrived_if_the_service_shows_a_newer_invite(clock_error):
    """The service's clock may differ from that of the ledger."""
    desk = renewal(NOON + FORTNIGHT + clock_error, age=RESEND_SECONDS - 1)

    assert desk.settle(may_release=False) == SettledDoubts(there=1)
    assert desk.states() == {("r1", 4): InviteState.INVITED}


@pytest.mark.parametrize("clock_error", [timedelta(), timedelta(days=-6), timedelta(days=6)])
def test_renewal_was_not_sent_if_the_service_shows_the_earlier_invite_for_long(clock_error):
    """The earlier invite then counts again, so that the person is due again."""
    desk = renewal(NOON + clock_error)

    assert desk.settle() == SettledDoubts(released=1)
    assert desk.doubts.settled["r1", 4].error == "NotRenewed"


@pytest.mark.parametrize(
    ("age", "may_release", "invited_on"),
    [(RESEND_SECONDS - 1, True, NOON), (OLD, False, NOON), (RESEND_SECONDS - 1, True, None)],
    ids=["young", "by this process", "young and without a date"],
)
def test_renewal_stays_in_doubt_as_long_as_the_service_may_show_it_late(age, may_release, invited_on):
    assert renewal(invited_on, age=age).settle(may_release=may_release) == SettledDoubts(left=1)


@pytest.mark.parametrize(("invited_on", "losses"), [(None, 0), (NOON, MOST_LOSSES)], ids=["no date", "lost too often"])
def test_renewal_of_which_nothing_is_known_counts_as_sent_in_the_end_and_the_log_says_so(invited_on, losses):
    """The person has one mail at least, and nobody gets one too many."""
    desk = renewal(invited_on, losses=losses)

    with capture_logs() as lines:
        assert desk.settle() == SettledDoubts(there=1)

    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["doubt.renewal_unknown"]


def test_doubtful_person_is_looked_up_by_the_address_in_a_large_account():
    others = [f"person{number}@example.com" for number in range(50)]
    desk = Desk({("r1", 4): ANA}, there=[*others, ANA])

    assert desk.settle() == SettledDoubts(there=1)
    assert desk.service.questions == ["page", "look_up"]


def test_doubts_beyond_what_is_settled_at_a_time_are_settled_too():
    doubts = {("r1", number): f"person{number}@example.com" for number in range(BATCH_SIZE + 1)}
    desk = Desk(doubts)

    assert desk.settle() == SettledDoubts(released=BATCH_SIZE + 1)
    assert desk.doubts.settled.keys() == doubts.keys()


def test_people_who_stay_in_doubt_are_counted_however_many_are_settled_at_a_time():
    doubts = {("r1", number): f"person{number}@example.com" for number in range(BATCH_SIZE + 1)}

    assert Desk(doubts, age=RESEND_SECONDS - 1).settle() == SettledDoubts(left=BATCH_SIZE + 1)


def test_run_that_may_not_send_waits_for_no_doubt_whose_request_it_could_repeat():
    """Nor does it look that person up, or release the invitation: a later run repeats the request."""
    desk = Desk({("r1", 4): ANA, ("r2", 4): BO})
    desk.repetitions.replayed, desk.repetitions.can_repeat = 99, 1

    assert desk.settle(may_send=False) == SettledDoubts(released=1, left=1)
    assert desk.states() == {("r2", 4): InviteState.RELEASED}


def test_log_says_how_long_it_waits_and_what_it_found():
    desk = Desk({("r1", 4): ANA, ("r1", 5): BO, ("r1", 6): CY}, there=[ANA], age=9.68)

    with capture_logs() as lines:
        desk.settle()

    assert lines == [
        {"event": "doubt.waiting", "log_level": "info", "addresses": 3, "wait_seconds": 50.3},
        {"event": "presence.listed", "log_level": "info", "pages": 1, "members": 1, "without_address": 0},
        {"event": "doubt.settled", "log_level": "info", "there": 1, "released": 0, "left": 2},
    ]


def test_wait_for_the_service_is_announced():
    announced = []
    Desk({("r1", 4): ANA, ("r1", 5): BO}, age=18.0, announce=lambda *wait: announced.append(wait)).settle()

    assert announced == [("2 invitations are in doubt: asking the service again", 42.0)]


def test_nothing_is_sent_again_against_the_operators_wish():
    """But a person who is there is in doubt no more."""
    desk = Desk({("r1", 4): ANA, ("r1", 5): BO}, there=[ANA], resend=Resend.NEVER)
    desk.repetitions.replayed = 99

    assert desk.settle() == SettledDoubts(there=1, released=0, left=1)
    assert desk.states() == {("r1", 4): InviteState.INVITED}


def test_without_doubts_there_is_no_question_and_no_wait():
    desk = Desk({})

    assert desk.settle() == SettledDoubts()
    assert (desk.service.questions, desk.time.slept) == ([], [])


@pytest.mark.parametrize(
    ("age", "waited"),
    [(0, [60.0]), (45, [15.0]), (59.5, [0.5]), (60, []), (100_000, [])],
    ids=["just now", "a while ago", "nearly", "long enough", "yesterday"],
)
def test_service_is_asked_when_it_must_have_settled(age, waited):
    """It may act long after the answer was lost."""
    desk = Desk({("r1", 4): ANA}, age=age)

    desk.settle()

    assert desk.time.slept == waited


def test_doubt_grows_old_while_the_service_is_waited_for():
    desk = Desk({("r1", 4): ANA}, age=0, settle_seconds=RESEND_SECONDS)

    assert desk.settle() == SettledDoubts(released=1)


def test_person_who_arrives_during_the_wait_is_seen():
    """The service commits late: at once it would have shown no such person."""
    desk = Desk({("r1", 4): ANA}, age=0)
    desk.time.on_sleep = lambda _seconds: desk.service.members.update({ANA: MembershipStatus.PENDING})

    assert desk.settle().there == 1


def test_doubt_stays_where_the_wait_would_pass_the_deadline():
    desk = Desk({("r1", 4): ANA}, age=0, deadline=1000.0 + SETTLE_SECONDS - 1)

    assert desk.settle() == SettledDoubts(left=1)
    assert (desk.service.questions, desk.time.slept, desk.states()) == ([], [], {})


@pytest.mark.parametrize(
    ("error", "raised"), [(Throttled(inf), StillThrottled), (Unconfirmed("reset"), DestinationClosed)]
)
def test_doubt_stays_where_the_service_does_not_answer(error, raised):
    """A failed read is an error, never an empty answer."""
    desk = Desk({("r1", 4): ANA}, answers=[error] * 1000)

    with pytest.raises(raised):
        desk.settle()
    assert desk.states() == {}


def test_doubt_stays_where_a_signal_ends_the_wait():
    def raise_if_stopped() -> None:
        if desk.time.slept:
            raise Interrupted(ExitCode.INTERRUPTED)

    desk = Desk({("r1", 4): ANA}, age=0, raise_if_stopped=raise_if_stopped)

    with pytest.raises(Interrupted):
        desk.settle()
    assert (desk.service.questions, desk.states()) == ([], {})


def test_person_whom_the_service_spells_in_its_own_way_is_there():
    """A service may fold the case of all letters. A second mail would be the worst answer."""
    desk = Desk({("r1", 4): "straße@example.com", ("r1", 5): BO}, there=["STRASSE@example.com"])

    assert desk.settle() == SettledDoubts(there=1, released=1, left=0)
    assert desk.states() == {("r1", 4): InviteState.INVITED, ("r1", 5): InviteState.RELEASED}
