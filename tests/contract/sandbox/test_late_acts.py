"""A service behind a proxy: the answer is lost first, and people are mailed later."""

from contextlib import closing
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from clients import IMPATIENT_SECONDS, chime_client
from fakes import WallClock

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.sandbox import Fault, FaultKind, LostAnswer, Refusal, Registration, Sandbox

ADA = "ada@example.com"
BO = "bo@example.com"
LATE_SECONDS = 30
LATE = Fault(FaultKind.ACT_LATE, "InviteUsers", seconds=LATE_SECONDS)


def chime_at(sandbox):
    """Lend a client that sends each request once and is impatient."""
    return closing(chime_client(sandbox.url, read_timeout=IMPATIENT_SECONDS))


def invite(chime, *addresses):
    """Invite people to the Team account."""
    return chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=list(addresses))


def lose(chime, *addresses):
    """Invite people, and get no answer."""
    with pytest.raises(ConnectionClosedError):
        invite(chime, *addresses)


def shown(chime):
    """Return the addresses on the first page of the listing."""
    return [user["PrimaryEmail"] for user in chime.list_users(AccountId=TEAM_ACCOUNT)["Users"]]


@pytest.fixture
def clock():
    """Return a wall clock that stands still."""
    return WallClock()


@pytest.fixture
def sandbox(clock):
    """Serve an empty account, in memory."""
    with Sandbox(now=clock) as sandbox:
        yield sandbox


@pytest.fixture
def chime(sandbox):
    """Return a client of the sandbox."""
    with chime_at(sandbox) as chime:
        yield chime


@pytest.mark.parametrize(
    ("loss", "error", "status"),
    [
        (LostAnswer.RESET, ConnectionClosedError, "unanswered"),
        (LostAnswer.HANG, ReadTimeoutError, "unanswered"),
        (LostAnswer.FAIL, ClientError, "500"),
    ],
)
def test_people_are_mailed_after_the_answer_was_lost(sandbox, chime, clock, loss, error, status):
    """A client that asks before finds no person; a client that asks after finds all people, once."""
    sandbox.faults.add(Fault(FaultKind.ACT_LATE, "InviteUsers", seconds=LATE_SECONDS, loss=loss))
    with pytest.raises(error):
        invite(chime, ADA, BO)

    clock.advance(LATE_SECONDS - 0.001)
    before = shown(chime), sandbox.mails(), sandbox.counts()
    clock.advance(0.001)
    after = shown(chime), sandbox.mails(), sandbox.counts()

    assert (before[:2], before[2].acts_to_come) == (([], {}), 1)
    assert (after[:2], after[2].acts_to_come) == (([ADA, BO], {ADA: 1, BO: 1}), 0)
    assert after[2].requests["InviteUsers"] == {status: 1}


def test_a_hang_ends_when_the_service_acts(sandbox, chime):
    """Then the server resets the connection."""
    sandbox.faults.add(Fault(FaultKind.ACT_LATE, "InviteUsers", seconds=0.05, loss=LostAnswer.HANG))

    lose(chime, ADA)


def test_sending_again_too_early_mails_twice(sandbox, chime, clock):
    """A run must not do so: it asked for the listing before the service had acted."""
    sandbox.faults.add(LATE)
    lose(chime, ADA)
    seen = shown(chime)
    invite(chime, ADA)

    clock.advance(LATE_SECONDS)

    assert (seen, sandbox.mails()) == ([], {ADA: 2})
    assert sandbox.counts().addresses_mailed_more_than_once == 1


def test_a_late_act_finds_the_account_as_it_is_by_then(sandbox, chime, clock):
    """A person who registered meanwhile is not mailed."""
    sandbox.faults.add(LATE)
    lose(chime, ADA, BO)
    sandbox.add_user(ADA, Registration.REGISTERED)

    clock.advance(LATE_SECONDS)

    assert sandbox.mails() == {BO: 1}


def test_late_acts_happen_in_the_order_of_their_moments(sandbox, chime, clock):
    """The order of the requests and the moment of a listing do not matter."""
    for seconds, address in ((20, ADA), (10, BO)):
        sandbox.faults.add(Fault(FaultKind.ACT_LATE, "InviteUsers", seconds=seconds))
        lose(chime, address)

    clock.advance(LATE_SECONDS)

    assert shown(chime) == [BO, ADA]


def test_the_listing_lags_behind_the_late_act(sandbox, chime, clock):
    """Both delays add up, from the moment of the act, even if no request came at that moment."""
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=10)
    sandbox.faults.add(LATE)
    lose(chime, ADA)

    clock.advance(LATE_SECONDS + 9)
    before = shown(chime), sandbox.mails()
    clock.advance(1)

    assert before == ([], {ADA: 1})
    assert shown(chime) == [ADA]


def test_a_refused_request_invites_no_person(sandbox, chime, clock):
    """The service refuses a malformed address at once, and a refused address when the act is due."""
    sandbox.refuse(BO, Refusal.REQUEST)
    for addresses in (["nobody"], [BO, ADA]):
        sandbox.faults.add(LATE)
        lose(chime, *addresses)

    clock.advance(LATE_SECONDS)

    assert (sandbox.mails(), sandbox.counts().acts_to_come) == ({}, 0)


def test_a_late_listing_is_only_lost(sandbox, chime):
    """Reading changes nothing that could come late."""
    sandbox.faults.add(Fault(FaultKind.ACT_LATE, "ListUsers"))

    with pytest.raises(ConnectionClosedError):
        shown(chime)

    assert sandbox.counts().acts_to_come == 0


def test_another_sandbox_on_the_file_sees_the_act(tmp_path, clock):
    """Both sandboxes have the same account, and the act happens once, whichever took the request."""
    state = tmp_path / "state"
    with Sandbox(state=state, now=clock) as one, Sandbox(state=state, now=clock) as other, chime_at(one) as chime:
        one.faults.add(LATE)
        lose(chime, ADA)

        before = other.counts().acts_to_come, other.mails()
        clock.advance(LATE_SECONDS)

        assert before == (1, {})
        assert other.mails() == one.mails() == {ADA: 1}


def test_nothing_runs_on_after_closing(tmp_path, clock):
    """A closed sandbox does not act. A sandbox that opens the file again does what is due."""
    state = tmp_path / "state"
    with Sandbox(state=state, now=clock) as sandbox, chime_at(sandbox) as chime:
        sandbox.faults.add(LATE)
        lose(chime, ADA)

    with Sandbox(state=state, now=clock) as early:
        before = early.mails()
    clock.advance(LATE_SECONDS)
    with Sandbox(state=state, now=clock) as late:
        after = late.mails()

    assert (before, after) == ({}, {ADA: 1})


def test_an_emptied_sandbox_forgets_late_acts(sandbox, chime, clock):
    """Otherwise the next test would find a person whom it never invited."""
    sandbox.faults.add(LATE)
    lose(chime, ADA)

    sandbox.empty()
    clock.advance(LATE_SECONDS)

    assert (sandbox.mails(), sandbox.counts().acts_to_come) == ({}, 0)
