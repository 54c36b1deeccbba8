"""Delivery gives each address of a chunk one outcome."""

import pytest
from fakes import FakeClaims, FakeDestination, FakeTime, chunk
from hypothesis import given
from hypothesis import strategies as st

from onboarding.destinations import Receipt, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import InviteState, Outcome
from onboarding.model.plan import Chunk
from onboarding.sending import ClaimLog, Pace, RateLimiter, RetryPolicy
from onboarding.sending.deliver import PIECES, Delivery, RefusedThroughout, deliver
from onboarding.sending.departure import ClaimedRequests
from onboarding.sending.retry import TurnMissed

FIFTY = [f"Person{number}@example.com" for number in range(50)]
FOUR = FIFTY[:4]
FINAL_ERRORS = [Throttled(3600.0), DestinationClosed("The service is gone.")]


def delivery_of(addresses, destination, *, claims=None, stops_after_wait=False, invitees=None, **more) -> Delivery:
    """Return how the delivery of one chunk ended, without waiting for anything.

    With ``stops_after_wait`` the run ends during the first wait.
    """
    time = FakeTime()
    policy = RetryPolicy(
        time.clock, time.sleep, budget_seconds=60.0, is_stopping=lambda: stops_after_wait and bool(time.slept)
    )
    claim_log = ClaimLog("r1", claims or FakeClaims(), time.clock)
    requests = ClaimedRequests(destination, RateLimiter(Pace(), policy), claim_log)
    return deliver(Chunk(1, invitees or chunk(addresses).invitees), requests, policy, **more)


def states(delivery) -> dict[int, InviteState]:
    """Return the state of each position; fail if one has two outcomes."""
    by_position = {outcome.position: outcome.state for outcome in delivery.outcomes}
    assert len(by_position) == len(delivery.outcomes)
    return by_position


def test_chunk_that_is_taken_takes_one_request():
    destination = FakeDestination()

    delivery = delivery_of(FIFTY, destination)

    assert destination.requests == [tuple(FIFTY)]
    assert (delivery.requests, delivery.stopped_by) == (1, None)
    assert states(delivery) == dict.fromkeys(range(50), InviteState.INVITED)


def test_outcome_carries_the_answer_of_the_service():
    destination = FakeDestination(receipts={FIFTY[0]: Receipt("an id", "Accepted", "NotSent")})

    delivery = delivery_of(FIFTY[:1], destination)

    assert delivery.outcomes == (
        Outcome(0, "person0@example.com", InviteState.INVITED, 1, "an id", "Accepted", "NotSent"),
    )


def test_address_that_the_service_did_not_take_has_failed():
    destination = FakeDestination(receipts={FOUR[2]: Receipt(invite_status="Failed", error="InviteFailed")})

    delivery = delivery_of(FOUR, destination)

    assert states(delivery) == {
        0: InviteState.INVITED,
        1: InviteState.INVITED,
        2: InviteState.FAILED,
        3: InviteState.INVITED,
    }
    assert delivery.outcomes[2].error == "InviteFailed"


def test_address_without_a_receipt_is_in_doubt():
    """An address that the answer does not name is unknown, never fine."""
    delivery = delivery_of(FOUR, FakeDestination(receipts={FOUR[0]: None, FOUR[3]: None}))

    assert states(delivery) == {
        0: InviteState.IN_DOUBT,
        1: InviteState.INVITED,
        2: InviteState.INVITED,
        3: InviteState.IN_DOUBT,
    }
    assert [outcome.error for outcome in delivery.outcomes] == ["NotInAnswer", "", "", "NotInAnswer"]


@pytest.mark.parametrize("bad", range(50))
def test_one_bad_address_among_fifty_costs_at_most_thirteen_requests(bad):
    destination = FakeDestination(refused=[FIFTY[bad]])

    delivery = delivery_of(FIFTY, destination)

    assert states(delivery) == dict.fromkeys(range(50), InviteState.INVITED) | {bad: InviteState.FAILED}
    assert sorted(destination.invited) == sorted(FIFTY[:bad] + FIFTY[bad + 1 :])
    assert delivery.requests == len(destination.requests) <= 13


@given(st.integers(1, 50), st.sets(st.integers(0, 49)))
def test_bad_addresses_fail_and_all_others_are_invited_once(count, bad):
    addresses = FIFTY[:count]
    refused = {addresses[at] for at in bad if at < count}
    destination = FakeDestination(refused=refused)

    delivery = delivery_of(addresses, destination)

    if isinstance(delivery.stopped_by, RefusedThroughout):
        # Each eighth holds a bad one.
        assert delivery.requests == PIECES
        assert set(states(delivery).values()) == {InviteState.RELEASED}
        assert len(refused) >= 8
        assert destination.invited == []
        return
    expected = [InviteState.FAILED if address in refused else InviteState.INVITED for address in addresses]
    assert states(delivery) == dict(enumerate(expected))
    assert sorted(destination.invited) == sorted(set(addresses) - refused)
    assert delivery.requests == len(destination.requests) <= 2 * count - 1


def test_chunk_refused_in_every_piece_is_not_halved_to_the_end():
    """The reason is not one address, since the service takes no other address either."""
    destination = FakeDestination(refused=FIFTY)

    delivery = delivery_of(FIFTY, destination)

    assert delivery.stopped_by == RefusedThroughout("BadRequestException")
    assert delivery.requests == len(destination.requests) == PIECES
    assert states(delivery) == dict.fromkeys(range(50), InviteState.RELEASED)


