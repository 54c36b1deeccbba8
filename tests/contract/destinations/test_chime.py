"""Chime's adapter over a real boto3 client and real HTTP: what each answer, or none, says about invitations."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Thread

import pytest
from clients import IMPATIENT_SECONDS, chime_client
from fakes import chunk

from onboarding.destinations import Receipt, Refused, Throttled, Unconfirmed, Unreachable
from onboarding.destinations.chime import ENTERPRISE_ACCOUNT, TEAM_ACCOUNT
from onboarding.destinations.chime.account import ChimeDestination, open_chime
from onboarding.model.errors import ConfigurationError, DestinationClosed
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import Scope
from onboarding.runtime.aws import Access
from onboarding.sandbox import Fault, FaultKind, Refusal, Registration, Sandbox

OPERATIONS = ("GetAccount", "InviteUsers", "ListUsers")
MEANING = {
    "BadRequestException": Refused,
    "ForbiddenException": DestinationClosed,
    "NotFoundException": DestinationClosed,
    "ServiceFailureException": Unconfirmed,
    "ServiceUnavailableException": Unconfirmed,
    "ThrottledClientException": Throttled,
    "UnauthorizedClientException": DestinationClosed,
}
"""What every modelled error of Chime says of the request that it answers."""

ANA, BO, CY = "Ana.Ruiz@example.com", "bo@EXAMPLE.com", "cy@example.com"
PAIR = chunk([ANA, BO])
ANYONE = {"access_key": "anyone", "secret_key": "anything"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Serve an empty account, in memory."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def chime_at() -> Iterator[Callable[..., ChimeDestination]]:
    """Return what opens a destination at a URL."""
    with ExitStack() as opened:

        def open_at(url: str, account: str = TEAM_ACCOUNT, **options: str) -> ChimeDestination:
            client = opened.enter_context(closing(open_chime(Access(endpoint_url=url, **ANYONE))))
            return ChimeDestination(client, account, **options)

        yield open_at


@pytest.fixture
def chime(chime_at, sandbox) -> ChimeDestination:
    """Return a destination on the sandbox's Team account."""
    return chime_at(sandbox.url)


@pytest.fixture(scope="module")
def scripted() -> Iterator[tuple[ChimeDestination, list[bytes]]]:
    """Serve whatever bytes are put into a list, one answer to a connection, to one destination."""
    answers: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=_answer_all, args=(listening, answers), daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with closing(open_chime(Access(endpoint_url=url, **ANYONE))) as client:
            yield ChimeDestination(client, TEAM_ACCOUNT), answers
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def answering(scripted) -> Callable[[bytes], ChimeDestination]:
    """Return a function that makes the service answer the next request with these bytes and hang up."""
    destination, answers = scripted
    answers.clear()

    def answer_with(answer: bytes) -> ChimeDestination:
        answers.append(answer)
        return destination

    return answer_with


def _answer_all(listening: socket.socket, answers: list[bytes]) -> None:
    with suppress(OSError):  # the listening socket was shut down
        while True:
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as request:
                length = 0
                while (line := request.readline().strip()) != b"":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                request.read(length)
                connection.sendall(answers.pop(0))


