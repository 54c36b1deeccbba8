"""The sandbox as a harness steers it over HTTP."""

from dataclasses import replace

import pytest
import urllib3

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.wickr import WICKR_GROUP, WICKR_NETWORK
from onboarding.sandbox import FaultKind, Registration, Sandbox, SandboxSettings


@pytest.fixture
def sandbox():
    """Serve an empty account, in memory."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def call(sandbox):
    """Return a function that sends a request and returns the status and the JSON document of the answer."""
    with urllib3.connection_from_url(sandbox.url, maxsize=1, retries=False) as pool:

        def call(method, path, document=None):
            answer = pool.request(
                method, path, json=document, headers={"Authorization": "any", "X-Onboard-Sandbox": "1"}
            )
            return answer.status, answer.json()

        yield call


def test_settings_are_shown(sandbox, call):
    """The settings are the same as in Python."""
    sandbox.settings = SandboxSettings(
        rate=2.5, burst=3, latency_seconds=0.01, jitter=0.5, list_delay_seconds=1.5, token_seconds=3600
    )

    settings = {
        "list_delay_seconds": 1.5,
        "token_seconds": 3600,
        "rate": 2.5,
        "burst": 3,
        "latency_seconds": 0.01,
        "jitter": 0.5,
    }
    assert call("GET", "/_sandbox/settings") == (200, settings)


def test_settings_are_changed(sandbox, call):
    """The answer has the settings that are valid now. Settings that the request does not name stay."""
    settings = {
        "list_delay_seconds": 2,
        "token_seconds": 60,
        "rate": None,
        "burst": 5,
        "latency_seconds": 0,
        "jitter": 0,
    }
    assert call("POST", "/_sandbox/settings", {"list_delay_seconds": 2, "token_seconds": 60}) == (200, settings)
    assert call("POST", "/_sandbox/settings", {}) == (200, settings)
    assert (sandbox.settings.list_delay_seconds, sandbox.settings.token_seconds) == (2, 60)

    assert call("POST", "/_sandbox/settings", {"rate": 0.001, "burst": 1}) == (
        200,
        settings | {"rate": 0.001, "burst": 1},
    )
    assert [call("GET", "/accounts/sandbox-team")[0] for _ in range(2)] == [200, 429]
    assert call("POST", "/_sandbox/settings", {"rate": None})[1]["rate"] is None
    assert [call("GET", "/accounts/sandbox-team")[0] for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "Expecting value"),
        ([], "a JSON object is wanted"),
        ({"speed": 5}, "speed is unknown or of the wrong type; fields are list_delay_seconds, token_seconds, rate"),
        ({"rate": 0}, "rate must be above 0"),
        ({"latency_seconds": 1e9}, "latency must be 0 to 60 seconds"),
        ({"list_delay_seconds": 5, "burst": 0}, "burst at least 1"),
        ({"list_delay_seconds": "5"}, "list_delay_seconds is unknown or of the wrong type"),
        ({"list_delay_seconds": True}, "list_delay_seconds is unknown or of the wrong type"),
        ({"list_delay_seconds": -1}, "list delay must be 0 to 86400 seconds"),
        ({"list_delay_seconds": 5, "token_seconds": 86_401}, "memory of a token must be 0 to 86400 seconds"),
    ],
)
def test_senseless_settings_are_refused(sandbox, call, document, said):
    """The answer says what is wrong, and no setting changes."""
    status, answer = call("POST", "/_sandbox/settings", document)

    assert status == 400
    assert answer["Message"].startswith("POST settings refuses this: ")
    assert said in answer["Message"]
    assert sandbox.settings == SandboxSettings()


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind is not FaultKind.ALTER])
def test_every_kind_of_fault_is_taken(call, kind):
    """The request uses the names in the README."""
    error = {"error": "ServiceFailureException"} if kind is FaultKind.ERROR else {}

    assert call("POST", "/_sandbox/faults", {"kind": kind, "operation": "ListUsers", **error}) == (200, {})


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"kind": "reset", "surprise": 1}, "surprise is unknown or of the wrong type; fields are kind, operation"),
        ({"kind": "earthquake"}, "kind is none of error, reset"),
        ({"kind": "act_late", "loss": "silence"}, "loss is none of reset, hang, fail"),
        ({"kind": "alter"}, "kind is none of error, reset"),
        ({"kind": "reset", "alter": "anything"}, "alter is unknown or of the wrong type"),
        ({"kind": "reset", "service": "teams"}, "service is none of chime, wickr"),
    ],
)
def test_a_senseless_fault_is_refused_with_a_reason(call, document, said):
    """The answer says it in words, and the next request meets no fault."""
    status, answer = call("POST", "/_sandbox/faults", document)

    assert status == 400
    assert said in answer["Message"]
    assert call("GET", "/accounts/sandbox-team")[0] == 200


def test_every_kind_that_a_refusal_names_is_taken(call):
    """So the kind that only a test in Python can give is not among them."""
    _, answer = call("POST", "/_sandbox/faults", {"kind": "earthquake"})
    _, kinds = answer["Message"].split("kind is none of ")

    for kind in kinds.split(", "):
        error = {"error": "ServiceFailureException"} if kind == "error" else {}
        assert call("POST", "/_sandbox/faults", {"kind": kind, "operation": "ListUsers", **error}) == (200, {})


def test_addresses_are_refused(sandbox, call):
    """The service refuses the whole request, or only the entry of the address."""
    assert call("POST", "/_sandbox/refusals", {"addresses": ["Bad@example.com"]}) == (200, {})
    assert call("POST", "/_sandbox/refusals", {"addresses": ["odd@example.com"], "with": "entry"}) == (200, {})

    assert call("POST", INVITE, {"UserEmailList": ["ada@example.com", "bad@example.com"]})[0] == 400
    status, answer = call("POST", INVITE, {"UserEmailList": ["ada@example.com", "odd@example.com"]})

    assert (status, [entry["Status"] for entry in answer["Invites"]]) == (201, ["Pending", "Failed"])
    assert list(sandbox.mails()) == ["ada@example.com"]


@pytest.mark.parametrize(
    "document", [{}, {"addresses": ["no address"]}, {"addresses": ["a@b.example"], "with": "fire"}]
)
def test_senseless_refusals_are_refused(call, document):
    assert call("POST", "/_sandbox/refusals", document)[0] == 400


USERS = f"/accounts/{TEAM_ACCOUNT}/users"
INVITE = f"{USERS}?operation=add"


@pytest.mark.parametrize(
    ("given", "states"),
    [
        ({}, ("Unregistered", "Pending")),
        ({"registration": "Unregistered"}, ("Unregistered", "Pending")),
        ({"registration": "Registered"}, ("Registered", "Accepted")),
        ({"registration": "Suspended"}, ("Suspended", "Accepted")),
    ],
)
def test_another_party_invites_people(sandbox, call, given, states):
    """These people are there at once, whatever the delay, and no person was mailed."""
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=600)
    addresses = ["Ada@example.com", "bo@example.com"]

    assert call("POST", "/_sandbox/users", {"addresses": addresses, **given}) == (200, {})

    users = call("GET", USERS)[1]["Users"]
    assert [user["PrimaryEmail"] for user in users] == addresses
    assert {(user["UserRegistrationStatus"], user["UserInvitationStatus"]) for user in users} == {states}
    assert sandbox.mails() == {}


@pytest.mark.parametrize(
    ("given", "states"),
    [
        ({}, (1, False)),
        ({"registration": "Registered"}, (2, False)),
        ({"registration": "Suspended"}, (2, True)),
    ],
)
def test_another_party_creates_users_of_wickr(sandbox, call, given, states):
    """The users are in the default group of the network. Chime does not know them."""
    document = {"addresses": ["Ada@example.com"], "service": "wickr", **given}

    assert call("POST", "/_sandbox/users", document) == (200, {})

    (user,) = call("GET", f"/networks/{WICKR_NETWORK}/users")[1]["users"]
    assert (user["username"], user["securityGroups"]) == ("Ada@example.com", [WICKR_GROUP])
    assert (user["status"], user["suspended"]) == states
    assert call("GET", USERS)[1]["Users"] == []
    assert sandbox.mails() == {}


def test_an_unknown_service_has_no_users(sandbox):
    """Python refuses it, too."""
    with pytest.raises(ValueError, match="service is none of chime, wickr"):
        sandbox.add_users(["ada@example.com"], service="teams")


def test_refusals_hold_for_both_services(call):
    """The refusal belongs to an address, not to an account."""
    call("POST", "/_sandbox/refusals", {"addresses": ["bad@example.com"]})
    users = [{"username": "Bad@example.com", "securityGroupIds": [WICKR_GROUP]}]

    assert call("POST", INVITE, {"UserEmailList": ["bad@example.com"]})[0] == 400
    assert call("POST", f"/networks/{WICKR_NETWORK}/users", {"users": users})[0] == 422


def test_people_may_arrive_by_hundreds_and_come_page_by_page(sandbox, call):
    """A page has the service's size: a hundred by default, at most two hundred."""
    addresses = [f"person{number}@example.com" for number in range(450)]
    sandbox.add_users(addresses)

    sizes = [len(call("GET", f"{USERS}{query}")[1]["Users"]) for query in ("", "?max-results=200")]

    assert sizes == [100, 200]
    assert call("GET", f"{USERS}?max-results=201")[0] == 400
    assert sandbox.counts().users == 450


