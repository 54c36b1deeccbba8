"""Retries: which requests are sent again, after which wait, and when sending gives up."""

from itertools import repeat
from math import inf

import pytest
from fakes import FakeDestination, FakeTime, chunk
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from onboarding.destinations import Refused, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed, ExitCode, Interrupted, StillThrottled
from onboarding.sending import Questions, RetryPolicy
from onboarding.sending.retry import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, MOST_LOST, Retrying, TurnMissed

ANSWERS = {
    "throttled": Throttled(),
    "unreachable": Unreachable("EndpointConnectionError"),
    "unconfirmed": Unconfirmed("ReadTimeoutError"),
    "refused": Refused("BadRequestException"),
    "closed": DestinationClosed("The service is gone."),
    "no turn": TurnMissed(),
    "bug": KeyError("Invites"),
}
ANA = chunk(["ana@example.com"])


class Slow(FakeDestination):
    """A service that holds every request back for a hundred seconds."""

    def __init__(self, time, *answers) -> None:
        super().__init__(*answers, on_invite=lambda _chunk: setattr(time, "now", time.now + 100.0))


@pytest.fixture
def time():
    return FakeTime()


def invite(destination, time, **options) -> object:
    """Return the receipts of an invitation, or the error that ends it."""
    return answer_of(lambda: Retrying(destination, RetryPolicy(time.clock, time.sleep, **options)).invite(ANA))


def ask(service, time, **options) -> object:
    """Return the answer to a question, or the error that ends it."""
    return answer_of(
        lambda: Questions(service, RetryPolicy(time.clock, time.sleep, **options)).look_up("ana@example.com")
    )


def answer_of(request) -> object:
    try:
        return request()
    except Exception as error:  # noqa: BLE001 - the test looks at whatever comes
        return error


def is_taken(answer) -> bool:
    return not isinstance(answer, Exception)


@pytest.mark.parametrize("knows_tokens", [False, True], ids=["without a token", "with a token"])
@pytest.mark.parametrize(
    ("answer", "requests"),
    [
        ("throttled", (2, 2)),
        ("unreachable", (2, 2)),
        ("unconfirmed", (1, 2)),
        ("refused", (1, 1)),
        ("closed", (1, 1)),
        ("no turn", (1, 1)),
        ("bug", (1, 1)),
    ],
)
def test_invitation_is_repeated_as_the_table_says(time, answer, requests, knows_tokens):
    """The dangerous row is the third: an invitation that may have mailed people is never repeated."""
    service = FakeDestination(ANSWERS[answer], knows_tokens=knows_tokens)

    result = invite(service, time)

    assert len(service.requests) == requests[knows_tokens]
    assert len(time.slept) == requests[knows_tokens] - 1
    assert is_taken(result) if requests[knows_tokens] == 2 else result is ANSWERS[answer]


@pytest.mark.parametrize(
    ("answer", "requests"),
    [("throttled", 2), ("unreachable", 2), ("unconfirmed", 2), ("refused", 1), ("closed", 1), ("bug", 1)],
)
def test_question_is_repeated_as_the_table_says(time, answer, requests):
    service = FakeDestination(ANSWERS[answer])

    result = ask(service, time)

    assert len(service.questions) == requests
    assert len(time.slept) == requests - 1
    assert is_taken(result) if requests == 2 else result is ANSWERS[answer]


def test_invitation_with_a_token_is_given_up_after_a_few_lost_answers(time):
    service = FakeDestination(*[Unconfirmed("reset")] * 100, knows_tokens=True)

    assert invite(service, time) == Unconfirmed("reset")
    assert len(service.requests) == MOST_LOST


@pytest.mark.parametrize(
    ("answer", "raised", "message"),
    [
        (Throttled(inf), StillThrottled, "the service keeps throttling; run again later"),
        (Throttled(1800.5), StillThrottled, r"throttling, and asks to wait 1,801 seconds; run again after .*:\d\d UTC"),
        (TurnMissed(), StillThrottled, "deadline came before the service was asked"),
        (
            Unreachable("refused", endpoint="http://127.0.0.1:9"),
            DestinationClosed,
            r"the service does not answer at http://127.0.0.1:9 \(refused\); check the endpoint and the network\.",
        ),
        (Unconfirmed("reset"), DestinationClosed, r"the service does not answer as it should \(reset\); check"),
    ],
)
def test_question_without_an_answer_says_that_nothing_was_sent(time, answer, raised, message):
    result = ask(FakeDestination(*[answer] * 100), time, budget_seconds=5.0)

    with pytest.raises(raised, match=f"Nothing was sent: .*{message}"):
        raise result


@pytest.mark.parametrize("cut", [Unconfirmed("cut"), Unreachable("cut")], ids=["in flight", "before it left"])
def test_question_that_the_deadline_cuts_says_nothing_about_the_service(time, cut):
    """The exit code is 8 then: the service may be well, only slow."""

    class Hanging(FakeDestination):
        def _question(self, kind):
            time.now += 33.0
            super()._question(kind)

    with pytest.raises(StillThrottled, match=r"Nothing was sent: the deadline came before the service answered"):
        raise ask(Hanging(cut), time, deadline=time.now + 30.0)