def http(status: str, body: bytes, *headers: str) -> bytes:
    """Return an answer as it travels."""
    always = ["Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close"]
    lines = [f"HTTP/1.1 {status}", *always, *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def entry(address: str, status: str = "Pending", email_status: str = "Sent", invite_id: str = "i-1") -> dict[str, str]:
    """Return one entry of a 201."""
    return {"InviteId": invite_id, "Status": status, "EmailAddress": address, "EmailStatus": email_status}


def created(*entries: dict[str, str]) -> bytes:
    """Return a 201."""
    return http("201 Created", json.dumps({"Invites": entries}).encode())


def modelled_errors() -> set[str]:
    """Return the names of all errors that botocore's model gives the operations that are used."""
    with closing(open_chime(Access(**ANYONE))) as client:
        model = client.meta.service_model
        return {shape.name for name in OPERATIONS for shape in model.operation_model(name).error_shapes}


def requests(sandbox: Sandbox) -> int:
    """Return how many requests the sandbox got."""
    return sum(number for by_status in sandbox.counts().requests.values() for number in by_status.values())


def test_team_account_tells_its_name(chime):
    assert chime.check() == "Sandbox Team"


@pytest.mark.parametrize(
    ("account", "message"), [(ENTERPRISE_ACCOUNT, "Team accounts only"), ("unknown", "404"), (" ", "' '")]
)
def test_account_that_takes_no_invites_is_closed(chime_at, sandbox, account, message):
    """And the reason comes before anything is sent."""
    destination = chime_at(sandbox.url, account)

    with pytest.raises(DestinationClosed, match=message):
        destination.check()


def test_scope_names_an_endpoint_that_is_not_the_vendors(chime, sandbox):
    """A rehearsal never counts for the real account."""
    with closing(open_chime(Access(**ANYONE))) as client:
        real = ChimeDestination(client, TEAM_ACCOUNT)

    assert chime.scope == Scope("chime", TEAM_ACCOUNT, sandbox.url)
    assert real.scope == Scope("chime", TEAM_ACCOUNT)


def test_every_modelled_error_has_a_meaning():
    """A botocore with a new error fails here, not in a nightly run."""
    assert modelled_errors() == MEANING.keys()


@pytest.mark.parametrize("error", MEANING)
def test_modelled_error_of_an_invitation_is_translated(chime, sandbox, error):
    """After one attempt, which mailed no person."""
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", error=error))

    with pytest.raises(MEANING[error]) as raised:
        chime.invite(PAIR)

    assert type(raised.value) is MEANING[error]
    assert requests(sandbox) == 1
    assert sandbox.mails() == {}


@pytest.mark.parametrize("error", MEANING)
def test_modelled_error_of_the_check_is_translated(chime, sandbox, error):
    """What would be refused for an address is closed for an account."""
    sandbox.faults.add(Fault(FaultKind.ERROR, "GetAccount", error=error))
    expected = DestinationClosed if MEANING[error] is Refused else MEANING[error]

    with pytest.raises(expected):
        chime.check()

    assert requests(sandbox) == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("400 Bad Request", Refused),
        ("403 Forbidden", DestinationClosed),
        ("405 Method Not Allowed", DestinationClosed),
        ("408 Request Timeout", Unconfirmed),
        ("410 Gone", DestinationClosed),
        ("413 Content Too Large", Refused),
        ("422 Unprocessable Content", Refused),
        ("429 Too Many Requests", Throttled),
        ("500 Internal Server Error", Unconfirmed),
        ("502 Bad Gateway", Unconfirmed),
        ("504 Gateway Timeout", Unconfirmed),
    ],
)
@pytest.mark.parametrize("body", [b"{}", b"", b"<html>proxy</html>"], ids=["json", "empty", "html"])
def test_status_decides_where_no_error_is_named(answering, status, expected, body):
    """Proxies and load balancers answer too."""
    destination = answering(http(status, body))

    with pytest.raises(expected) as raised:
        destination.invite(PAIR)

    assert type(raised.value) is expected


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"])
def test_bad_credentials_under_status_400_are_no_refused_address(answering, code):
    """Or a chunk would be halved down to single addresses, each of them failed."""
    destination = answering(http("400 Bad Request", b"{}", f"x-amzn-ErrorType: {code}"))

    with pytest.raises(DestinationClosed, match=code):
        destination.invite(PAIR)


def test_retry_after_in_seconds_is_passed_on(chime_at):
    """As the sandbox's token bucket says it."""
    with Sandbox(rate=1 / 30, burst=1) as sandbox:
        chime = chime_at(sandbox.url)
        chime.invite(PAIR)

        with pytest.raises(Throttled) as raised:
            chime.invite(PAIR)

    assert raised.value.retry_after == 30


