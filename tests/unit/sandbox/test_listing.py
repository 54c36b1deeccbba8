"""The users whom the sandbox's listing shows during a delay between invite and listing, without HTTP."""

from dataclasses import replace

import pytest
from fakes import WallClock

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.chime.simulation import Chime
from onboarding.model.errors import ConfigurationError
from onboarding.sandbox.backend import Backend, SandboxStore
from onboarding.sandbox.simulation.people import Registration
from onboarding.sandbox.simulation.records import MailCounts
from onboarding.sandbox.simulation.refusals import Refusals
from onboarding.sandbox.simulation.traffic import SandboxSettings, Traffic

DELAY_SECONDS = 30


class Account:
    """The Team account with a delay, called in the way in which the service calls it."""

    def __init__(self, path=None):
        self.clock = WallClock()
        self.store = SandboxStore(path)
        self.traffic = Traffic(SandboxSettings(list_delay_seconds=DELAY_SECONDS))
        self.backend = Backend(self.store, {"chime": Chime(self.traffic, Refusals())}, now=self.clock)

    def call(self, operation, **parameters):
        """Return the result of an operation on the Team account."""
        return self.backend.act("chime", operation, {"AccountId": TEAM_ACCOUNT, **parameters})

    def invite(self, *addresses):
        """Invite people."""
        self.call("InviteUsers", UserEmailList=list(addresses))

    def emails(self, **parameters):
        """Return the addresses on one page of the listing."""
        return [user["PrimaryEmail"] for user in self.call("ListUsers", **parameters)["Users"]]

    def counts(self):
        """Return the totals."""
        with self.store.transaction() as records:
            return records.counts()


@pytest.fixture
def account():
    """Return an empty account of its own for each test."""
    account = Account()
    yield account
    account.store.close()


def test_a_new_invitee_shows_after_the_delay(account):
    """The user appears at the very moment, on pages and in a search by address."""
    account.invite("ada@example.com")

    account.clock.advance(DELAY_SECONDS - 0.001)
    before = account.emails(), account.emails(UserEmail="ada@example.com")
    account.clock.advance(0.001)
    after = account.emails(), account.emails(UserEmail="ada@example.com")

    assert before == ([], [])
    assert after == (["ada@example.com"], ["ada@example.com"])


def test_an_invitee_who_is_not_shown_is_mailed_and_counted(account):
    """The invite itself happens at once, and so does a second invite."""
    account.invite("ada@example.com")
    account.invite("ada@example.com")

    assert account.emails() == []
    assert account.counts() == MailCounts(users=1, mails=2, addresses_mailed=1, addresses_mailed_more_than_once=1)


def test_another_invite_hides_no_user_again(account):
    """The delay counts from the first invite."""
    account.invite("ada@example.com")
    account.clock.advance(DELAY_SECONDS)

    account.invite("ada@example.com")

    assert account.emails() == ["ada@example.com"]


def test_an_added_user_shows_at_once(account):
    """A user who was there before is shown without a delay, and stays shown when invited again."""
    account.backend.add_users("chime", ["ada@example.com"], Registration.SUSPENDED)
    before = account.emails()

    account.invite("ada@example.com")

    assert before == account.emails() == ["ada@example.com"]


def test_adding_an_invitee_ends_the_delay(account):
    """Another sender has invited the same person."""
    account.invite("ada@example.com")

    account.backend.add_users("chime", ["ada@example.com"], Registration.REGISTERED)

    assert account.emails() == ["ada@example.com"]


def test_pages_count_only_visible_users(account):
    """A token leads to a visible user, and later pages have the users who became visible meanwhile."""
    account.invite("person0@example.com", "person1@example.com")
    account.clock.advance(DELAY_SECONDS)
    account.invite("person2@example.com")

    full = account.call("ListUsers", MaxResults=2)
    first = account.call("ListUsers", MaxResults=1)
    account.clock.advance(DELAY_SECONDS)
    rest = account.emails(NextToken=first["NextToken"])

    assert (len(full["Users"]), full["NextToken"]) == (2, None)
    assert rest == ["person1@example.com", "person2@example.com"]


def test_the_delay_may_change_at_any_time(account):
    """The delay counts from the invite, so a waiting user is shown as soon as the new delay is over."""
    account.invite("ada@example.com")
    account.clock.advance(5)

    account.traffic.settings = replace(account.traffic.settings, list_delay_seconds=5)

    assert account.emails() == ["ada@example.com"]


def test_without_a_delay_no_clock_hides_a_user(account):
    """The rule holds even for a clock that was set back after the invite."""
    account.invite("ada@example.com")

    account.traffic.settings = replace(account.traffic.settings, list_delay_seconds=0)
    account.clock.advance(-3600)

    assert account.emails() == ["ada@example.com"]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 86_401])
def test_a_senseless_delay_is_a_plain_error(account, seconds):
    """The wrong delay comes from the command line, too."""
    with pytest.raises(ConfigurationError, match="list delay must be 0 to 86400 seconds"):
        account.traffic.settings = replace(account.traffic.settings, list_delay_seconds=seconds)

    assert account.traffic.settings.list_delay_seconds == DELAY_SECONDS
