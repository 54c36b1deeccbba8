"""Each request is claimed when its turn has come, and leaves at once."""

from contextlib import contextmanager

import pytest
from fakes import FakeClaims, FakeDestination, FakeTime, chunk

from onboarding.destinations import Refused, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed, LedgerFailed
from onboarding.model.outcomes import InviteState
from onboarding.sending import ClaimLog, Pace, RateLimiter, RetryPolicy
from onboarding.sending.deliver import Delivery, deliver
from onboarding.sending.departure import CLAIM_SECONDS, ClaimedRequests, ClaimExpired
from onboarding.sending.retry import MOST_LOST

EIGHT = [f"person{number}@example.com" for number in range(8)]
EVERYBODY = dict.fromkeys(range(8), InviteState.INVITED)
LOST = Unconfirmed("ReadTimeoutError")


class Sending:
    """The delivery of one chunk of eight people on fakes, with the state of the ledger during each wait."""

    def __init__(self, *answers, pace=None, claim_seconds=0.0, **behaviour) -> None:
        self.time = FakeTime()
        self.claims = SlowClaims(self.time, claim_seconds)
        self.destination = FakeDestination(*answers, **{"on_invite": self.claims.note_invite, **behaviour})
        self.waits: list[dict[int, InviteState]] = []
        self.time.on_sleep = lambda _seconds: self.waits.append(dict(self.claims.state))
        self._policy = RetryPolicy(self.time.clock, self.time.sleep, budget_seconds=60.0)
        self._limiter = RateLimiter(pace or Pace(), self._policy)

    def send(self) -> Delivery:
        claim_log = ClaimLog("r1", self.claims, self.time.clock)
        return deliver(chunk(EIGHT), ClaimedRequests(self.destination, self._limiter, claim_log), self._policy)


class SlowClaims(FakeClaims):
    """A ledger whose first claim takes some time, as where the machine is suspended meanwhile."""

    def __init__(self, time, claim_seconds) -> None:
        super().__init__()
        self._time = time
        self._first_seconds = claim_seconds
        self.seconds_in_line = 0.0
        """How long each claim waits for the claims of other threads, before it begins."""

    def claim(self, *claimed, **options) -> None:
        self._time.now += self.seconds_in_line
        super().claim(*claimed, **options)
        self._time.now += self._first_seconds
        self._first_seconds = 0.0


def in_state(state, people=range(8)) -> dict[int, InviteState]:
    return dict.fromkeys(people, state)


def test_chunk_that_waits_for_its_turn_is_not_claimed():
    """A run that dies in such a wait leaves nobody in doubt."""
    pace = Pace(known=0.5, ceiling=0.5)
    sending = Sending(pace=pace)
    pace.depart(sending.time.now)

    sending.send()

    assert sending.waits
    assert set(map(len, sending.waits)) == {0}
    assert sending.claims.journal == ["claim 1", "invite 1", "settle 1"]


def test_taken_chunk_is_two_commits():
    sending = Sending()

    sending.send()

    assert sending.claims.journal == ["claim 1", "invite 1", "settle 1"]
    assert sending.claims.state == EVERYBODY


@pytest.mark.parametrize("error", [Throttled(30.0), Unreachable("EndpointConnectionError")])
def test_people_are_free_while_their_request_waits_to_be_repeated(error):
    """The wait may be long. Another run may hold the destination after it, so each repetition is claimed again."""
    sending = Sending(error)

    sending.send()

    assert sending.waits
    assert all(state == in_state(InviteState.RELEASED) for state in sending.waits)
    assert sending.claims.journal == ["claim 1", "invite 1", "settle 1"] * 2
    assert sending.claims.state == EVERYBODY


def test_repetition_by_its_token_is_claimed_again_and_its_people_stay_in_flight_meanwhile():
    """The service may act on the first request, so its people are never free."""
    sending = Sending(LOST, LOST, knows_tokens=True)

    delivery = sending.send()

    assert sending.waits
    assert all(state == in_state(InviteState.IN_FLIGHT) for state in sending.waits)
    assert sending.claims.journal == ["claim 1", "invite 1"] * 3 + ["settle 1"]
    assert sending.claims.state == EVERYBODY
    assert (delivery.requests, sending.claims.attempts[0]) == (3, 3)


def test_claim_that_is_too_old_lets_no_request_leave():
    """The machine was suspended between the claim and the request: another run may have sent it by now."""
    sending = Sending(claim_seconds=CLAIM_SECONDS + 1)

    delivery = sending.send()

    assert sending.claims.journal == ["claim 1", "settle 1", "claim 1", "invite 1", "settle 1"]
    assert sending.claims.state == EVERYBODY
    assert (delivery.requests, sending.claims.attempts[0]) == (1, 1)


def test_claim_of_a_slow_disk_is_good_enough():
    sending = Sending(claim_seconds=CLAIM_SECONDS - 1)

    sending.send()

    assert sending.claims.journal == ["claim 1", "invite 1", "settle 1"]


def test_wait_of_a_claim_for_other_claims_does_not_count():
    """Where a commit takes half a second, the last of 32 threads waits for longer than a claim is good for."""
    sending = Sending()
    sending.claims.seconds_in_line = CLAIM_SECONDS + 1

    sending.send()

    assert sending.claims.journal == ["claim 1", "invite 1", "settle 1"]