def test_throttling_without_retry_after_names_no_wait(chime_at):
    """The policy finds one."""
    with Sandbox(rate=1 / 30, burst=1, retry_after=False) as sandbox:
        chime = chime_at(sandbox.url)
        chime.invite(PAIR)

        with pytest.raises(Throttled) as raised:
            chime.invite(PAIR)

    assert raised.value.retry_after is None


def test_retry_after_as_a_date_is_turned_into_seconds(answering):
    """The other form of RFC 9110."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    destination = answering(http("429 Too Many Requests", b"{}", f"Retry-After: {date}"))

    with pytest.raises(Throttled) as raised:
        destination.invite(PAIR)

    assert 60 < raised.value.retry_after <= 90


@pytest.mark.parametrize("header", ["soon", "", "-5", "1e9", "nan", "inf", "Wed, 99 Nov 2026 25:00:00 GMT"])
def test_senseless_retry_after_asks_for_no_wait(answering, header):
    """None that would last for ever, either."""
    destination = answering(http("429 Too Many Requests", b"{}", f"Retry-After: {header}"))

    with pytest.raises(Throttled) as raised:
        destination.invite(PAIR)

    assert not raised.value.retry_after


def test_receipts_are_matched_by_address_whatever_case_and_order(answering):
    """The order of an answer means nothing."""
    destination = answering(
        created(entry(CY, invite_id="i-c"), entry(BO.lower(), invite_id="i-b"), entry(ANA.upper(), invite_id="i-a"))
    )

    receipts = destination.invite(chunk([ANA, BO, CY]))

    assert {key: receipt.invite_id for key, receipt in receipts.items()} == {
        ANA.casefold(): "i-a",
        BO.casefold(): "i-b",
        CY.casefold(): "i-c",
    }


def test_entry_for_a_stranger_is_no_receipt(answering):
    """Not even for the person in whose place it stands."""
    destination = answering(created(entry(ANA), entry("stranger@example.com")))

    assert destination.invite(PAIR).keys() == {ANA.casefold()}


@pytest.mark.parametrize(
    ("status", "email_status", "error"),
    [
        ("Pending", "Sent", ""),
        ("Pending", "NotSent", ""),
        ("Accepted", "NotSent", ""),
        ("Failed", "NotSent", "InviteFailed"),
        ("Pending", "Failed", "EmailFailed"),
    ],
)
def test_both_statuses_of_an_entry_are_read(answering, status, email_status, error):
    """A 201 alone says nothing."""
    destination = answering(created(entry(ANA, status, email_status)))

    assert destination.invite(chunk([ANA])) == {ANA.casefold(): Receipt("i-1", status, email_status, error)}


@pytest.mark.parametrize(
    "body", [b'{"Invites": []}', b'{"Invites": [{}]}', b'{"Invites": [{"EmailAddress": "cy@example.com"}]}']
)
def test_entry_without_address_or_status_is_no_receipt(answering, body):
    """An address that the answer does not name stays unknown."""
    destination = answering(http("201 Created", body))

    assert destination.invite(chunk([CY])) == {}


def test_omitted_entries_have_no_receipts(chime, sandbox):
    """Although the service mailed all three people."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_OMIT, "InviteUsers", entries=2))

    receipts = chime.invite(chunk([ANA, BO, CY]))

    assert receipts.keys() == {ANA.casefold()}
    assert len(sandbox.mails()) == 3


def test_registered_user_is_accepted_without_a_mail(chime, sandbox):
    """The service knows them already."""
    sandbox.add_user(ANA, Registration.REGISTERED)

    (receipt,) = chime.invite(chunk([ANA])).values()

    assert (receipt.invite_status, receipt.email_status, receipt.error) == ("Accepted", "NotSent", "")
    assert sandbox.mails() == {}


