"""The behaviour of the sandbox's Chime account, without HTTP."""

from http import HTTPStatus

import pytest

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.chime.simulation import ENTERPRISE_ACCOUNT, OPERATIONS, Chime
from onboarding.sandbox.backend import Backend, SandboxStore
from onboarding.sandbox.simulation.people import Registration
from onboarding.sandbox.simulation.protocol import Rejection
from onboarding.sandbox.simulation.records import MailCounts
from onboarding.sandbox.simulation.refusals import Refusal, Refusals
from onboarding.sandbox.simulation.traffic import Traffic


class Account:
    """The Team account, called in the way in which the service calls it."""

    def __init__(self):
        self.store = SandboxStore()
        self.refusals = Refusals()
        self.backend = Backend(self.store, {"chime": Chime(Traffic(), self.refusals)})

    def call(self, operation, **parameters):
        """Return the result of an operation on the Team account, or on the account in ``AccountId``."""
        return self.backend.act("chime", operation, {"AccountId": TEAM_ACCOUNT, **parameters})

    def invite(self, *addresses, **parameters):
        """Return the entries of an invitation's answer."""
        return self.call("InviteUsers", UserEmailList=list(addresses), **parameters)["Invites"]

    def emails(self, **parameters):
        """Return the addresses on one page of the listing."""
        return [user["PrimaryEmail"] for user in self.call("ListUsers", **parameters)["Users"]]

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


def test_an_invite_is_pending_and_mailed(account):
    """Each address gets an entry of its own, spelled as it was sent."""
    invites = account.invite("Ada@example.com", "bo@example.com")

    assert [invite["EmailAddress"] for invite in invites] == ["Ada@example.com", "bo@example.com"]
    assert {(invite["Status"], invite["EmailStatus"]) for invite in invites} == {("Pending", "Sent")}
    assert len({invite["InviteId"] for invite in invites}) == 2
    assert account.mails() == {"ada@example.com": 1, "bo@example.com": 1}


def test_a_pending_user_is_mailed_again(account):
    """The service knows no repeated request; the product must prevent a second mail."""
    account.invite("ada@example.com")
    account.invite("ADA@example.com")

    assert account.mails() == {"ada@example.com": 2}
    assert account.emails() == ["ada@example.com"]


def test_an_address_twice_in_one_list_is_mailed_twice(account):
    """The reference promises nothing else."""
    assert len(account.invite("ada@example.com", "ada@example.com")) == 2
    assert account.mails() == {"ada@example.com": 2}


def test_a_registered_user_is_answered_and_not_mailed(account):
    """The invite counts as accepted."""
    account.backend.add_users("chime", ["ada@example.com"], Registration.REGISTERED)

    (invite,) = account.invite("ada@example.com")

    assert (invite["Status"], invite["EmailStatus"]) == ("Accepted", "NotSent")
    assert account.mails() == {}


def test_a_suspended_user_is_invited_again(account):
    """An invite lifts the suspension, and the user stays the same."""
    account.backend.add_users("chime", ["ada@example.com"], Registration.SUSPENDED)
    (before,) = account.call("ListUsers")["Users"]

    account.invite("ada@example.com")

    (after,) = account.call("ListUsers")["Users"]
    assert (before["UserRegistrationStatus"], after["UserRegistrationStatus"]) == ("Suspended", "Unregistered")
    assert before["UserId"] == after["UserId"]
    assert account.mails() == {"ada@example.com": 1}


def test_an_entry_can_be_refused_alone(account):
    """Status 201 does not mean that every person was invited."""
    account.refusals.add("Bad@example.com", Refusal.ENTRY)

    good, bad = account.invite("good@example.com", "bad@example.com")

    assert (good["Status"], bad["Status"], bad["EmailStatus"]) == ("Pending", "Failed", "NotSent")
    assert account.emails() == ["good@example.com"]
    assert account.mails() == {"good@example.com": 1}


def test_service_can_fail_at_one_address(account):
    """It mails no person of that list, and says nothing about the address."""
    account.refusals.add("bad@example.com", Refusal.FAIL)

    with pytest.raises(Rejection) as failed:
        account.invite("good@example.com", "bad@example.com")

    assert failed.value.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "example.com" not in str(failed.value)
    assert account.mails() == {}


