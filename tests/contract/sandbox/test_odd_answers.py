"""What boto3 makes of the sandbox's odd answers, over real HTTP."""

import http.client
import json
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from clients import chime_client
from odd_answers import PAGES_ONLY, Oddity, odd_fault

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.sandbox import Fault, FaultKind, Sandbox

NO_ANSWER = {FaultKind.ACT_THEN_RESET, FaultKind.ACT_THEN_HANG, FaultKind.ACT_THEN_FAIL}
ODD = [
    *(kind for kind in FaultKind if kind.startswith("act_then_") and kind not in NO_ANSWER),
    *(kind for kind in Oddity if kind not in PAGES_ONLY),
]
CUT = [FaultKind.ACT_THEN_TRUNCATE, FaultKind.ACT_THEN_BREAK_OFF]
PEOPLE = [f"person{number}@example.com" for number in range(5)]


@pytest.fixture
def sandbox():
    """Serve an empty account, in memory."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def chime(sandbox):
    """Return a client that sends each request once."""
    with closing(chime_client(sandbox.url, read_timeout=60)) as client:
        yield client


def invite(chime, *addresses):
    """Invite people and return the answer."""
    return chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=list(addresses or PEOPLE))


def pages(chime, size=2):
    """Return the addresses on each page of the listing."""
    paginator = chime.get_paginator("list_users").paginate(AccountId=TEAM_ACCOUNT, MaxResults=size)
    return [[user["PrimaryEmail"] for user in page.get("Users", [])] for page in paginator]


@pytest.mark.parametrize("kind", ODD)
def test_every_person_is_mailed_once_whatever_the_answer_says(sandbox, chime, kind):
    """The answer is a 201, boto3 accepts it, and the next answer is an ordinary one."""
    sandbox.faults.add(odd_fault(kind, "InviteUsers"))

    odd = invite(chime)
    plain = invite(chime, "ada@example.com")

    assert odd["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert [entry["EmailAddress"] for entry in plain["Invites"]] == ["ada@example.com"]
    assert sandbox.mails() == dict.fromkeys([*PEOPLE, "ada@example.com"], 1)


def test_an_entry_may_have_no_status(sandbox, chime):
    """boto3 accepts the entry."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_DROP_STATUS, "InviteUsers"))

    *others, last = invite(chime)["Invites"]

    assert all(entry["Status"] == "Pending" for entry in others)
    assert set(last) == {"InviteId", "EmailAddress", "EmailStatus"}


@pytest.mark.parametrize("kind", CUT)
def test_boto3_takes_a_cut_answer_for_an_empty_one(sandbox, chime, kind):
    """boto3 gives no warning, even if Content-Length promised more. A page without Users is not an empty page."""
    invite(chime)
    sandbox.faults.add(Fault(kind, "ListUsers"))

    page = chime.list_users(AccountId=TEAM_ACCOUNT)

    assert set(page) == {"ResponseMetadata"}
    assert page["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(
    ("kind", "keeps_promise"), [(FaultKind.ACT_THEN_TRUNCATE, True), (FaultKind.ACT_THEN_BREAK_OFF, False)]
)
def test_a_cut_answer_promises_its_length_or_more(sandbox, kind, keeps_promise):
    """The first answer looks whole to HTTP and keeps its connection. The second ends its connection too early."""
    sandbox.faults.add(Fault(kind, "GetAccount"))
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc)
    connection.request("GET", f"/accounts/{TEAM_ACCOUNT}", headers={"Authorization": "any"})
    answer = connection.getresponse()

    promised = int(answer.headers["Content-Length"])
    try:
        body = answer.read()
    except http.client.IncompleteRead as incomplete:
        body = incomplete.partial
    connection.close()

    assert body.startswith(b'{"Account"')
    assert (promised == len(body)) is keeps_promise
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.ERROR, "ListUsers", after=1, error="ServiceFailureException"), ClientError),
        (Fault(FaultKind.ERROR, "ListUsers", after=1, error="ThrottledClientException"), ClientError),
        (Fault(FaultKind.RESET, "ListUsers", after=1), ConnectionClosedError),
    ],
    ids=lambda value: value.error or value.kind if isinstance(value, Fault) else None,
)
def test_paging_fails_in_the_middle_and_goes_on_from_its_token(sandbox, chime, fault, error):
    """The second page is lost. A second request for it gets the same page."""
    invite(chime)
    sandbox.faults.add(fault)
    first = chime.list_users(AccountId=TEAM_ACCOUNT, MaxResults=2)
    second = {"AccountId": TEAM_ACCOUNT, "MaxResults": 3, "NextToken": first["NextToken"]}

    with pytest.raises(error):
        chime.list_users(**second)
    users = first["Users"] + chime.list_users(**second)["Users"]

    assert [user["PrimaryEmail"] for user in users] == PEOPLE


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Oddity.MOVE, [PEOPLE[:1], PEOPLE[1:3], PEOPLE[3:]]),
        (Oddity.REPEAT, [PEOPLE[:2], PEOPLE[1:3], PEOPLE[3:]]),
        (FaultKind.ACT_THEN_OMIT, [PEOPLE[:1], PEOPLE[2:4], PEOPLE[4:]]),
    ],
)
def test_users_change_their_page_while_it_is_turned(sandbox, chime, kind, expected):
    """A user is shown once elsewhere, shown twice, or missed. The paginator follows in all cases."""
    invite(chime)
    sandbox.faults.add(odd_fault(kind, "ListUsers"))

    assert pages(chime) == expected


def test_a_look_up_may_find_a_stranger(sandbox, chime):
    """A client that compares addresses does not take the stranger for the person."""
    sandbox.faults.add(odd_fault(Oddity.ADD, "ListUsers"))

    users = chime.list_users(AccountId=TEAM_ACCOUNT, UserEmail=PEOPLE[0])["Users"]

    assert [user["PrimaryEmail"] for user in users] == ["stranger0@sandbox.example"]
    assert sandbox.counts().users == 0