def test_refused_request_tells_the_services_code(chime, sandbox):
    """For the report; its message may quote an address, so no repr has it."""
    sandbox.refuse(BO, Refusal.REQUEST)

    with pytest.raises(Refused) as raised:
        chime.invite(PAIR)

    assert raised.value.code == "BadRequestException"
    assert raised.value.message not in repr(raised.value)
    assert sandbox.mails() == {}


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.ACT_THEN_RESET, FaultKind.ACT_THEN_FAIL])
def test_lost_answer_is_unconfirmed(chime, sandbox, kind):
    """Whether the service acted cannot be seen from here."""
    sandbox.faults.add(Fault(kind, "InviteUsers"))

    with pytest.raises(Unconfirmed):
        chime.invite(PAIR)

    assert requests(sandbox) == 1


def test_silence_is_unconfirmed(sandbox):
    """A client that waits less long than ``open_chime``'s, for the sake of the test."""
    once = {"mode": "standard", "total_max_attempts": 1}
    client = chime_client(sandbox.url, read_timeout=IMPATIENT_SECONDS, retries=once)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers"))

    with closing(client), pytest.raises(Unconfirmed, match="ReadTimeoutError"):
        ChimeDestination(client, TEAM_ACCOUNT).invite(PAIR)

    assert set(sandbox.mails().values()) == {1}
    assert requests(sandbox) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 201 Crea",
        created(entry(ANA), entry(BO))[:-20],
        http("201 Created", json.dumps({"Invites": [entry(ANA)]}).encode()[:-20]),
        http("201 Created", b"<html>proxy</html>"),
        http("201 Created", b"[1]"),
        http("201 Created", b'{"Invites": "none"}'),
        http("201 Created", b'{"Invites": [7]}'),
        http("201 Created", b'{"Invites": [{"EmailAddress": 7, "Status": 7}]}'),
        http("201 Created", b'{"Invites": [null]}'),
        http("302 Found", b"", "Location: http://127.0.0.1:1/"),
        http("200 OK", b"garbage"),
        b"garbage\r\n\r\n",
    ],
    ids=[
        "nothing",
        "half a status line",
        "half a body",
        "half a document",
        "html",
        "list",
        "invites no list",
        "entry no object",
        "address no text",
        "entry null",
        "redirect",
        "not json",
        "not http",
    ],
)
def test_unreadable_answer_confirms_no_address(answering, answer):
    """The request had left, so it may have been acted on; botocore takes some of these for an empty answer."""
    destination = answering(answer)

    with suppress(Unconfirmed):
        assert destination.invite(PAIR) == {}


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>proxy</html>", b'{"Account": 7}'])
def test_check_without_an_account_in_its_answer_is_unconfirmed(answering, body):
    """An answer that says nothing is no leave to send."""
    destination = answering(http("200 OK", body))

    with pytest.raises(Unconfirmed):
        destination.check()


def test_refused_connection_is_unreachable(chime_at):
    """No request left, so no mail was sent."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        destination = chime_at(url)

        with pytest.raises(Unreachable, match="EndpointConnectionError") as raised:
            destination.invite(PAIR)

        assert raised.value.endpoint == url
        with pytest.raises(Unreachable) as unanswered:
            destination.check()
        assert unanswered.value.endpoint == url


def test_missing_credentials_close_the_destination_in_one_plain_line(sandbox, monkeypatch, tmp_path):
    """Without botocore's traceback behind it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with closing(open_chime(Access(endpoint_url=sandbox.url))) as client, pytest.raises(DestinationClosed) as raised:
        ChimeDestination(client, TEAM_ACCOUNT).check()

    assert "--profile" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.__suppress_context__
    assert requests(sandbox) == 0


def test_unknown_profile_is_a_configuration_error(monkeypatch, tmp_path):
    """Named, so that it can be mended."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    access = Access(profile="absent")

    with pytest.raises(ConfigurationError, match="'absent'"):
        open_chime(access)


@pytest.mark.parametrize(("given", "stored"), [(None, "PrivateUser"), ("SharedDevice", "SharedDevice")])
def test_user_type_is_sent_where_it_is_set(chime_at, sandbox, given, stored):
    """Otherwise the service's own default holds."""
    chime_at(sandbox.url, user_type=given).invite(chunk([ANA]))

    with closing(open_chime(Access(endpoint_url=sandbox.url, **ANYONE))) as client:
        (user,) = client.list_users(AccountId=TEAM_ACCOUNT)["Users"]
    assert user["UserType"] == stored


