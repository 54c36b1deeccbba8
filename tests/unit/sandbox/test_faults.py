"""The sandbox's throttle and its script of faults, without HTTP."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.errors import ConfigurationError
from onboarding.sandbox.faults import Fault, FaultKind, Faults, LostAnswer, apply_fault
from onboarding.sandbox.simulation.behaviour import EntryNames
from onboarding.sandbox.simulation.traffic import SandboxSettings, TokenBucket, Traffic

RESET = Fault(FaultKind.RESET)
NAMES = EntryNames(lists=frozenset({"Invites", "users", "successful"}), statuses=frozenset({"Status"}))


@dataclass
class Offers:
    """What a service has that a fault may name."""

    operations: set[str]
    errors: set[str]


CHIME = Offers({"InviteUsers", "ListUsers"}, {"ServiceUnavailableException"})
WICKR = Offers({"BatchCreateUser", "ListUsers"}, {"RateLimitError"})


class Clock:
    """A monotonic clock that moves only when a test advances it."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def script(*lines):
    """Return a script of these faults."""
    faults = Faults({"chime": CHIME, "wickr": WICKR})
    for line in lines:
        faults.add(line)
    return faults


def test_a_bucket_lets_its_burst_through_at_once():
    """After the burst the bucket says the seconds until the next token."""
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
    """A client that waits as long as the answer says gets through."""
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
    """The rule holds for any pattern of requests."""
    clock = Clock()
    bucket = TokenBucket(rate=rate, burst=burst, clock=clock)

    passed = 0
    for pause_seconds in pauses_seconds:
        clock.now += pause_seconds
        passed += bucket.take() == 0

    assert passed <= burst + rate * sum(pauses_seconds) + 1e-6


def test_a_bucket_keeps_its_tokens_when_the_rate_changes():
    """From the change on, the bucket fills at the new rate, up to the new burst."""
    clock = Clock()
    bucket = TokenBucket(rate=8, burst=4, clock=clock)
    assert [bucket.take() for _ in range(4)] == [0] * 4

    clock.now += 0.375
    bucket.change(rate=0.5, burst=4)
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 2]

    clock.now += 1000
    bucket.change(rate=0.5, burst=1)
    assert [bucket.take() for _ in range(2)] == [0, 2]


@pytest.mark.parametrize(
    ("traffic", "said"),
    [
        ({"rate": 0}, "rate must be above 0"),
        ({"rate": -1}, "rate must be above 0"),
        ({"rate": float("nan")}, "rate must be above 0"),
        ({"rate": 1e-320}, "0.0001 to 1,000,000"),
        ({"rate": 1e300}, "0.0001 to 1,000,000"),
        ({"burst": 10**20}, "burst at least 1 .to 1,000,000"),
        ({"rate": 1, "burst": 0}, "burst at least 1"),
        ({"latency_seconds": -1}, "latency must be 0 to 60 seconds"),
        ({"latency_seconds": float("nan")}, "latency must be 0 to 60 seconds"),
        ({"jitter": 1.5}, "jitter a share from 0 to 1"),
    ],
)
def test_senseless_traffic_is_a_plain_error(traffic, said):
    """The wrong figure comes from the command line."""
    with pytest.raises(ConfigurationError, match=said):
        SandboxSettings(**traffic)


def test_requests_travel_as_long_as_the_latency_says():
    """Request and answer take the latency together, give or take the share of the jitter."""
    traffic = Traffic(SandboxSettings(latency_seconds=0.2, jitter=0.3))

    ways = [traffic.one_way_seconds() for _ in range(1000)]

    assert 0.07 <= min(ways) < 0.075
    assert 0.125 < max(ways) <= 0.13
    assert Traffic(SandboxSettings(latency_seconds=0.2)).one_way_seconds() == 0.1


def test_a_limit_may_come_and_go():
    clock = Clock()
    traffic = Traffic(SandboxSettings(), clock)
    assert [traffic.take() for _ in range(9)] == [0] * 9

    traffic.settings = SandboxSettings(rate=2, burst=1)
    assert [traffic.take() for _ in range(2)] == [0, 0.5]

    traffic.settings = SandboxSettings(rate=4, burst=1)
    assert traffic.take() == 0.25

    traffic.settings = SandboxSettings()
    assert traffic.take() == 0


def test_a_fault_hits_its_count_of_requests_and_is_gone():
    """The default count is one."""
    faults = script(Fault(FaultKind.RESET, count=2))

    assert [faults.take("chime", "ListUsers") is not None for _ in range(3)] == [True, True, False]


def test_a_fault_waits_for_its_operation():
    """Other operations neither meet the fault nor use it up."""
    fault = Fault(FaultKind.RESET, operation="InviteUsers")
    faults = script(fault)

    assert [
        faults.take("chime", "ListUsers"),
        faults.take("chime", "InviteUsers"),
        faults.take("chime", "InviteUsers"),
    ] == [None, fault, None]


def test_a_fault_lets_the_first_requests_pass():
    """Only requests of the fault's own operation count."""
    faults = script(Fault(FaultKind.RESET, operation="InviteUsers", after=1))

    met = [faults.take("chime", name) is not None for name in ("ListUsers", "InviteUsers", "InviteUsers")]

    assert met == [False, False, True]


def test_faults_are_met_in_the_order_of_the_script():
    """The first line that is due wins."""
    hang = Fault(FaultKind.ACT_THEN_HANG)
    faults = script(RESET, hang)

    assert [faults.take("chime", "ListUsers") for _ in range(3)] == [RESET, hang, None]


