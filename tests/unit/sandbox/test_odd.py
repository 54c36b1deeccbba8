"""The ways in which the sandbox's answers may be odd, without HTTP."""

from functools import partial

import pytest

from onboarding.sandbox.chime import Chime
from onboarding.sandbox.faults import Fault, Kind
from onboarding.sandbox.habits import Habits
from onboarding.sandbox.odd import act_oddly
from onboarding.sandbox.people import TEAM_ACCOUNT, Registration
from onboarding.sandbox.refusals import Refusal, Refusals
from onboarding.sandbox.stage import Stage
from onboarding.sandbox.store import Store

PEOPLE = ["Ada@example.com", "bo@example.com", "cy@example.com", "di@example.com"]


class Account:
    """The Team account, asked with one fault at a time."""

    def __init__(self):
        self.store = Store()
        self.refusals = Refusals()
        self.stage = Stage(self.store, {"chime": Chime(Habits(), self.refusals)})

    def invites(self, kind, *addresses, entries=1):
        """Return what the answer to an invitation says of whom: address, status, mail."""
        asked = {"UserEmailList": list(addresses)}
        fields = ("EmailAddress", "Status", "EmailStatus")
        return [tuple(map(entry.get, fields)) for entry in self._ask("InviteUsers", kind, entries, asked)["Invites"]]

    def page(self, kind, entries=1, **asked):
        """Return a page of the listing and the token of the next."""
        page = self._ask("ListUsers", kind, entries, asked)
        return page["Users"], page.get("NextToken")

    def emails(self, kind, entries=1, **asked):
        """Return the addresses on a page of the listing and the token of the next."""
        users, token = self.page(kind, entries, **asked)
        return [user["PrimaryEmail"] for user in users], token

    def _ask(self, operation, kind, entries, asked):
        fault = Fault(kind, operation, entries=entries)
        act = partial(self.stage.act, "chime", operation)
        return act_oddly(fault, operation, act, {"AccountId": TEAM_ACCOUNT, **asked})

    def mails(self):
        """Return the number of mails by address."""
        with self.store.transaction() as records:
            return records.mails()


@pytest.fixture
def account():
    """Return an empty account of its own for each test."""
    account = Account()
    yield account
    account.store.close()


@pytest.fixture
def full(account):
    """Return an account with four people in it."""
    account.stage.act("chime", "InviteUsers", {"AccountId": TEAM_ACCOUNT, "UserEmailList": PEOPLE})
    return account


SENT = ("Pending", "Sent")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.ACT_THEN_OMIT, [("Ada@example.com", *SENT)]),
        (Kind.ACT_THEN_REORDER, [("bo@example.com", *SENT), ("Ada@example.com", *SENT)]),
        (Kind.ACT_THEN_RECASE, [("Ada@example.com", *SENT), ("BO@EXAMPLE.COM", *SENT)]),
        (
            Kind.ACT_THEN_ADD,
            [("stranger0@sandbox.example", *SENT), ("Ada@example.com", *SENT), ("bo@example.com", *SENT)],
        ),
        (Kind.ACT_THEN_DROP_STATUS, [("Ada@example.com", *SENT), ("bo@example.com", None, "Sent")]),
        (
            Kind.ACT_THEN_CONTRADICT,
            [("Ada@example.com", *SENT), ("bo@example.com", *SENT), ("bo@example.com", "Failed", "NotSent")],
        ),
    ],
)
def test_an_answer_to_an_invitation_is_odd(account, kind, said):
    """And everybody was mailed once all the same, strangers never."""
    assert account.invites(kind, "Ada@example.com", "bo@example.com") == said
    assert account.mails() == {"ada@example.com": 1, "bo@example.com": 1}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.ACT_THEN_OMIT, PEOPLE[:2]),
        (Kind.ACT_THEN_REORDER, PEOPLE[::-1]),
        (Kind.ACT_THEN_RECASE, [*PEOPLE[:2], "CY@EXAMPLE.COM", "DI@EXAMPLE.COM"]),
        (Kind.ACT_THEN_ADD, ["stranger0@sandbox.example", "stranger1@sandbox.example", *PEOPLE]),
        (Kind.ACT_THEN_DROP_STATUS, PEOPLE),
        (Kind.ACT_THEN_CONTRADICT, [*PEOPLE, *PEOPLE[2:]]),
    ],
)
def test_a_page_is_odd(full, kind, said):
    """As many entries as the fault says."""
    assert full.emails(kind, entries=2)[0] == said