def test_address_is_sent_as_it_is_spelled(chime, sandbox):
    """The key is for comparing only."""
    chime.invite(chunk([ANA]))

    with closing(open_chime(Access(endpoint_url=sandbox.url, **ANYONE))) as client:
        (user,) = client.list_users(AccountId=TEAM_ACCOUNT)["Users"]
    assert user["PrimaryEmail"] == ANA


@pytest.mark.parametrize(
    ("registration", "membership"),
    [
        (Registration.UNREGISTERED, MembershipStatus.PENDING),
        (Registration.REGISTERED, MembershipStatus.REGISTERED),
        (Registration.SUSPENDED, MembershipStatus.SUSPENDED),
    ],
)
def test_membership_is_what_the_service_says_of_the_registration(chime, sandbox, registration, membership):
    """A person with an open invite has no registration."""
    sandbox.add_user(ANA, registration)

    assert chime.look_up(ANA).membership == membership
    assert [member.membership for member in chime.page("").members] == [membership]


@pytest.mark.parametrize(
    ("user", "memberships"),
    [
        ({"UserRegistrationStatus": "Unregistered", "UserInvitationStatus": "Failed"}, []),
        ({"UserRegistrationStatus": "Registered", "UserInvitationStatus": "Failed"}, [MembershipStatus.REGISTERED]),
        ({"UserRegistrationStatus": "Unregistered", "UserInvitationStatus": "Accepted"}, [MembershipStatus.PENDING]),
        ({"UserRegistrationStatus": "Unheard of"}, [MembershipStatus.OTHER]),
        ({}, [MembershipStatus.OTHER]),
    ],
)
def test_person_with_a_failed_invite_is_not_there(answering, user, memberships):
    """A person who is neither registered nor suspended, by any word of the service, has not accepted yet."""
    document = {"Users": [{"UserId": "u1", "PrimaryEmail": ANA, **user}]}

    page = answering(http("200 OK", json.dumps(document).encode())).page("")

    assert [member.membership for member in page.members] == memberships


def test_member_shows_when_the_last_invite_was(chime):
    """An invite that is sent again renews the date, as the service shows it."""
    chime.invite(chunk([ANA]))
    first = chime.look_up(ANA).invited_on

    chime.invite(chunk([ANA]))

    assert first < chime.look_up(ANA).invited_on == chime.page("").members[0].invited_on


def test_look_up_compares_what_comes_back(answering):
    """The service may look for parts of addresses."""
    users = {"Users": [{"UserId": "u1", "PrimaryEmail": f"x{ANA}"}]}

    found = answering(http("200 OK", json.dumps(users).encode())).look_up(ANA)

    assert found is None


@pytest.mark.parametrize("error", MEANING)
@pytest.mark.parametrize("ask", [lambda chime: chime.page(""), lambda chime: chime.look_up(ANA)])
def test_question_that_fails_raises_what_an_invite_would(chime, sandbox, error, ask):
    """Never an empty answer."""
    sandbox.faults.add(Fault(FaultKind.ERROR, "ListUsers", error=error))

    with pytest.raises(MEANING[error]):
        ask(chime)


@pytest.mark.parametrize("body", [b"", b"{", b'{"Users": 7}', b"{}", b'{"Users": [7]}'])
@pytest.mark.parametrize("ask", [lambda chime: chime.page(""), lambda chime: chime.look_up(ANA)])
def test_answer_that_is_no_list_is_no_empty_list(answering, body, ask):
    """From half an answer the job must not conclude that a person is absent."""
    destination = answering(http("200 OK", body))

    with pytest.raises(Unconfirmed):
        ask(destination)