def test_after_counts_requests_that_another_fault_hit():
    """``after=1`` means the second request, whatever happened to the first."""
    hang = Fault(FaultKind.ACT_THEN_HANG, after=1)
    faults = script(RESET, hang)

    assert [faults.take("chime", "ListUsers") for _ in range(2)] == [RESET, hang]


def test_a_cleared_script_hits_no_request():
    """Nothing is left over for the next test."""
    faults = script(RESET)

    faults.clear()

    assert faults.take("chime", "ListUsers") is None


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.RESET, operation="DeleteEverything"),
        Fault(FaultKind.ERROR, error="MysteryException"),
    ],
)
def test_a_fault_with_a_name_that_no_service_has_is_refused(fault):
    """A misspelt fault would never fire and the test would pass for nothing."""
    with pytest.raises(ValueError, match="is none of"):
        script(fault)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(FaultKind.RESET, service="teams"), "service is none of chime, wickr"),
        (Fault(FaultKind.RESET, "BatchCreateUser", service="chime"), "operation is none of InviteUsers, ListUsers"),
        (
            Fault(FaultKind.ERROR, error="RateLimitError", service="chime"),
            "error is none of ServiceUnavailableException",
        ),
        (
            Fault(FaultKind.ERROR, "BatchCreateUser", error="ServiceUnavailableException"),
            "error is none of RateLimitError",
        ),
    ],
)
def test_a_fault_with_a_name_that_its_service_lacks_is_refused(fault, said):
    """The sandbox refuses the fault even if the other service has the name."""
    with pytest.raises(ValueError, match=said):
        script(fault)


@pytest.mark.parametrize(
    ("fault", "met"),
    [
        (Fault(FaultKind.RESET, "ListUsers"), {"chime", "wickr"}),
        (Fault(FaultKind.RESET, "ListUsers", service="wickr"), {"wickr"}),
        (Fault(FaultKind.RESET, service="chime"), {"chime"}),
        (Fault(FaultKind.ERROR, error="RateLimitError"), {"wickr"}),
        (Fault(FaultKind.ERROR, "ListUsers", error="ServiceUnavailableException"), {"chime"}),
    ],
)
def test_a_fault_is_met_by_the_services_that_it_fits(fault, met):
    """These are the service that the fault names, or the services that have its error."""
    assert {service for service in ("chime", "wickr") if script(fault).take(service, "ListUsers")} == met


def test_a_service_that_a_fault_does_not_fit_leaves_it_unused():
    """Requests to that service do not count for ``after`` either."""
    fault = Fault(FaultKind.RESET, "ListUsers", after=1, service="wickr")
    faults = script(fault)

    met = [faults.take(service, "ListUsers") for service in ("chime", "wickr", "chime", "wickr")]

    assert met == [None, None, None, fault]


def test_a_fault_is_read_from_a_document():
    """A fault that comes over HTTP equals the fault that Python makes."""
    document = {"kind": "error", "error": "ServiceUnavailableException", "operation": "InviteUsers", "count": 3}

    fault = Fault.from_document(document)

    assert fault == Fault(FaultKind.ERROR, error="ServiceUnavailableException", operation="InviteUsers", count=3)


def test_every_field_of_a_fault_may_be_in_a_document():
    """Neither way of scripting knows more than the other."""
    fields = {"operation": "InviteUsers", "count": 2, "after": 3, "seconds": 1.5, "entries": 4, "service": "chime"}

    fault = Fault.from_document({"kind": "act_late", "loss": "hang", **fields})

    assert fault == Fault(FaultKind.ACT_LATE, loss=LostAnswer.HANG, **fields)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kind": "earthquake"},
        {"kind": "reset", "surprise": 1},
        {"kind": "reset", "service": None},
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
        {"kind": "alter"},
        [],
    ],
)
def test_a_senseless_document_is_refused(document):
    """It has unknown fields, wrong types or numbers out of range."""
    with pytest.raises(ValueError, match=r"kind|error|count|surprise|loss|object|operation|service"):
        Fault.from_document(document)


INVITED = {"Invites": [{"EmailAddress": name, "Status": "Pending", "EmailStatus": "Sent"} for name in "abc"]}
LISTED = {"users": [{"username": name, "status": 1} for name in "abc"], "nextToken": "more"}
CREATED = {"successful": LISTED["users"], "failed": [{"userId": "0"}, {"userId": "0"}]}
GROUPS = {"securityGroups": [{"id": "a", "name": "b"}]}


@pytest.mark.parametrize(
    ("result", "changed"),
    [
        (INVITED, {"Invites": INVITED["Invites"][:1]}),
        (LISTED, {**LISTED, "users": LISTED["users"][:1]}),
        (CREATED, {**CREATED, "successful": CREATED["successful"][:1]}),
        (GROUPS, GROUPS),
    ],
)
def test_omitting_leaves_the_last_people_out_and_nothing_else(result, changed):
    omit = Fault(FaultKind.ACT_THEN_OMIT, entries=2)

    assert apply_fault(omit, lambda _: result, {}, NAMES) == changed


def test_dropping_statuses_leaves_all_else_in_the_last_entries():
    drop = Fault(FaultKind.ACT_THEN_DROP_STATUS, entries=1)

    *others, last = apply_fault(drop, lambda _: INVITED, {}, NAMES)["Invites"]

    assert others == INVITED["Invites"][:2]
    assert last == {"EmailAddress": "c", "EmailStatus": "Sent"}


def test_altering_hands_the_act_and_its_parameters_to_a_hook():
    alter = Fault(FaultKind.ALTER, alter=lambda act, parameters: {**act(parameters), "odd": True})

    assert apply_fault(alter, lambda parameters: {"asked": parameters}, {"a": 1}, NAMES) == {
        "asked": {"a": 1},
        "odd": True,
    }
