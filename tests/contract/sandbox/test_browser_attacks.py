"""A page in a browser on this machine can neither read the sandbox nor steer it."""

import json

import pytest
import urllib3

from onboarding.sandbox import Sandbox

STEERING = [
    ("POST", "/_sandbox/users", {"addresses": ["ada@example.com"]}),
    ("POST", "/_sandbox/refusals", {"addresses": ["ada@example.com"]}),
    ("POST", "/_sandbox/settings", {"rate": 1}),
    ("POST", "/_sandbox/faults", {"kind": "reset"}),
    ("DELETE", "/_sandbox/faults", None),
]
OWN = {"X-Onboard-Sandbox": "1"}


def ask(sandbox, method, path, document=None, **headers):
    """Send a request, and return the status and the document of the answer."""
    body = None if document is None else json.dumps(document)
    answer = urllib3.request(method, f"{sandbox.url}{path}", body=body, headers=headers, retries=False)
    return answer.status, answer.json()


@pytest.fixture
def sandbox():
    """Serve an empty account, in memory."""
    with Sandbox(allowed_hosts=["sandbox.test"]) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:8765",
        "localhost.attacker.example",
        "127.0.0.1.attacker.example",
        "192.0.2.1",
        "[2001:db8::1]:80",
        "",
        "localhost@attacker.example",
        "127.0.0.1, attacker.example",
    ],
)
@pytest.mark.parametrize("path", ["/_sandbox/state", "/accounts/sandbox-team/users"])
def test_request_for_another_host_is_refused_with_the_way_to_ask(sandbox, host, path):
    """The names of a page that was rebound to this machine lead here, with the page's own name as the host."""
    status, answer = ask(sandbox, "GET", path, Host=host, Authorization="any")

    assert status == 421
    assert sandbox.url in answer["Message"]
    assert "--allow-host" in answer["Message"]
    assert "requests" not in answer


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:1",
        "localhost.",
        "app.localhost",
        "127.0.0.1:80",
        "127.9.9.9",
        "[::1]:80",
        "sandbox.test",
    ],
)
def test_request_for_this_machine_or_an_allowed_host_is_answered(sandbox, host):
    assert ask(sandbox, "GET", "/_sandbox/state", Host=host)[0] == 200


@pytest.mark.parametrize(("method", "path", "document"), STEERING)
def test_steering_wants_a_header_that_no_form_can_send(sandbox, method, path, document):
    before = sandbox.settings, sandbox.counts()

    status, answer = ask(sandbox, method, path, document, **{"Content-Type": "text/plain"})

    assert status == 403
    assert "X-Onboard-Sandbox" in answer["Message"]
    assert (sandbox.settings, sandbox.counts()) == before
    assert ask(sandbox, method, path, document, **OWN)[0] == 200


def test_browser_gets_no_permission_to_send_the_header(sandbox):
    """Before a page may send it, a browser asks with OPTIONS."""
    headers = {"Origin": "https://attacker.example", "Access-Control-Request-Headers": "x-onboard-sandbox"}

    answer = urllib3.request("OPTIONS", f"{sandbox.url}/_sandbox/faults", headers=headers, retries=False)

    assert answer.status >= 400
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