def test_an_invited_user_registers_meanwhile(sandbox, call):
    """The user stays the same, and another invite does not mail the user any more."""
    sandbox.add_users(["ada@example.com"])
    sandbox.add_users(["ADA@example.com"], Registration.REGISTERED)

    (invite,) = call("POST", INVITE, {"UserEmailList": ["ada@example.com"]})[1]["Invites"]

    assert (invite["Status"], invite["EmailStatus"]) == ("Accepted", "NotSent")
    assert (sandbox.counts().users, sandbox.mails()) == (1, {})


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "a JSON object is wanted"),
        ({}, "addresses must be a list"),
        ({"addresses": "ada@example.com"}, "addresses is unknown or of the wrong type"),
        ({"addresses": ["ada@example.com", 7]}, "addresses must be a list of email addresses"),
        ({"addresses": ["ada@example.com", "secret"]}, "addresses must be a list of email addresses"),
        ({"addresses": ["ada@example.com"], "registration": "Gone"}, "registration is none of Unregistered"),
        ({"addresses": ["ada@example.com"], "surprise": 1}, "surprise is unknown or of the wrong type"),
        ({"addresses": ["ada@example.com"], "service": "teams"}, "service is none of chime, wickr"),
    ],
)
def test_senseless_users_are_refused(sandbox, call, document, said):
    """The sandbox refuses all of them, and its message has no address."""
    status, answer = call("POST", "/_sandbox/users", document)

    assert status == 400
    assert said in answer["Message"]
    assert "ada@" not in answer["Message"]
    assert sandbox.counts().users == 0


def test_mails_are_shown_as_a_histogram(sandbox, call):
    """The answer says how many people got one mail, or three, and names no person."""
    for addresses in (["ada@example.com", "bo@example.com", "cy@example.com"], ["ada@example.com", "ADA@example.com"]):
        call("POST", INVITE, {"UserEmailList": addresses})

    assert call("GET", "/_sandbox/mails") == (200, {"1": 2, "3": 1})
    assert sandbox.times_mailed() == {1: 2, 3: 1}


def test_histogram_of_no_mails_is_empty(call):
    """The histogram is empty, and has no entry for 0."""
    assert call("GET", "/_sandbox/mails") == (200, {})