def test_more_odd_entries_than_there_are_is_all_of_them(account):
    """A harness need not know how long an answer is."""
    said = account.invites(Kind.ACT_THEN_RECASE, "Ada@example.com", "bo@example.com", entries=50)

    assert [address for address, *_ in said] == ["aDA@EXAMPLE.COM", "BO@EXAMPLE.COM"]


def test_only_ascii_letters_change_their_case(account):
    """What folds to something longer would be another address."""
    ((said, *_),) = account.invites(Kind.ACT_THEN_RECASE, "straße@example.com")

    assert said == "STRAßE@EXAMPLE.COM"


def test_a_refusal_is_contradicted_by_a_mail(account):
    """Both ways of contradiction."""
    account.refusals.add("ada@example.com", Refusal.ENTRY)

    said = account.invites(Kind.ACT_THEN_CONTRADICT, "ada@example.com")

    assert said == [("ada@example.com", "Failed", "NotSent"), ("ada@example.com", "Pending", "Sent")]


@pytest.mark.parametrize(
    ("registration", "said"),
    [
        (Registration.UNREGISTERED, ["Unregistered", "Registered"]),
        (Registration.REGISTERED, ["Registered", "Suspended"]),
        (Registration.SUSPENDED, ["Suspended", "Registered"]),
    ],
)
def test_a_user_is_contradicted(account, registration, said):
    """One person, twice on a page, with two states."""
    account.stage.add_users("chime", ["ada@example.com"], registration)

    users, _ = account.page(Kind.ACT_THEN_CONTRADICT)

    assert [user["UserRegistrationStatus"] for user in users] == said
    assert users[0]["UserId"] == users[1]["UserId"]


def test_a_user_without_status_has_none_of_both(full):
    """Neither of the registration nor of the invitation."""
    users, _ = full.page(Kind.ACT_THEN_DROP_STATUS)

    assert ["UserRegistrationStatus" in user for user in users] == [True, True, True, False]
    assert "UserInvitationStatus" not in users[-1]


def test_a_look_up_of_nobody_finds_a_stranger(account):
    """As if the service matched addresses loosely."""
    emails, _ = account.emails(Kind.ACT_THEN_ADD, UserEmail="ada@example.com")

    assert emails == ["stranger0@sandbox.example"]


def test_users_move_to_the_next_page(full):
    """A page is shorter than asked for, and the token leads on."""
    first, token = full.emails(Kind.ACT_THEN_MOVE, entries=2, MaxResults=3)
    rest, end = full.emails(Kind.ACT_THEN_REORDER, NextToken=token)

    assert first == PEOPLE[:1]
    assert (rest[::-1], end) == (PEOPLE[1:], None)


def test_users_move_beyond_what_was_the_last_page(full):
    """Whoever stops at a page that is not full misses them."""
    first, token = full.emails(Kind.ACT_THEN_MOVE)

    assert first == PEOPLE[:3]
    assert full.emails(Kind.ACT_THEN_REORDER, NextToken=token) == (PEOPLE[3:], None)


def test_one_user_stays_on_a_page(full):
    """An empty page could lead nowhere but to itself."""
    assert full.emails(Kind.ACT_THEN_MOVE, entries=50, MaxResults=3)[0] == PEOPLE[:1]


def test_users_are_repeated_on_the_next_page(full):
    """As if others had come in before them."""
    first, token = full.emails(Kind.ACT_THEN_REPEAT, MaxResults=3)
    rest, _ = full.emails(Kind.ACT_THEN_REORDER, NextToken=token)

    assert first == PEOPLE[:3]
    assert rest[::-1] == PEOPLE[2:]


def test_a_look_up_by_address_has_no_pages(full):
    """It is as it would be without the fault."""
    assert full.emails(Kind.ACT_THEN_REPEAT, UserEmail=PEOPLE[0]) == (PEOPLE[:1], None)
    assert full.emails(Kind.ACT_THEN_MOVE, UserEmail=PEOPLE[0]) == (PEOPLE[:1], None)


def test_an_account_has_no_entries():
    """What is about entries leaves it alone."""
    account = {"Account": {"SupportedLicenses": ["Basic", "Pro"]}}

    assert act_oddly(Fault(Kind.ACT_THEN_OMIT), "GetAccount", lambda _: account, {}) == account
