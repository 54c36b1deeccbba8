"""When a request is sent again, and how long it waits for that."""

from itertools import repeat
from math import inf

import pytest
from fakes import FakeTime
from hypothesis import given
from hypothesis import strategies as st

from onboarding.destinations import Refused, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed
from onboarding.sending import Patience
from onboarding.sending.retry import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS

KINDS = ["for_invitation", "for_question"]
ANSWERS = {
    "throttled": Throttled(),
    "unreachable": Unreachable("EndpointConnectionError"),
    "unconfirmed": Unconfirmed("ReadTimeoutError"),
    "refused": Refused("BadRequestException"),
    "closed": DestinationClosed("The service is gone."),
    "bug": KeyError("Invites"),
}


class Service:
    """Give one answer after the other: an exception is raised, and when all are given the request succeeds."""

    def __init__(self, answers) -> None:
        self._answers = iter(answers)
        self.requests = 0

    def __call__(self) -> str:
        self.requests += 1
        if error := next(self._answers, None):
            raise error
        return "done"


@pytest.fixture
def time():
    return FakeTime()


def ask(service, time, kind="for_invitation", **options) -> object:
    """Return the answer, or the error, that patience brings home."""
    policy = getattr(Patience(time.clock, time.sleep, **options), kind)()
    try:
        return policy(service)
    except Exception as error:  # noqa: BLE001 - the test looks at whatever comes
        return error


@pytest.mark.parametrize(
    ("kind", "answer", "requests"),
    [
        ("for_invitation", "throttled", 2),
        ("for_invitation", "unreachable", 2),
        ("for_invitation", "unconfirmed", 1),
        ("for_invitation", "refused", 1),
        ("for_invitation", "closed", 1),
        ("for_invitation", "bug", 1),
        ("for_question", "throttled", 2),
        ("for_question", "unreachable", 2),
        ("for_question", "unconfirmed", 2),
        ("for_question", "refused", 1),
        ("for_question", "closed", 1),
        ("for_question", "bug", 1),
    ],
)
def test_answer_is_followed_by_as_many_requests_as_the_table_says(time, kind, answer, requests):
    """The dangerous row is the third: an invitation that may have mailed people is never repeated."""
    service = Service([ANSWERS[answer]])

    result = ask(service, time, kind)

    assert service.requests == requests
    assert len(time.slept) == requests - 1
    assert result == ("done" if requests == 2 else ANSWERS[answer])


@pytest.mark.parametrize("kind", KINDS)
def test_request_waits_as_long_as_the_service_asks(time, kind):
    assert ask(Service([Throttled(7.5), Throttled(90.0)]), time, kind) == "done"
    assert time.slept == [7.5, 90.0]


@pytest.mark.parametrize("error", [Throttled(), Throttled(0.0), Unreachable("x")])
def test_wait_without_an_order_grows_and_is_bounded(time, error):
    """A service that asks for no wait at all would otherwise be asked thousands of times a second."""
    ask(Service(repeat(error, 40)), time, budget_seconds=inf)

    ceilings = [min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**doublings) for doublings in range(40)]
    assert all(0 <= wait <= ceiling for wait, ceiling in zip(time.slept, ceilings, strict=True))
    assert max(time.slept) > 10 * FIRST_WAIT_SECONDS


def test_waits_differ():
    """Clients that were throttled together must not come back together."""
    clients = [FakeTime() for _ in range(20)]
    for client in clients:
        ask(Service(repeat(Throttled(), 5)), client)

    assert len({tuple(client.slept) for client in clients}) == len(clients)


def test_thousands_of_short_waits_end_well(time):
    """The ceiling is a power of two, and floats end at the 1024th."""
    service = Service([*repeat(Throttled(0.01), 2000), Unreachable("x")])

    assert ask(service, time) == "done"


def test_wait_that_ends_after_the_budget_is_not_begun(time):
    """A Retry-After of an hour defers the chunk at once instead of hanging for the budget."""
    error = Throttled(3600.0)

    assert ask(Service([error]), time, budget_seconds=900.0) is error
    assert time.slept == []


@pytest.mark.parametrize("retry_after", [inf, 1e300])
def test_wait_without_end_is_not_begun(time, retry_after):
    assert isinstance(ask(Service([Throttled(retry_after)]), time), Throttled)
    assert time.slept == []


def test_wait_that_ends_after_the_deadline_is_not_begun(time):
    service = Service(repeat(Throttled(10.0)))

    result = ask(service, time, deadline=time.now + 35.0)

    assert isinstance(result, Throttled)
    assert time.slept == [10.0, 10.0, 10.0]
    assert service.requests == 4


@given(st.lists(st.none() | st.floats(0, 400), max_size=40), st.floats(0, 1000), st.floats(0, 1000))
def test_nobody_waits_past_the_budget_or_the_deadline(asked, budget, deadline):
    time = FakeTime()
    begun = time.now

    ask(Service(map(Throttled, asked)), time, budget_seconds=budget, deadline=begun + deadline)

    assert time.now <= begun + min(budget, deadline)


def test_budget_is_each_requests_own(time):
    """A long run is not over because its first chunk was slow."""
    patience = Patience(time.clock, time.sleep, budget_seconds=50.0)
    for _ in range(3):
        assert patience.for_invitation()(Service([Throttled(40.0)])) == "done"

    assert time.slept == [40.0] * 3


def test_no_wait_is_begun_once_the_run_is_stopping(time):
    stopping = iter([False, True])
    service = Service(repeat(Throttled(1.0)))

    result = ask(service, time, is_stopping=lambda: next(stopping))

    assert isinstance(result, Throttled)
    assert time.slept == [1.0]
    assert service.requests == 2


def test_every_wait_is_told_before_it_begins(time):
    told = []

    ask(
        Service([Throttled(3.0), Unreachable("x")]),
        time,
        on_wait=lambda error, seconds: told.append((error, seconds, len(time.slept))),
    )

    assert told == [(Throttled(3.0), 3.0, 0), (Unreachable("x"), time.slept[1], 1)]


def test_number_of_requests_is_known_afterwards(time):
    """Each try is counted in the report."""
    policy = Patience(time.clock, time.sleep).for_invitation()

    policy(Service([Throttled(1.0), Throttled(1.0)]))

    assert policy.statistics["attempt_number"] == 3


def test_budget_is_for_waits_between_attempts_alone(time):
    """Until it is its turn a request may wait longer than that: at a low rate that is no matter of patience."""

    class Slow(Service):
        def __call__(self):
            time.now += 100.0
            return super().__call__()

    assert ask(Slow([Throttled(10.0)] * 4), time, budget_seconds=50.0) == "done"
    assert isinstance(ask(Slow([Throttled(10.0)] * 6), time, budget_seconds=50.0), Throttled)
