"""The ways in which the sandbox's answers about Wickr users may be odd, without HTTP."""

from functools import partial

import pytest

from onboarding.sandbox.faults import Fault, Kind
from onboarding.sandbox.habits import Habits
from onboarding.sandbox.odd import act_oddly
from onboarding.sandbox.people import Registration
from onboarding.sandbox.refusals import Refusal, Refusals
from onboarding.sandbox.stage import Stage
from onboarding.sandbox.store import Store
from onboarding.sandbox.wickr import Wickr
from onboarding.sandbox.wickr_entries import WICKR_GROUP, WICKR_NETWORK

ADA = "Ada@example.com"
BO = "bo@example.com"


class Network:
    """The network, asked with one fault at a time."""

    def __init__(self):
        self.store = Store()
        self.refusals = Refusals()
        self.stage = Stage(self.store, {"wickr": Wickr(Habits(), self.refusals)})

    def ask(self, operation, kind, *, entries=1, **asked):
        """Return the odd result of an operation."""
        fault = Fault(kind, operation, entries=entries)
        act = partial(self.stage.act, "wickr", operation)
        return act_oddly(fault, operation, act, {"networkId": WICKR_NETWORK, **asked})

    def create(self, kind, *addresses, entries=1):
        """Return what the odd answer to a request for these users says: name and status, and the failures."""
        users = [{"username": address, "securityGroupIds": [WICKR_GROUP]} for address in addresses]
        answer = self.ask("BatchCreateUser", kind, entries=entries, users=users)
        said = [(user["username"], user.get("status")) for user in answer["successful"]]
        return said, [failed["reason"] for failed in answer["failed"]]

    def mails(self):
        """Return the number of mails by address."""
        with self.store.transaction() as records:
            return records.mails()


@pytest.fixture
def network():
    """Return an empty network of its own for each test."""
    network = Network()
    yield network
    network.store.close()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.ACT_THEN_OMIT, [(ADA, 1)]),
        (Kind.ACT_THEN_REORDER, [(BO, 1), (ADA, 1)]),
        (Kind.ACT_THEN_RECASE, [(ADA, 1), ("BO@EXAMPLE.COM", 1)]),
        (Kind.ACT_THEN_ADD, [("stranger0@sandbox.example", 1), (ADA, 1), (BO, 1)]),
        (Kind.ACT_THEN_DROP_STATUS, [(ADA, 1), (BO, None)]),
        (Kind.ACT_THEN_CONTRADICT, [(ADA, 1), (BO, 1), (BO, 2)]),
    ],
)
def test_an_answer_about_new_users_is_odd(network, kind, said):
    """And everybody was mailed once all the same, strangers never; what failed is told as it is."""
    network.refusals.add("cy@example.com", Refusal.ENTRY)

    assert network.create(kind, ADA, "cy@example.com", BO) == (said, ["The username is not allowed"])
    assert network.mails() == {"ada@example.com": 1, "bo@example.com": 1}


def test_failures_are_turned_round_too(network):
    """They name nobody, so their order tells nothing."""
    network.refusals.add(ADA, Refusal.ENTRY)
    network.stage.add_users("wickr", [BO], Registration.REGISTERED)

    _, reasons = network.create(Kind.ACT_THEN_REORDER, ADA, BO)

    assert reasons == ["User already exists", "The username is not allowed"]


def test_a_stranger_comes_with_a_code(network):
    """A credential, too."""
    users = [{"username": ADA, "securityGroupIds": [WICKR_GROUP]}]

    stranger, _ = network.ask("BatchCreateUser", Kind.ACT_THEN_ADD, users=users)["successful"]

    assert stranger["inviteCode"].startswith("canary-invite-code-")


@pytest.mark.parametrize(
    ("registration", "statuses"),
    [(Registration.UNREGISTERED, [1, 2]), (Registration.REGISTERED, [2, 1])],
)
def test_a_listed_user_is_contradicted(network, registration, statuses):
    """One person, twice on a page, with two states."""
    network.stage.add_users("wickr", [ADA], registration)

    users = network.ask("ListUsers", Kind.ACT_THEN_CONTRADICT)["users"]

    assert [user["status"] for user in users] == statuses
    assert users[0]["userId"] == users[1]["userId"]


@pytest.mark.parametrize("kind", [Kind.ACT_THEN_MOVE, Kind.ACT_THEN_REPEAT])
def test_a_token_leads_to_whoever_moved(network, kind):
    """Beyond what would have been the last page."""
    network.stage.add_users("wickr", [ADA, BO], Registration.UNREGISTERED)

    page = network.ask("ListUsers", kind)
    rest = network.ask("ListUsers", Kind.ACT_THEN_REORDER, nextToken=page["nextToken"])["users"]

    assert len(page["users"]) == (1 if kind is Kind.ACT_THEN_MOVE else 2)
    assert [user["username"] for user in rest] == [BO]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.ACT_THEN_OMIT, ["1000000001"]),
        (Kind.ACT_THEN_REORDER, ["1000000002", "1000000001"]),
        (Kind.ACT_THEN_ADD, ["1999999999", "1000000001", "1000000002"]),
        (Kind.ACT_THEN_RECASE, ["1000000001", "1000000002"]),
    ],
)
def test_an_answer_about_ids_is_odd(network, kind, said):
    """It has nothing but them."""
    network.stage.add_users("wickr", [ADA, BO], Registration.UNREGISTERED)

    answer = network.ask("BatchReinviteUser", kind, userIds=["1000000001", "1000000002"])

    assert [entry["userId"] for entry in answer["successful"]] == said
    assert network.mails() == {"ada@example.com": 1, "bo@example.com": 1}
