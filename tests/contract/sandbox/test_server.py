"""The sandbox as a server: connections, hostile requests, steering over HTTP, state on disk."""

import json
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import urllib3

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.model.errors import ConfigurationError
from onboarding.sandbox import Sandbox

INVITE = f"/accounts/{TEAM_ACCOUNT}/users?operation=add"
SIGNED = {"Authorization": "any", "X-Onboard-Sandbox": "1"}


class Caller:
    """Plain HTTP on one kept connection."""

    def __init__(self, sandbox):
        self.pool = urllib3.connection_from_url(sandbox.url, maxsize=1, retries=False)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.pool.close()

    def call(self, method, path, document=None):
        """Return the status and the JSON document of the answer."""
        answer = self.pool.request(method, path, json=document, headers=SIGNED)
        return answer.status, answer.json()

    def invite(self, *addresses):
        """Invite people, and fail unless it works."""
        assert self.call("POST", INVITE, {"UserEmailList": list(addresses)})[0] == 201


def bytes_answered(sandbox, request):
    """Return all that the server sends on a fresh connection until one side closes it."""
    url = urlsplit(sandbox.url)
    with socket.create_connection((url.hostname, url.port), timeout=60) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture
def sandbox():
    """Serve an empty account, in memory."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def caller(sandbox):
    """Return a caller of the sandbox."""
    with Caller(sandbox) as caller:
        yield caller


def test_a_connection_serves_many_requests(caller):
    """Errors do not end a connection either."""
    for path in (f"/accounts/{TEAM_ACCOUNT}", "/accounts/nobody", "/nowhere", f"/accounts/{TEAM_ACCOUNT}"):
        caller.call("GET", path)

    assert caller.pool.num_connections == 1


def test_it_listens_on_loopback_by_default():
    """The server knows no authentication."""
    with Sandbox() as sandbox:
        assert urlsplit(sandbox.url).hostname == "127.0.0.1"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /accounts/sandbox-team/users?operation=add HTTP/1.1\r\nAuthorization: a\r\n\r\n", b"400"),
        (b"GET /\xff\xfe?%zz=\xff HTTP/1.1\r\n\r\n", b"404"),
        (b"GET http://[ HTTP/1.1\r\n\r\n", b"404"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1000001\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"BREW /pot HTTP/1.1\r\n\r\n", b"501"),
        (b"GET / too many words HTTP/1.1\r\n\r\n", b"400"),
    ],
)
def test_a_strange_request_gets_a_status_and_no_traceback(sandbox, capfd, request_, status):
    """Any bytes may arrive on the port."""
    answer = bytes_answered(sandbox, request_)

    assert answer.split(b" ")[1] == status
    assert b"Traceback" not in answer
    assert capfd.readouterr() == ("", "")


def test_a_client_that_hangs_up_is_no_event(sandbox, caller, capfd):
    """The client hangs up in the middle of a request, and no one waits for an answer."""
    bytes_answered(sandbox, b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")

    status, _ = caller.call("GET", f"/accounts/{TEAM_ACCOUNT}")

    assert status == 200
    assert capfd.readouterr() == ("", "")


def test_nothing_is_logged(caller, capfd, caplog):
    """A query may hold an address."""
    caller.invite("secret@example.com")
    caller.call("GET", f"/accounts/{TEAM_ACCOUNT}/users?user-email=secret@example.com")

    ours = [record for record in caplog.records if not record.name.startswith("urllib3")]
    assert ours == []
    assert capfd.readouterr() == ("", "")


def test_the_state_is_shown_in_counts(sandbox, caller):
    """The counts are the same as in Python, and hold no address."""
    caller.invite("ada@example.com", "bo@example.com")
    caller.invite("ada@example.com")
    caller.call("GET", "/nowhere")

    status, state = caller.call("GET", "/_sandbox/state")

    assert status == 200
    assert state == {
        "requests": {"InviteUsers": {"201": 2}, "unknown": {"404": 1}},
        "users": 2,
        "mails": 3,
        "addresses_mailed": 2,
        "addresses_mailed_more_than_once": 1,
        "acts_to_come": 0,
    }
    assert sandbox.counts().mails == 3


def test_a_fault_is_added_over_http(caller):
    """The fault hits the next request."""
    fault = {"kind": "error", "error": "ServiceUnavailableException", "operation": "GetAccount"}

    assert caller.call("POST", "/_sandbox/faults", fault) == (200, {})

    statuses = [caller.call("GET", f"/accounts/{TEAM_ACCOUNT}")[0] for _ in range(2)]
    assert statuses == [503, 200]


def test_faults_are_cleared_over_http(caller):
    """The request clears all faults."""
    caller.call("POST", "/_sandbox/faults", {"kind": "reset", "count": 1000})

    assert caller.call("DELETE", "/_sandbox/faults") == (200, {})

    assert caller.call("GET", f"/accounts/{TEAM_ACCOUNT}")[0] == 200


@pytest.mark.parametrize("document", [None, [], {}, {"kind": "earthquake"}, {"kind": "reset", "operation": "Nothing"}])
def test_a_senseless_fault_is_refused_over_http(caller, document):
    """The answer says what is wrong."""
    status, answer = caller.call("POST", "/_sandbox/faults", document)

    assert status == 400
    assert "fault" in answer["Message"].lower()


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/_sandbox/state"), ("GET", "/_sandbox/"), ("GET", "/_sandbox/x")]
)
def test_there_is_nothing_else_to_steer(caller, method, path):
    """The answer names the few paths."""
    assert caller.call(method, path)[0] == 404


def test_state_survives_a_restart(tmp_path):
    """A second run finds the same account, and a second invite still shows."""
    state = tmp_path / "new folder" / "sandbox.sqlite3"
    for _ in range(2):
        with Sandbox(state=state) as sandbox, Caller(sandbox) as caller:
            caller.invite("ada@example.com")
            mails = sandbox.mails()
            users = sandbox.counts().users

    assert mails == {"ada@example.com": 2}
    assert users == 1


def test_a_state_file_is_private(tmp_path):
    """The file and its journals hold addresses."""
    with Sandbox(state=tmp_path / "state") as sandbox, Caller(sandbox) as caller:
        caller.invite("ada@example.com")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}

    assert modes == dict.fromkeys(["state", "state-wal", "state-shm"], 0o600)


def test_an_emptied_sandbox_has_no_users(tmp_path):
    """The state file is empty after a restart, too."""
    state = tmp_path / "state"
    with Sandbox(state=state) as sandbox, Caller(sandbox) as caller:
        caller.invite("ada@example.com")
        sandbox.empty()
    with Sandbox(state=state) as sandbox:
        counts = sandbox.counts()

    assert (counts.requests, counts.users, counts.mails) == ({}, 0, 0)


def test_two_servers_share_a_file(tmp_path):
    """Both write at the same time, and no write is lost."""
    state = tmp_path / "state"
    with Sandbox(state=state) as one, Sandbox(state=state) as other, Caller(one) as here, Caller(other) as there:

        def invite_twenty(caller, name):
            for number in range(20):
                caller.invite(f"{name}{number}@example.com", "both@example.com")

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(invite_twenty, [here, there], ["here", "there"]))

        assert one.mails() == other.mails()
        assert one.mails()["both@example.com"] == 40
        assert one.counts().users == 41


@pytest.mark.parametrize("make", ["folder", "text"])
def test_a_file_that_is_no_state_is_a_plain_error(tmp_path, make):
    """The error names the file and what to do."""
    path = tmp_path / "state"
    path.mkdir() if make == "folder" else path.write_text("no database, and longer than its header would be" * 9)

    with pytest.raises(ConfigurationError, match=r"cannot keep its state in .*state: .* begin a run with --fresh"):
        Sandbox(state=path)


def test_a_port_in_use_is_a_plain_error(sandbox):
    """The error names the port and what to do."""
    port = urlsplit(sandbox.url).port

    with pytest.raises(ConfigurationError, match=rf"cannot listen on 127.0.0.1 port {port}: .*Choose another"):
        Sandbox(port=port)


def test_a_closed_sandbox_answers_no_kept_connection():
    """It also leaves no thread behind that would answer."""
    with Sandbox() as sandbox:
        caller = Caller(sandbox)
        caller.call("GET", f"/accounts/{TEAM_ACCOUNT}")

    with caller, pytest.raises(urllib3.exceptions.HTTPError):
        caller.call("GET", f"/accounts/{TEAM_ACCOUNT}")


def test_closing_ends_a_hang(sandbox, caller):
    """A test that ends early does not have to wait for its fault."""
    hang = {"kind": "act_then_hang", "seconds": 600}
    caller.call("POST", "/_sandbox/faults", hang)

    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(caller.call, "POST", INVITE, {"UserEmailList": ["ada@example.com"]})
        while not sandbox.mails():
            assert not hanging.done()
        sandbox.close()

        assert isinstance(hanging.exception(timeout=60), urllib3.exceptions.HTTPError)


def test_waiting_ends_when_the_sandbox_is_closed(sandbox):
    """`onboard sandbox` waits in this way until it is stopped."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sandbox.wait)
        sandbox.close()

        assert waiting.result(timeout=60) is None


def test_an_answer_says_what_aws_says(caller):
    """It has the content type, error type and request id that SDKs read."""
    answer = caller.pool.request("GET", "/accounts/nobody", headers=SIGNED)

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["x-amzn-ErrorType"] == "NotFoundException"
    assert len(answer.headers["x-amzn-RequestId"]) == 36
    assert json.loads(answer.data)["Code"] == "NotFound"
