"""The sandbox's throttle and its script of faults, without HTTP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.errors import ConfigurationError
from onboarding.sandbox.faults import Fault, Faults, Kind, Loss
from onboarding.sandbox.throttle import TokenBucket

RESET = Fault(Kind.RESET)


class Clock:
    """A monotonic clock that moves when told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def script(*lines):
    """Return faults holding these lines."""
    faults = Faults(operations={"InviteUsers", "ListUsers"}, errors={"ServiceUnavailableException"})
    for line in lines:
        faults.add(line)
    return faults


def test_a_bucket_lets_its_burst_through_at_once():
    """Then it names the seconds until the next token."""
    bucket = TokenBucket(rate=0.5, burst=2, clock=Clock())

    assert [bucket.take() for _ in range(3)] == [0, 0, 2]


def test_a_bucket_fills_with_time_and_no_higher_than_its_burst():
    """A long rest buys one burst, not more."""
    clock = Clock()
    bucket = TokenBucket(rate=0.5, burst=2, clock=clock)
    bucket.take()

    clock.now += 1000

    assert [bucket.take() for _ in range(3)] == [0, 0, 2]


def test_a_refused_request_costs_no_token():
    """Who waits as long as he was told gets through."""
    clock = Clock()
    bucket = TokenBucket(rate=0.5, burst=1, clock=clock)
    bucket.take()
    wait_seconds = bucket.take()

    clock.now += wait_seconds

    assert bucket.take() == 0


@given(
    rate=st.floats(0.1, 100),
    burst=st.integers(1, 20),
    pauses_seconds=st.lists(st.floats(0, 2), max_size=50),
)
def test_no_more_pass_than_rate_and_burst_allow(rate, burst, pauses_seconds):
    """Over any pattern of requests."""
    clock = Clock()
    bucket = TokenBucket(rate=rate, burst=burst, clock=clock)

    passed = 0
    for pause_seconds in pauses_seconds:
        clock.now += pause_seconds
        passed += bucket.take() == 0

    assert passed <= burst + rate * sum(pauses_seconds) + 1e-6


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (float("nan"), 1), (1, 0)])
def test_a_senseless_rate_is_a_plain_error(rate, burst):
    """It comes from the command line."""
    with pytest.raises(ConfigurationError, match="rate must be above 0"):
        TokenBucket(rate=rate, burst=burst)


def test_a_fault_hits_its_count_of_requests_and_is_gone():
    """One is the default."""
    faults = script(Fault(Kind.RESET, count=2))

    assert [faults.take("ListUsers") is not None for _ in range(3)] == [True, True, False]


def test_a_fault_waits_for_its_operation():
    """Other operations neither meet it nor use it up."""
    fault = Fault(Kind.RESET, operation="InviteUsers")
    faults = script(fault)

    assert [faults.take("ListUsers"), faults.take("InviteUsers"), faults.take("InviteUsers")] == [None, fault, None]


def test_a_fault_lets_the_first_requests_pass():
    """Only those of its own operation count."""
    faults = script(Fault(Kind.RESET, operation="InviteUsers", after=1))

    met = [faults.take(name) is not None for name in ("ListUsers", "InviteUsers", "InviteUsers")]

    assert met == [False, False, True]


def test_faults_are_met_in_the_order_of_the_script():
    """The first line that is due wins."""
    hang = Fault(Kind.ACT_THEN_HANG)
    faults = script(RESET, hang)

    assert [faults.take("ListUsers") for _ in range(3)] == [RESET, hang, None]


def test_after_counts_requests_that_another_fault_hit():
    """One passed means the second request, whatever became of the first."""
    hang = Fault(Kind.ACT_THEN_HANG, after=1)
    faults = script(RESET, hang)

    assert [faults.take("ListUsers") for _ in range(2)] == [RESET, hang]


def test_a_cleared_script_harms_nobody():
    """Nothing is left over for the next test."""
    faults = script(RESET)

    faults.clear()

    assert faults.take("ListUsers") is None


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Kind.RESET, operation="DeleteEverything"),
        Fault(Kind.ERROR, error="MysteryException"),
    ],
)
def test_a_fault_naming_what_the_service_has_not_is_refused(fault):
    """A misspelt fault would never fire and the test would pass for nothing."""
    with pytest.raises(ValueError, match="is none of"):
        script(fault)


def test_a_fault_is_read_from_a_document():
    """What comes over HTTP is the same as what Python gives."""
    document = {"kind": "error", "error": "ServiceUnavailableException", "operation": "InviteUsers", "count": 3}

    fault = Fault.from_document(document)

    assert fault == Fault(Kind.ERROR, error="ServiceUnavailableException", operation="InviteUsers", count=3)


def test_every_field_of_a_fault_may_be_in_a_document():
    """Neither way of scripting knows more than the other."""
    fields = {"operation": "InviteUsers", "count": 2, "after": 3, "seconds": 1.5, "entries": 4}

    fault = Fault.from_document({"kind": "act_late", "loss": "hang", **fields})

    assert fault == Fault(Kind.ACT_LATE, loss=Loss.HANG, **fields)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kind": "earthquake"},
        {"kind": "reset", "surprise": 1},
        {"kind": "reset", "count": "2"},
        {"kind": "reset", "count": True},
        {"kind": "reset", "count": 0},
        {"kind": "reset", "after": -1},
        {"kind": "reset", "error": "ServiceUnavailableException"},
        {"kind": "error"},
        {"kind": "act_then_hang", "seconds": 0},
        {"kind": "act_then_hang", "seconds": float("nan")},
        {"kind": "act_then_hang", "seconds": 1e9},
        {"kind": "act_then_omit", "entries": 0},
        {"kind": "act_late", "loss": "silence"},
        {"kind": "act_late", "loss": None},
        {"kind": None},
        {"kind": "act_then_move"},
        {"kind": "act_then_repeat", "operation": "InviteUsers"},
        [],
    ],
)
def test_a_senseless_document_is_refused(document):
    """Unknown fields, wrong types and numbers out of range."""
    with pytest.raises(ValueError, match=r"kind|error|count|surprise|loss|object|operation"):
        Fault.from_document(document)