def test_ledger_that_is_always_too_slow_ends_the_run():
    """Nothing is sent, and nobody is in doubt."""
    sending = Sending()
    sending.claims.claim = lambda *claimed, **options: _claim_slowly(sending, *claimed, **options)

    delivery = sending.send()

    assert isinstance(delivery.stopped_by, ClaimExpired)
    assert sending.destination.requests == []
    assert sending.claims.state == in_state(InviteState.RELEASED)


def _claim_slowly(sending, *claimed, **options):
    FakeClaims.claim(sending.claims, *claimed, **options)
    sending.time.now += CLAIM_SECONDS + 1


@pytest.mark.parametrize(
    "error", [Throttled(3600.0), Unreachable("x"), DestinationClosed("The service is gone."), Refused("BadRequest")]
)
def test_later_answer_without_receipts_does_not_free_people_whose_answer_was_lost(error):
    """The service may have acted on the first request, whatever it answers to the second one."""
    sending = Sending(LOST, *[error] * 100, knows_tokens=True)

    delivery = sending.send()

    assert sending.claims.state == in_state(InviteState.IN_DOUBT)
    assert {outcome.error for outcome in delivery.outcomes} == {"ReadTimeoutError"}
    assert set(sending.destination.requests) == {tuple(EIGHT)}
    assert delivery.stopped_by is (None if isinstance(error, Refused) else error)


@pytest.mark.parametrize("error", [Throttled(), Unreachable("refused")])
def test_repetition_that_the_service_did_not_take_is_taken_back(error):
    """Later runs may still repeat the request as often as ever."""
    sending = Sending(LOST, error, error, knows_tokens=True)

    sending.send()

    assert sending.claims.taken_back == [1, 1]


@pytest.mark.parametrize("throttled", [0, 3, 6])
def test_request_is_repeated_after_a_lost_answer_however_often_it_was_throttled(throttled):
    sending = Sending(*[Throttled()] * throttled, LOST, knows_tokens=True)

    sending.send()

    assert sending.claims.state == EVERYBODY


def test_lost_answers_leave_a_chunk_in_doubt_after_a_few_repetitions():
    sending = Sending(*[LOST] * 100, knows_tokens=True)

    delivery = sending.send()

    assert sending.claims.state == in_state(InviteState.IN_DOUBT)
    assert delivery.requests == sending.claims.attempts[0] == MOST_LOST


def test_pieces_of_a_refused_chunk_are_claimed_one_by_one():
    """A run that dies while it sends one piece leaves only that piece in doubt."""
    in_flight = []
    sending = Sending(refused=EIGHT[:1], on_invite=lambda piece: in_flight.append(_in_flight(sending.claims, piece)))

    sending.send()

    assert in_flight == [8, 4, 4, 2, 2, 1, 1]
    assert sending.claims.state == EVERYBODY | {0: InviteState.FAILED}


def _in_flight(claims, piece) -> int:
    claims.note_invite(piece)
    return sum(state is InviteState.IN_FLIGHT for state in claims.state.values())


def test_lost_answer_for_a_piece_leaves_only_the_piece_in_doubt():
    sending = Sending(None, LOST, refused=EIGHT[:1])

    sending.send()

    assert sending.claims.state == in_state(InviteState.IN_DOUBT, range(4)) | in_state(InviteState.INVITED, range(4, 8))


def test_lost_answer_for_a_piece_is_repeated_by_the_token_of_the_piece():
    sending = Sending(None, LOST, refused=EIGHT[7:], knows_tokens=True)

    sending.send()

    assert sending.destination.requests[:3] == [tuple(EIGHT), tuple(EIGHT[:4]), tuple(EIGHT[:4])]
    assert sending.claims.state == EVERYBODY | {7: InviteState.FAILED}


def test_request_that_the_ledger_does_not_claim_does_not_leave():
    """As when another run holds the destination by now."""
    sending = Sending(Throttled(1.0), on_invite=lambda _piece: setattr(sending.claims, "claim", _refuse))

    with pytest.raises(LedgerFailed):
        sending.send()

    assert sending.destination.requests == [tuple(EIGHT)]
    assert sending.claims.state == in_state(InviteState.RELEASED)


def _refuse(*_claimed, **_options):
    raise LedgerFailed("ledger: the lock is lost")


class SlowLimiter(RateLimiter):
    """A limiter in which a request waits long for the other request of its pair, as where the machine is suspended."""

    def __init__(self, time) -> None:
        super().__init__(Pace(), RetryPolicy(time.clock, time.sleep))
        self._time = time

    @contextmanager
    def turn(self):
        with super().turn() as leave:
            yield lambda: (self._time.sleep(CLAIM_SECONDS + 1), leave())


def test_request_whose_claim_expires_while_it_waits_to_leave_with_another_does_not_leave():
    time, claims = FakeTime(), FakeClaims()
    destination = FakeDestination(on_invite=claims.note_invite)
    requests = ClaimedRequests(destination, SlowLimiter(time), ClaimLog("r1", claims, time.clock))

    with pytest.raises(ClaimExpired):
        requests.invite(chunk(EIGHT))

    assert claims.journal == ["claim 1", "settle 1"]
    assert set(claims.state.values()) == {InviteState.RELEASED}
