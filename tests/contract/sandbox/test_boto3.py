"""The sandbox as boto3 meets it: real HTTP on loopback."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from clients import IMPATIENT_SECONDS, chime_client

from onboarding.destinations.chime import ENTERPRISE_ACCOUNT, TEAM_ACCOUNT
from onboarding.sandbox import Fault, FaultKind, Refusal, Registration, Sandbox

ERRORS = {
    "BadRequestException": 400,
    "ForbiddenException": 403,
    "NotFoundException": 404,
    "ServiceFailureException": 500,
    "ServiceUnavailableException": 503,
    "ThrottledClientException": 429,
    "UnauthorizedClientException": 401,
}


class Clock:
    """A monotonic clock that moves only when a test advances it."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def people(count, start=0):
    """Return ``count`` addresses."""
    return [f"person{number}@example.com" for number in range(start, start + count)]


@pytest.fixture
def sandbox():
    """Serve an empty account, in memory."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def chime(sandbox):
    """Return a client of the sandbox."""
    client = chime_client(sandbox.url)
    yield client
    client.close()


def test_fifty_are_invited_with_201(sandbox, chime):
    """Fifty is the limit of one request."""
    answer = chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(50))

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert [invite["EmailAddress"] for invite in answer["Invites"]] == people(50)
    assert sandbox.mails() == dict.fromkeys(people(50), 1)


def test_inviting_twice_mails_twice(sandbox, chime):
    """The sandbox counts both mails, so that tests can check a run's promise."""
    chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(2))
    chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(1))

    assert sandbox.mails() == {"person0@example.com": 2, "person1@example.com": 1}
    assert sandbox.counts().addresses_mailed_more_than_once == 1


@pytest.mark.parametrize("addresses", [people(51), [], ["nobody"], [*people(2), "a@b"]])
def test_a_list_outside_the_reference_is_a_bad_request(sandbox, chime, addresses):
    """The service mails no person of that list."""
    with pytest.raises(chime.exceptions.BadRequestException):
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=addresses)

    assert sandbox.mails() == {}


