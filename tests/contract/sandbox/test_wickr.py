"""The sandbox's Wickr network as boto3 meets it: real HTTP on loopback."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import boto3
import pytest
from botocore import UNSIGNED
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from clients import IMPATIENT_SECONDS, chime_client
from fakes import WallClock
from odd_answers import PAGES_ONLY, Oddity, odd_fault

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.wickr import WICKR_GROUP, WICKR_NETWORK, WICKR_NETWORK_WITHOUT_DEFAULT, WICKR_OTHER_GROUP
from onboarding.sandbox import Fault, FaultKind, LostAnswer, Refusal, Registration, Sandbox

ERRORS = {
    "BadRequestError": 400,
    "ForbiddenError": 403,
    "InternalServerError": 500,
    "RateLimitError": 429,
    "ResourceNotFoundError": 404,
    "UnauthorizedError": 401,
    "ValidationError": 422,
}
ADA = "ada@example.com"
LATE_SECONDS = 30
LATE = Fault(FaultKind.ACT_LATE, "BatchCreateUser", seconds=LATE_SECONDS)
NO_ANSWER = {FaultKind.ACT_THEN_RESET, FaultKind.ACT_THEN_HANG, FaultKind.ACT_THEN_FAIL}
ODD = [
    *(kind for kind in FaultKind if kind.startswith("act_then_") and kind not in NO_ANSWER),
    *(kind for kind in Oddity if kind not in PAGES_ONLY),
]


@contextmanager
def wickr_at(sandbox: Sandbox, **config: object) -> Iterator[BaseClient]:
    """Lend a client that sends each request once."""
    settings = Config(**{"retries": {"total_max_attempts": 1}, "max_pool_connections": 32, **config})
    keys = {"aws_access_key_id": "anyone", "aws_secret_access_key": "anything"}
    client = boto3.client("wickr", endpoint_url=sandbox.url, region_name="eu-central-1", config=settings, **keys)
    with closing(client):
        yield client


def people(count, start=0):
    """Return ``count`` addresses."""
    return [f"person{number}@example.com" for number in range(start, start + count)]


def create(wickr, *addresses, **more):
    """Create users in the network's default group and return the answer."""
    users = [{"username": address, "securityGroupIds": [WICKR_GROUP]} for address in addresses]
    return wickr.batch_create_user(networkId=WICKR_NETWORK, users=users, **more)


def usernames(users):
    """Return the usernames of users."""
    return [user["username"] for user in users]


def pages(wickr, **asked):
    """Return the usernames on each page of the listing."""
    paginator = wickr.get_paginator("list_users").paginate(networkId=WICKR_NETWORK, **asked)
    return [usernames(page.get("users", [])) for page in paginator]


