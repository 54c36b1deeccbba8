"""The sandbox as a harness steers it over HTTP."""

import pytest
import urllib3

from onboarding.sandbox import Kind, Sandbox


@pytest.fixture
def sandbox():
    """Serve an empty account, in memory."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def call(sandbox):
    """Return what asks the sandbox: it gives back status and JSON document of the answer."""
    with urllib3.connection_from_url(sandbox.url, maxsize=1, retries=False) as pool:

        def call(method, path, document=None):
            answer = pool.request(method, path, json=document, headers={"Authorization": "any"})
            return answer.status, answer.json()

        yield call


def test_settings_are_told(sandbox, call):
    """The same as in Python."""
    sandbox.list_delay_seconds = 1.5

    assert call("GET", "/_sandbox/settings") == (200, {"list_delay_seconds": 1.5})


def test_settings_are_changed(sandbox, call):
    """The answer has those that hold now; what is not named stays."""
    assert call("POST", "/_sandbox/settings", {"list_delay_seconds": 2}) == (200, {"list_delay_seconds": 2})
    assert call("POST", "/_sandbox/settings", {}) == (200, {"list_delay_seconds": 2})
    assert sandbox.list_delay_seconds == 2


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "Expecting value"),
        ([], "a JSON object is wanted"),
        ({"rate": 5}, "rate is unknown or of the wrong type; fields are list_delay_seconds"),
        ({"list_delay_seconds": "5"}, "list_delay_seconds is unknown or of the wrong type"),
        ({"list_delay_seconds": True}, "list_delay_seconds is unknown or of the wrong type"),
        ({"list_delay_seconds": -1}, "list delay must be 0 to 86400 seconds"),
    ],
)
def test_senseless_settings_are_refused(sandbox, call, document, said):
    """With a word on what is wrong; nothing changes."""
    status, answer = call("POST", "/_sandbox/settings", document)

    assert status == 400
    assert answer["Message"].startswith("POST settings refuses this: ")
    assert said in answer["Message"]
    assert sandbox.list_delay_seconds == 0


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_fault_is_taken(call, kind):
    """By the name that the README has."""
    error = {"error": "ServiceFailureException"} if kind is Kind.ERROR else {}

    assert call("POST", "/_sandbox/faults", {"kind": kind, "operation": "ListUsers", **error}) == (200, {})


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"kind": "reset", "surprise": 1}, "surprise is unknown or of the wrong type; fields are kind, operation"),
        ({"kind": "earthquake"}, "kind is none of error, reset"),
        ({"kind": "act_late", "loss": "silence"}, "loss is none of reset, hang, fail"),
        ({"kind": "act_then_move"}, "operation must be ListUsers"),
    ],
)
def test_a_senseless_fault_is_told_what_is_wrong(call, document, said):
    """In words, and the next request meets nothing."""
    status, answer = call("POST", "/_sandbox/faults", document)

    assert status == 400
    assert said in answer["Message"]
    assert call("GET", "/accounts/sandbox-team")[0] == 200