def test_chunk_of_bad_addresses_is_halved_to_the_end_if_others_are_taken():
    destination = FakeDestination(refused=FIFTY)

    delivery = delivery_of(FIFTY, destination, refuses_all=lambda: False)

    assert states(delivery) == dict.fromkeys(range(50), InviteState.FAILED)
    assert delivery.requests == 99


def test_few_bad_addresses_fail_one_by_one_though_none_is_taken():
    """A handful takes no more requests than that, so that each address has its own answer."""
    delivery = delivery_of(FIFTY[:8], FakeDestination(refused=FIFTY))

    assert states(delivery) == dict.fromkeys(range(8), InviteState.FAILED)
    assert delivery.requests == PIECES


def test_request_that_missed_its_turn_is_no_attempt():
    """The first was throttled; the run ended while it waited to be sent again."""
    claims = FakeClaims()

    delivery = delivery_of(FOUR, FakeDestination(Throttled(1.0)), claims=claims, stops_after_wait=True)

    assert isinstance(delivery.stopped_by, TurnMissed)
    assert (delivery.requests, claims.attempts[0]) == (1, 1)
    assert states(delivery) == dict.fromkeys(range(4), InviteState.RELEASED)


def test_refused_address_carries_the_code_and_every_request_it_was_in():
    claims = FakeClaims()

    delivery = delivery_of(FOUR, FakeDestination(refused=FOUR[:1]), claims=claims)

    failed = next(outcome for outcome in delivery.outcomes if outcome.state is InviteState.FAILED)
    assert (failed.position, failed.error, claims.attempts[0]) == (0, "BadRequestException", 3)


def test_unconfirmed_chunk_is_in_doubt_and_never_repeated():
    destination = FakeDestination(Unconfirmed("ReadTimeoutError"))

    delivery = delivery_of(FOUR, destination)

    assert states(delivery) == dict.fromkeys(range(4), InviteState.IN_DOUBT)
    assert {outcome.error for outcome in delivery.outcomes} == {"ReadTimeoutError"}
    assert destination.requests == [tuple(FOUR)]
    assert delivery.stopped_by is None


@pytest.mark.parametrize(("people", "company"), [(FOUR, "with 3 others"), (FOUR[:1], "alone")], ids=["some", "one"])
def test_doubt_after_earlier_losses_says_how_small_its_request_was(people, company):
    """A person who reads the report sees which address the service may be failing at."""
    lost_twice = tuple(invitee._replace(losses=2) for invitee in chunk(people).invitees)
    destination = FakeDestination(Unconfirmed("500 ServiceFailureException"))

    delivery = delivery_of(people, destination, invitees=lost_twice)

    assert {outcome.error for outcome in delivery.outcomes} == {
        f"500 ServiceFailureException (sent {company}, since 2 earlier answers were lost)"
    }


def test_doubt_about_one_half_leaves_the_other_half_alone():
    """Refused, so halved; the first half times out, the second is taken."""
    bad = FakeDestination(None, Unconfirmed("ReadTimeoutError"), refused=FOUR[:1])

    delivery = delivery_of(FOUR, bad)

    assert states(delivery) == {
        0: InviteState.IN_DOUBT,
        1: InviteState.IN_DOUBT,
        2: InviteState.INVITED,
        3: InviteState.INVITED,
    }
    assert bad.requests == [tuple(FOUR), tuple(FOUR[:2]), tuple(FOUR[2:])]


@pytest.mark.parametrize("error", [Throttled(1.0), Unreachable("EndpointConnectionError")])
def test_chunk_that_was_not_taken_for_now_is_sent_again(error):
    claims = FakeClaims()

    delivery = delivery_of(FOUR, FakeDestination(error, error), claims=claims)

    assert states(delivery) == dict.fromkeys(range(4), InviteState.INVITED)
    assert delivery.requests == 3
    assert claims.attempts == dict.fromkeys(range(4), 3)


@pytest.mark.parametrize("error", FINAL_ERRORS)
def test_final_error_releases_the_chunk(error):
    """Nothing of it was sent, so the next run may send it."""
    delivery = delivery_of(FOUR, FakeDestination(error))

    assert states(delivery) == dict.fromkeys(range(4), InviteState.RELEASED)
    assert delivery.stopped_by is error
    assert delivery.requests == 1


def test_service_that_stays_away_stops_the_run():
    destination, claims = FakeDestination(*[Unreachable("EndpointConnectionError")] * 1000), FakeClaims()

    delivery = delivery_of(FOUR, destination, claims=claims)

    assert delivery.stopped_by == Unreachable("EndpointConnectionError")
    assert states(delivery) == dict.fromkeys(range(4), InviteState.RELEASED)
    assert delivery.requests == len(destination.requests) == claims.attempts[0] > 1


@pytest.mark.parametrize("error", FINAL_ERRORS)
def test_final_error_in_the_midst_of_halving_releases_the_rest_alone(error):
    """Invited addresses stay invited. The piece that got the error and the untried pieces are free."""
    destination = FakeDestination(None, None, None, error, refused=[FIFTY[6]])

    delivery = delivery_of(FIFTY[:8], destination)

    assert [len(addresses) for addresses in destination.requests] == [8, 4, 4, 2]
    assert states(delivery) == dict.fromkeys(range(4), InviteState.INVITED) | dict.fromkeys(
        range(4, 8), InviteState.RELEASED
    )
    assert delivery.stopped_by is error


def test_bug_leaves_everything_claimed():
    """The chunk is not settled: the ledger has it in flight, and the next run puts it in doubt."""
    claims = FakeClaims()

    with pytest.raises(KeyError):
        delivery_of(FOUR, FakeDestination(KeyError("Invites")), claims=claims)

    assert claims.state == dict.fromkeys(range(4), InviteState.IN_FLIGHT)