def told(answer):
    """Return an answer without the data about its transport."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.fixture
def clock():
    """Return a wall clock that stands still."""
    return WallClock()


@pytest.fixture
def sandbox(clock):
    """Serve an empty network, in memory."""
    with Sandbox(now=clock) as sandbox:
        yield sandbox


@pytest.fixture
def wickr(sandbox):
    """Return a client of the sandbox."""
    with wickr_at(sandbox) as wickr:
        yield wickr


def test_fifty_are_created(sandbox, wickr):
    """Fifty is the limit of one request."""
    answer = create(wickr, *people(50))

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert usernames(answer["successful"]) == people(50)
    assert answer["failed"] == []
    assert sandbox.mails() == dict.fromkeys(people(50), 1)


def test_a_failed_item_names_no_person(sandbox, wickr):
    """The item has neither an address nor an id."""
    sandbox.add_user("Ada@example.com", Registration.REGISTERED, service="wickr")
    sandbox.refuse("person1@example.com", Refusal.ENTRY)

    answer = create(wickr, ADA, *people(3))

    assert usernames(answer["successful"]) == ["person0@example.com", "person2@example.com"]
    assert answer["failed"] == [
        {"userId": "0", "field": "username", "reason": "User already exists"},
        {"userId": "0", "field": "username", "reason": "The username is not allowed"},
    ]


def test_a_network_has_its_name_and_groups(wickr):
    """A client checks them before it sends."""
    network = wickr.get_network(networkId=WICKR_NETWORK)
    groups = wickr.list_security_groups(networkId=WICKR_NETWORK)["securityGroups"]

    assert (network["networkId"], network["networkName"]) == (WICKR_NETWORK, "Sandbox Network")
    assert {group["id"]: group["isDefault"] for group in groups} == {WICKR_GROUP: True, WICKR_OTHER_GROUP: False}


def test_a_network_may_have_no_default_group(wickr):
    """The test asks a second network."""
    groups = wickr.list_security_groups(networkId=WICKR_NETWORK_WITHOUT_DEFAULT)["securityGroups"]

    assert [group["isDefault"] for group in groups] == [False]


def test_another_network_is_not_found(wickr):
    """The sandbox has two networks."""
    with pytest.raises(wickr.exceptions.ResourceNotFoundError):
        wickr.get_network(networkId="99999999")


def test_a_network_id_has_eight_digits(sandbox):
    """The model says so, and boto3 checks only the length of the id."""
    with wickr_at(sandbox, parameter_validation=False) as wickr, pytest.raises(wickr.exceptions.BadRequestError):
        wickr.get_network(networkId="1020304x")


@pytest.mark.parametrize("addresses", [[], people(51), ["nobody"]])
def test_an_invalid_list_is_refused_with_reasons(sandbox, wickr, addresses):
    """A reason names a field, and never an address."""
    with pytest.raises(wickr.exceptions.ValidationError) as refused:
        create(wickr, *addresses)

    (reason,) = refused.value.response["reasons"]
    assert reason["field"] in {"users", "username"}
    assert "nobody" not in str(refused.value.response)
    assert sandbox.mails() == {}


def test_one_address_can_spoil_the_request(sandbox, wickr):
    """The answer does not say which address."""
    sandbox.refuse("person1@example.com", Refusal.REQUEST)

    with pytest.raises(wickr.exceptions.ValidationError) as refused:
        create(wickr, *people(3))

    assert refused.value.response["reasons"] == [{"field": "username", "reason": "The username is not allowed"}]
    assert sandbox.mails() == {}


def test_an_unknown_group_is_invalid(sandbox, wickr):
    """A group of another network is invalid, too."""
    users = [{"username": ADA, "securityGroupIds": ["sandbox-only-group"]}]

    with pytest.raises(wickr.exceptions.ValidationError) as refused:
        wickr.batch_create_user(networkId=WICKR_NETWORK, users=users)

    assert refused.value.response["reasons"][0]["field"] == "securityGroupIds"
    assert sandbox.mails() == {}


def test_a_request_without_credentials_is_unauthorised(sandbox):
    """The sandbox accepts any signature, but not a missing signature."""
    with wickr_at(sandbox, signature_version=UNSIGNED) as wickr, pytest.raises(wickr.exceptions.UnauthorizedError):
        wickr.get_network(networkId=WICKR_NETWORK)


def test_the_paginator_shows_each_user_once(wickr):
    """A page has ten users by default."""
    create(wickr, *people(25))

    assert [len(page) for page in pages(wickr)] == [10, 10, 5]
    assert [username for page in pages(wickr, maxResults=7) for username in page] == people(25)


def test_a_look_up_finds_all_usernames_that_contain_the_text(wickr):
    """So a client has to compare, and to read the next page."""
    create(wickr, "granada@example.com", ADA, "bo@example.com")

    assert pages(wickr, username="ADA@example.com", maxResults=1) == [["granada@example.com"], [ADA]]


def test_users_are_found_by_status(sandbox, wickr):
    """Suspended users are active by status, and the entry says that they are suspended."""
    sandbox.add_user("active@example.com", Registration.REGISTERED, service="wickr")
    sandbox.add_user("suspended@example.com", Registration.SUSPENDED, service="wickr")
    create(wickr, "pending@example.com")

    active = wickr.list_users(networkId=WICKR_NETWORK, status=2)["users"]

    assert [(user["username"], user["suspended"]) for user in active] == [
        ("active@example.com", False),
        ("suspended@example.com", True),
    ]
    assert pages(wickr, status=1) == [["pending@example.com"]]


def test_the_pending_are_mailed_again(sandbox, wickr):
    """The request names their ids."""
    (user,) = create(wickr, ADA)["successful"]

    answer = wickr.batch_reinvite_user(networkId=WICKR_NETWORK, userIds=[user["userId"], "12"])

    assert answer["successful"] == [{"userId": user["userId"]}]
    assert [failed["userId"] for failed in answer["failed"]] == ["12"]
    assert sandbox.mails() == {ADA: 2}


def test_a_token_replays_its_answer(sandbox, wickr):
    """The answer says who was created and who failed. Without a token, boto3 makes a new one each time."""
    first = create(wickr, ADA, *people(2), ADA, clientToken="token")
    again = create(wickr, ADA, *people(2), ADA, clientToken="token")
    other = create(wickr, ADA)

    assert told(first) == told(again)
    assert (len(first["successful"]), len(first["failed"])) == (3, 1)
    assert (other["successful"], len(other["failed"])) == ([], 1)
    assert set(sandbox.mails().values()) == {1}


def test_a_token_with_another_payload_is_a_bad_request(wickr):
    """The service creates no user."""
    create(wickr, ADA, clientToken="token")

    with pytest.raises(wickr.exceptions.BadRequestError, match="used for another request"):
        create(wickr, ADA, "bo@example.com", clientToken="token")


def test_a_token_survives_a_restart(tmp_path, clock):
    """The token is good until its time is over."""
    answers = []
    for _ in range(3):
        with Sandbox(state=tmp_path / "state", now=clock, token_seconds=60) as sandbox, wickr_at(sandbox) as wickr:
            answers.append(told(create(wickr, ADA, clientToken="token")))
            mails = sandbox.mails()
        clock.advance(30)

    assert answers[0] == answers[1]
    assert [len(answer["failed"]) for answer in answers] == [0, 0, 1]
    assert mails == {ADA: 1}


def test_the_same_request_many_times_at_once_acts_once(sandbox, wickr):
    """All requests get the same answer."""
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: told(create(wickr, *people(20), clientToken="token")), range(16)))

    assert answers == [answers[0]] * 16
    assert usernames(answers[0]["successful"]) == people(20)
    assert sandbox.mails() == dict.fromkeys(people(20), 1)


def test_different_requests_at_once_create_no_user_twice(sandbox, wickr):
    """Each person is in exactly one answer, with an id of their own."""
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: create(wickr, *people(20)), range(16)))

    created = [user for answer in answers for user in answer["successful"]]
    assert sorted(usernames(created)) == sorted(people(20))
    assert len({user["userId"] for user in created}) == 20
    assert sum(len(answer["failed"]) for answer in answers) == 15 * 20
    assert sandbox.mails() == dict.fromkeys(people(20), 1)


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_of_the_model_reaches_boto3_as_its_class(sandbox, wickr, name):
    """The service did nothing, and the next request works."""
    sandbox.faults.add(Fault(FaultKind.ERROR, error=name))

    with pytest.raises(getattr(wickr.exceptions, name)) as raised:
        create(wickr, ADA)

    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == ERRORS[name]
    assert sandbox.mails() == {}
    assert usernames(create(wickr, ADA)["successful"]) == [ADA]


def test_the_model_has_no_other_errors(wickr):
    """If botocore adds an error, this list needs it, too."""
    shapes = wickr.meta.service_model.operation_model("BatchCreateUser").error_shapes

    assert {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in shapes} == ERRORS


@pytest.mark.parametrize(("retry_after", "header"), [(True, "2"), (False, None)])
def test_both_services_share_one_limit(retry_after, header):
    """After requests to Chime, a request to Wickr has to wait."""
    with Sandbox(rate=0.5, burst=1, retry_after=retry_after, clock=lambda: 0.0) as sandbox, wickr_at(sandbox) as wickr:
        with closing(chime_client(sandbox.url)) as chime:
            chime.get_account(AccountId=TEAM_ACCOUNT)
        with pytest.raises(wickr.exceptions.RateLimitError) as throttled:
            create(wickr, ADA)

        assert throttled.value.response["ResponseMetadata"]["HTTPHeaders"].get("retry-after") == header
        assert sandbox.mails() == {}
        assert sandbox.counts().requests == {"GetAccount": {"200": 1}, "wickr.BatchCreateUser": {"429": 1}}


@pytest.mark.parametrize(
    ("fault", "error", "mailed"),
    [
        (Fault(FaultKind.RESET), ConnectionClosedError, {}),
        (Fault(FaultKind.ACT_THEN_RESET), ConnectionClosedError, {ADA: 1}),
        (Fault(FaultKind.ACT_THEN_FAIL), ClientError, {ADA: 1}),
        (Fault(FaultKind.ACT_THEN_HANG), ReadTimeoutError, {ADA: 1}),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
def test_a_token_settles_what_a_fault_leaves_in_doubt(sandbox, fault, error, mailed):
    """The repeated request tells who was created, and mails none of these people again."""
    sandbox.faults.add(fault)
    with wickr_at(sandbox, read_timeout=IMPATIENT_SECONDS) as wickr:
        with pytest.raises(error):
            create(wickr, ADA, clientToken="token")
        mailed_first = sandbox.mails()
        answer = create(wickr, ADA, clientToken="token")

    assert mailed_first == mailed
    assert (usernames(answer["successful"]), answer["failed"]) == ([ADA], [])
    assert sandbox.mails() == {ADA: 1}


@pytest.mark.parametrize("kind", ODD)
def test_every_user_is_created_once_whatever_the_answer_says(sandbox, wickr, kind):
    """The answer is a 200, boto3 accepts it, and the same token gets the plain answer."""
    sandbox.faults.add(odd_fault(kind, "BatchCreateUser", service="wickr"))

    odd = create(wickr, *people(5), clientToken="token")
    plain = create(wickr, *people(5), clientToken="token")

    assert odd["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert told(odd) != told(plain)
    assert usernames(plain["successful"]) == people(5)
    assert sandbox.mails() == dict.fromkeys(people(5), 1)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Oddity.MOVE, [people(1), people(2, 1), people(2, 3)]),
        (Oddity.REPEAT, [people(2), people(2, 1), people(2, 3)]),
        (FaultKind.ACT_THEN_OMIT, [people(1), people(2, 2), people(1, 4)]),
        (FaultKind.ACT_THEN_TRUNCATE, [[]]),
    ],
)
def test_users_change_their_page_while_it_is_turned(sandbox, wickr, kind, expected):
    """A user is shown elsewhere, twice, or not at all. A page that is cut in half looks empty, without a warning."""
    create(wickr, *people(5))
    sandbox.faults.add(odd_fault(kind, "ListUsers"))

    assert pages(wickr, maxResults=2) == expected


def test_a_fault_keeps_to_its_service(sandbox, wickr):
    """Both services have a ListUsers."""
    sandbox.faults.add(Fault(FaultKind.RESET, "ListUsers", service="wickr"))

    with closing(chime_client(sandbox.url)) as chime:
        chime.list_users(AccountId=TEAM_ACCOUNT)
    with pytest.raises(ConnectionClosedError):
        wickr.list_users(networkId=WICKR_NETWORK)

    assert sandbox.counts().requests == {"ListUsers": {"200": 1}, "wickr.ListUsers": {"unanswered": 1}}


@pytest.mark.parametrize(
    ("loss", "error", "status"),
    [
        (LostAnswer.RESET, ConnectionClosedError, "unanswered"),
        (LostAnswer.HANG, ReadTimeoutError, "unanswered"),
        (LostAnswer.FAIL, ClientError, "500"),
    ],
)
def test_users_are_created_after_the_answer_was_lost(sandbox, clock, loss, error, status):
    """The service knows the token from the moment at which the users arrive."""
    sandbox.faults.add(Fault(FaultKind.ACT_LATE, "BatchCreateUser", seconds=LATE_SECONDS, loss=loss))
    with wickr_at(sandbox, read_timeout=IMPATIENT_SECONDS) as wickr:
        with pytest.raises(error):
            create(wickr, ADA, clientToken="token")
        before = pages(wickr), sandbox.mails(), sandbox.counts().acts_to_come
        clock.advance(LATE_SECONDS)
        after = pages(wickr), sandbox.mails(), sandbox.counts().acts_to_come
        again = create(wickr, ADA, clientToken="token")

    assert before == ([[]], {}, 1)
    assert after == ([[ADA]], {ADA: 1}, 0)
    assert (usernames(again["successful"]), sandbox.mails()) == ([ADA], {ADA: 1})
    assert sandbox.counts().requests["wickr.BatchCreateUser"] == {status: 1, "200": 1}


def test_sending_again_too_early_mails_once_with_the_token(sandbox, wickr, clock):
    """The late act finds its own token used, and does nothing more."""
    sandbox.faults.add(LATE)
    with pytest.raises(ConnectionClosedError):
        create(wickr, ADA, clientToken="token")

    early = create(wickr, ADA, clientToken="token")
    clock.advance(LATE_SECONDS)

    assert told(create(wickr, ADA, clientToken="token")) == told(early)
    assert (sandbox.mails(), sandbox.counts().acts_to_come) == ({ADA: 1}, 0)


def test_a_late_act_and_its_token_survive_a_restart(tmp_path, clock):
    """A sandbox that is opened later on the same file does what is due."""
    settings = {"state": tmp_path / "state", "now": clock}
    with Sandbox(**settings) as sandbox, wickr_at(sandbox) as wickr:
        sandbox.faults.add(LATE)
        with pytest.raises(ConnectionClosedError):
            create(wickr, ADA, clientToken="token")
    clock.advance(LATE_SECONDS)

    with Sandbox(**settings) as sandbox, wickr_at(sandbox) as wickr:
        mails = sandbox.mails()
        again = create(wickr, ADA, clientToken="token")

        assert (mails, sandbox.mails()) == ({ADA: 1}, {ADA: 1})
        assert usernames(again["successful"]) == [ADA]


def test_late_acts_of_both_services_come_in_their_order(sandbox, wickr, clock):
    """Each act changes its own account."""
    for fault in (LATE, Fault(FaultKind.ACT_LATE, "InviteUsers", seconds=LATE_SECONDS)):
        sandbox.faults.add(fault)
    with closing(chime_client(sandbox.url)) as chime:
        with pytest.raises(ConnectionClosedError):
            create(wickr, ADA)
        with pytest.raises(ConnectionClosedError):
            chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=["bo@example.com"])
        clock.advance(LATE_SECONDS)
        (chime_user,) = chime.list_users(AccountId=TEAM_ACCOUNT)["Users"]

    assert (chime_user["PrimaryEmail"], pages(wickr)) == ("bo@example.com", [[ADA]])


def test_mailed_by_both_services_is_not_mailed_twice(sandbox, wickr):
    """Each service has its own account. The figures are sums, and no person got the same mail twice."""
    create(wickr, ADA)
    with closing(chime_client(sandbox.url)) as chime:
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=[ADA])

    counts = sandbox.counts()

    assert (counts.users, counts.mails, counts.addresses_mailed_more_than_once) == (2, 2, 0)
    assert sandbox.times_mailed() == {1: 2}
    assert sandbox.mails() == {ADA: 2}


def test_an_emptied_sandbox_knows_no_token(sandbox, wickr):
    """Otherwise the next test would get an answer about people who are not there."""
    create(wickr, ADA, clientToken="token")

    sandbox.empty()

    assert pages(wickr) == [[]]
    create(wickr, ADA, clientToken="token")
    assert (pages(wickr), sandbox.mails()) == ([[ADA]], {ADA: 1})