def test_one_address_can_spoil_the_whole_request(account):
    """The service invites no person of that list."""
    account.refusals.add("bad@example.com", Refusal.REQUEST)

    with pytest.raises(Rejection) as refused:
        account.invite("good@example.com", "bad@example.com")

    assert refused.value.status == HTTPStatus.BAD_REQUEST
    assert "example.com" not in str(refused.value)
    assert account.mails() == {}


def test_an_empty_list_is_refused(account):
    """The model sets no minimum, but the service does."""
    with pytest.raises(Rejection) as refused:
        account.invite()

    assert refused.value.status == HTTPStatus.BAD_REQUEST


def test_only_a_team_account_takes_invites(account):
    """The restriction is on an input parameter, so the status is 400."""
    with pytest.raises(Rejection, match="Only Team account types") as refused:
        account.invite("ada@example.com", AccountId=ENTERPRISE_ACCOUNT)

    assert refused.value.status == HTTPStatus.BAD_REQUEST
    assert account.mails() == {}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_unknown_account_is_not_found(account, operation):
    """The rule holds for every operation."""
    with pytest.raises(Rejection) as refused:
        account.call(operation, AccountId="somebody-else", UserEmailList=["ada@example.com"])

    assert refused.value.status == HTTPStatus.NOT_FOUND


def test_the_accounts_have_their_type(account):
    """A client can find out before it sends."""
    team = account.call("GetAccount")["Account"]
    enterprise = account.call("GetAccount", AccountId=ENTERPRISE_ACCOUNT)["Account"]

    assert (team["Name"], team["AccountType"]) == ("Sandbox Team", "Team")
    assert enterprise["AccountType"] == "EnterpriseDirectory"


def test_pages_stay_stable_while_people_arrive(account):
    """No person is shown twice or left out, and new people stand at the end."""
    account.invite(*(f"person{number}@example.com" for number in range(4)))
    first = account.call("ListUsers", MaxResults=2)
    account.invite("late@example.com", "person0@example.com")

    rest = account.call("ListUsers", MaxResults=200, NextToken=first["NextToken"])

    emails = [user["PrimaryEmail"] for page in (first, rest) for user in page["Users"]]
    assert emails == [*(f"person{number}@example.com" for number in range(4)), "late@example.com"]
    assert rest["NextToken"] is None


def test_a_full_last_page_has_no_token(account):
    """A token always leads to at least one person."""
    account.invite("ada@example.com", "bo@example.com")

    assert account.call("ListUsers", MaxResults=2)["NextToken"] is None


def test_a_page_holds_a_hundred_by_default(account):
    """A hundred is the default of the service."""
    for start in range(0, 150, 50):
        account.invite(*(f"person{start + number}@example.com" for number in range(50)))

    assert len(account.emails()) == 100


@pytest.mark.parametrize("token", ["", "x", "????", "YWZ0ZXIgeA==", "é"])
def test_a_made_up_token_is_refused(account, token):
    """Starting from the front instead would loop for ever."""
    with pytest.raises(Rejection, match="NextToken"):
        account.call("ListUsers", NextToken=token)


def test_users_are_found_by_their_whole_address(account):
    """The address must match exactly, except for case."""
    account.invite("Ada@example.com", "ada@example.com.example")

    assert account.emails(UserEmail="aDA@example.com") == ["Ada@example.com"]
    assert account.emails(UserEmail="da@example.com") == []


def test_users_are_found_by_their_type(account):
    """The type may stand with or without an address beside it."""
    account.invite("ada@example.com")
    account.invite("room@example.com", UserType="SharedDevice")

    assert account.emails(UserType="SharedDevice") == ["room@example.com"]
    assert account.emails(UserType="SharedDevice", UserEmail="ada@example.com") == []


def test_counts_distinguish_people_from_mails(account):
    """The important figure is how many people were mailed more than once."""
    account.invite("ada@example.com", "bo@example.com")
    account.invite("ada@example.com")

    with account.store.transaction() as records:
        counts = records.counts()

    assert counts == MailCounts(users=2, mails=3, addresses_mailed=2, addresses_mailed_more_than_once=1)


def test_an_empty_store_counts_nothing():
    """The sums are 0, not null."""
    store = SandboxStore()

    with store.transaction() as records:
        counts = records.counts()

    store.close()
    assert counts == MailCounts(0, 0, 0, 0)