def test_signal_is_heeded_before_a_question_and_after_it_failed(time):
    """The exit code is the signal's then, whatever the service did."""
    signals = iter([False, True])

    def raise_if_stopped():
        if next(signals):
            raise Interrupted(ExitCode.TERMINATED)

    service = FakeDestination(Throttled(inf))

    assert isinstance(ask(service, time, raise_if_stopped=raise_if_stopped), Interrupted)
    assert len(service.questions) == 1


@pytest.mark.parametrize("send", [invite, ask])
def test_request_waits_as_long_as_the_service_asks(time, send):
    assert is_taken(send(FakeDestination(Throttled(7.5), Throttled(90.0)), time))
    assert time.slept == [7.5, 90.0]


@pytest.mark.parametrize("error", [Throttled(), Throttled(0.0), Unreachable("x")])
def test_wait_without_an_order_grows_and_is_bounded(time, error):
    """A service that asks for no wait at all would otherwise be asked thousands of times a second."""
    invite(FakeDestination(*repeat(error, 40)), time, budget_seconds=inf)

    ceilings = [min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**doublings) for doublings in range(40)]
    assert all(0 <= wait <= ceiling for wait, ceiling in zip(time.slept, ceilings, strict=True))
    assert max(time.slept) > 10 * FIRST_WAIT_SECONDS


def test_waits_differ():
    """Clients that were throttled together must not come back together."""
    clients = [FakeTime() for _ in range(20)]
    for client in clients:
        invite(FakeDestination(*repeat(Throttled(), 5)), client)

    assert len({tuple(client.slept) for client in clients}) == len(clients)


def test_thousands_of_short_waits_end_well(time):
    """The ceiling is a power of two, and floats end at the 1024th."""
    service = FakeDestination(*repeat(Throttled(0.01), 2000), Unreachable("x"))

    assert is_taken(invite(service, time))


def test_wait_that_ends_after_the_budget_is_not_begun(time):
    """A Retry-After of an hour defers the chunk at once instead of hanging for the budget."""
    error = Throttled(3600.0)

    assert invite(FakeDestination(error), time, budget_seconds=900.0) is error
    assert time.slept == []


@pytest.mark.parametrize("retry_after", [inf, 1e300])
def test_wait_without_end_is_not_begun(time, retry_after):
    assert isinstance(invite(FakeDestination(Throttled(retry_after)), time), Throttled)
    assert time.slept == []


def test_wait_that_ends_after_the_deadline_is_not_begun(time):
    service = FakeDestination(*repeat(Throttled(10.0), 100))

    result = invite(service, time, deadline=time.now + 35.0)

    assert isinstance(result, Throttled)
    assert time.slept == [10.0, 10.0, 10.0]
    assert len(service.requests) == 4


@given(st.lists(st.none() | st.floats(0, 400), max_size=40), st.floats(0, 1000), st.floats(0, 1000))
def test_no_request_waits_past_the_budget_or_the_deadline(asked, budget, deadline):
    time = FakeTime()
    begun = time.now

    invite(FakeDestination(*map(Throttled, asked)), time, budget_seconds=budget, deadline=begun + deadline)

    assert time.now <= begun + min(budget, deadline)


def test_budget_is_each_requests_own(time):
    """A long run is not over because its first chunk was slow."""
    policy = RetryPolicy(time.clock, time.sleep, budget_seconds=50.0)
    for _ in range(3):
        Retrying(FakeDestination(Throttled(40.0)), policy).invite(ANA)

    assert time.slept == [40.0] * 3


def test_no_wait_is_begun_once_the_run_is_stopping(time):
    stopping = iter([False, True])
    service = FakeDestination(*repeat(Throttled(1.0), 100))

    result = invite(service, time, is_stopping=lambda: next(stopping))

    assert isinstance(result, Throttled)
    assert time.slept == [1.0]
    assert len(service.requests) == 2


def test_log_names_every_wait_before_it_begins(time):
    with capture_logs() as lines:
        time.on_sleep = lambda _seconds: lines.append({"event": "slept"})
        invite(FakeDestination(Throttled(3.0), Unreachable("x")), time)
        ask(FakeDestination(Throttled(4.0)), time)

    assert [line["event"] for line in lines[::2]] == ["request.repeated", "request.repeated", "question.repeated"]
    assert [line["event"] for line in lines[1::2]] == ["slept"] * 3
    assert [line["error"] for line in lines[::2]] == ["Throttled", "Unreachable", "Throttled"]
    assert [lines[at]["wait_seconds"] for at in (0, 4)] == [3.0, 4.0]


def test_every_wait_is_announced_with_what_follows_it(time):
    announced = []
    more = {"announce": lambda what, seconds: announced.append((what, seconds))}
    invite(FakeDestination(Throttled(3.0)), time, **more)
    ask(FakeDestination(Throttled(4.0)), time, **more)
    ask(FakeDestination(Unreachable("x")), time, **more)

    assert announced[:2] == [
        ("the service throttles: sending again", 3.0),
        ("the service throttles: asking again", 4.0),
    ]
    assert announced[2][0] == "the service does not answer: asking again"


def test_budget_is_for_waits_between_attempts_alone(time):
    """Until it is its turn a request may wait longer than that: at a low rate that is long."""
    assert is_taken(invite(Slow(time, *[Throttled(10.0)] * 4), time, budget_seconds=50.0))
    assert isinstance(invite(Slow(time, *[Throttled(10.0)] * 6), time, budget_seconds=50.0), Throttled)