def test_the_older_path_invites_too(sandbox):
    """The reference text has this path."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc)
    connection.request(
        "POST",
        f"/console/accounts/{TEAM_ACCOUNT}/users?operation=add",
        body=json.dumps({"UserEmailList": people(1)}),
        headers={"Authorization": "any"},
    )
    answer = connection.getresponse()
    document = json.load(answer)
    connection.close()

    assert answer.status == 201
    assert document["Invites"][0]["EmailAddress"] == "person0@example.com"
    assert sandbox.mails() == {"person0@example.com": 1}


def test_get_account_returns_the_type(chime):
    """Only Team accounts take invites."""
    assert chime.get_account(AccountId=TEAM_ACCOUNT)["Account"]["AccountType"] == "Team"
    assert chime.get_account(AccountId=ENTERPRISE_ACCOUNT)["Account"]["AccountType"] == "EnterpriseDirectory"


def test_another_account_type_takes_no_invites(chime):
    """The reference says so."""
    with pytest.raises(chime.exceptions.BadRequestException, match="Only Team account types"):
        chime.invite_users(AccountId=ENTERPRISE_ACCOUNT, UserEmailList=people(1))


def test_another_account_is_not_found(chime):
    """The sandbox has two accounts."""
    with pytest.raises(chime.exceptions.NotFoundException):
        chime.get_account(AccountId="somebody-else")


def test_a_request_without_credentials_is_unauthorised(sandbox):
    """The sandbox accepts any signature, but not a missing signature."""
    client = chime_client(sandbox.url, signature_version=UNSIGNED)

    with pytest.raises(client.exceptions.UnauthorizedClientException):
        client.get_account(AccountId=TEAM_ACCOUNT)

    client.close()


def test_an_operation_that_is_not_offered_is_not_found(chime):
    """The sandbox offers what inviting needs, and refuses everything else."""
    with pytest.raises(ClientError, match="UnknownOperationException"):
        chime.list_accounts()


def test_the_paginator_shows_each_user_once(chime):
    """The real paginator reads several pages."""
    for start in (0, 50, 100):
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(50, start))

    pages = list(chime.get_paginator("list_users").paginate(AccountId=TEAM_ACCOUNT, MaxResults=40))

    assert [len(page["Users"]) for page in pages] == [40, 40, 40, 30]
    assert [user["PrimaryEmail"] for page in pages for user in page["Users"]] == people(150)


def test_a_user_is_found_by_address(sandbox, chime):
    """The address must match exactly, except for case. The entry has what a run needs to know."""
    sandbox.add_user("Ada@example.com", Registration.REGISTERED)
    chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(3))

    (user,) = chime.list_users(AccountId=TEAM_ACCOUNT, UserEmail="ada@EXAMPLE.com")["Users"]

    assert user["PrimaryEmail"] == "Ada@example.com"
    assert (user["UserRegistrationStatus"], user["UserInvitationStatus"]) == ("Registered", "Accepted")
    assert user["RegisteredOn"] == user["InvitedOn"]


def test_users_are_found_by_type(chime):
    """A device is no person."""
    chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=["room@example.com"], UserType="SharedDevice")
    chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(1))

    users = chime.list_users(AccountId=TEAM_ACCOUNT, UserType="SharedDevice")["Users"]

    assert [user["PrimaryEmail"] for user in users] == ["room@example.com"]


def test_a_refused_entry_comes_with_201(sandbox, chime):
    """A client must read the status of each entry."""
    sandbox.refuse("person1@example.com", Refusal.ENTRY)

    answer = chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(3))

    assert [invite["Status"] for invite in answer["Invites"]] == ["Pending", "Failed", "Pending"]


def test_one_address_can_spoil_the_request(sandbox, chime):
    """The answer does not say which address."""
    sandbox.refuse("person1@example.com", Refusal.REQUEST)

    with pytest.raises(chime.exceptions.BadRequestException) as refused:
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(3))

    assert "person1" not in str(refused.value)
    assert sandbox.mails() == {}


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_of_the_reference_reaches_boto3_as_its_class(sandbox, chime, name):
    """The service did nothing, and the next request works."""
    sandbox.faults.add(Fault(FaultKind.ERROR, error=name))

    with pytest.raises(getattr(chime.exceptions, name)) as raised:
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(1))

    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == ERRORS[name]
    assert raised.value.response["ResponseMetadata"]["RequestId"]
    assert sandbox.mails() == {}
    chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(1))
    assert sandbox.mails() == {"person0@example.com": 1}


def test_the_model_has_no_other_errors(chime):
    """If botocore adds an error, this list needs it, too."""
    shapes = chime.meta.service_model.operation_model("InviteUsers").error_shapes

    assert {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in shapes} == ERRORS


@pytest.mark.parametrize(("retry_after", "header"), [(True, "2"), (False, None)])
def test_requests_above_the_rate_are_throttled(retry_after, header):
    """The answer is with or without Retry-After, in whole seconds. After that time the request passes."""
    clock = Clock()
    with Sandbox(rate=0.5, burst=2, retry_after=retry_after, clock=clock) as sandbox:
        client = chime_client(sandbox.url)
        for _ in range(2):
            client.get_account(AccountId=TEAM_ACCOUNT)
        with pytest.raises(client.exceptions.ThrottledClientException) as throttled:
            client.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(1))
        mails_when_throttled = sandbox.mails()
        clock.now += 2
        client.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(1))
        client.close()

        assert throttled.value.response["ResponseMetadata"]["HTTPHeaders"].get("retry-after") == header
        assert (mails_when_throttled, sandbox.mails()) == ({}, {"person0@example.com": 1})
        assert sandbox.counts().requests["InviteUsers"] == {"201": 1, "429": 1}


@pytest.mark.parametrize(
    ("fault", "error", "mailed"),
    [
        (Fault(FaultKind.RESET), ConnectionClosedError, False),
        (Fault(FaultKind.ACT_THEN_RESET), ConnectionClosedError, True),
        (Fault(FaultKind.ACT_THEN_FAIL), ClientError, True),
        (Fault(FaultKind.ACT_THEN_HANG), ReadTimeoutError, True),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
def test_a_fault_leaves_the_client_in_doubt(sandbox, fault, error, mailed):
    """The client cannot tell whether people were mailed, but the sandbox can."""
    client = chime_client(sandbox.url, read_timeout=IMPATIENT_SECONDS)
    sandbox.faults.add(fault)

    with pytest.raises(error):
        client.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(2))

    assert sandbox.mails() == (dict.fromkeys(people(2), 1) if mailed else {})
    assert client.list_users(AccountId=TEAM_ACCOUNT)["ResponseMetadata"]["HTTPStatusCode"] == 200
    client.close()


def test_a_hang_ends_by_itself(sandbox, chime):
    """The hang is bounded, and then the server resets the connection."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, seconds=0.05))

    with pytest.raises(ConnectionClosedError):
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(1))


def test_an_answer_can_miss_addresses_that_were_mailed(sandbox, chime):
    """An address that is not in the answer is not known to be refused."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_OMIT, entries=2))

    answer = chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=people(5))

    assert [invite["EmailAddress"] for invite in answer["Invites"]] == people(3)
    assert sandbox.mails() == dict.fromkeys(people(5), 1)


def test_unanswered_requests_are_counted(sandbox, chime):
    """Otherwise the counts would not add up to the requests that were sent."""
    sandbox.faults.add(Fault(FaultKind.RESET))
    with pytest.raises(ConnectionClosedError):
        chime.get_account(AccountId=TEAM_ACCOUNT)
    chime.get_account(AccountId=TEAM_ACCOUNT)

    assert sandbox.counts().requests == {"GetAccount": {"200": 1, "unanswered": 1}}


def test_a_hundred_invites_at_once_lose_nothing(sandbox, chime):
    """All threads share the state, which has every address once and counts every request."""

    def invite(chunk):
        addresses = people(10, start=chunk * 10)
        return chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=addresses)["Invites"]

    with ThreadPoolExecutor(32) as pool:
        invites = [invite for answer in pool.map(invite, range(100)) for invite in answer]

    assert len({invite["InviteId"] for invite in invites}) == 1000
    assert sandbox.mails() == dict.fromkeys(people(1000), 1)
    assert sandbox.counts().requests == {"InviteUsers": {"201": 100}}
