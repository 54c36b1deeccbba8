"""People who never accepted are invited again if the operator asks for it, and never otherwise."""

import shutil
import sqlite3

import pytest
from workspace import account_flags

from onboarding.destinations.wickr.description import WICKR_NETWORK
from onboarding.sandbox import Fault, FaultKind

LONG_AGO = ["--reinvite-after", "1s"]


@pytest.fixture
def there(sandbox):
    """Return the flags of the sandbox's account."""
    return account_flags(sandbox)


@pytest.fixture
def invited(workspace, there, pass_time):
    """Invite three people, and let time pass."""
    assert workspace.onboard("run", workspace.export(3), *there).code == 0
    pass_time()


@pytest.fixture
def pass_time(workspace):
    """Return what lets the ledger believe that everything in it is a month older."""

    def shift() -> None:
        (path,) = (workspace.folder / "state").rglob("ledger.sqlite3")
        with sqlite3.connect(path) as ledger:
            ledger.execute("UPDATE invites SET decided_at = '2020' || substr(decided_at, 5)")
        ledger.close()

    return shift


@pytest.mark.usefixtures("invited")
def test_nobody_is_invited_again_by_default(workspace, there, sandbox):
    workspace.onboard("run", "people.csv", *there)

    assert sandbox.counts().addresses_mailed_more_than_once == 0
    assert {line["reason"] for line in workspace.report()} == {"invited_earlier"}


@pytest.mark.usefixtures("invited")
def test_pending_people_are_invited_again_once(workspace, there, sandbox, pass_time):
    first = workspace.onboard("run", "people.csv", *there, *LONG_AGO)
    lines = workspace.report()
    pass_time()
    second = workspace.onboard("run", "people.csv", *there, *LONG_AGO)

    assert (first.code, second.code) == (0, 0)
    assert {(line["disposition"], line["reason"]) for line in lines} == {("invited", "again")}
    assert {line["disposition"] for line in workspace.report()} == {"already"}
    assert sandbox.times_mailed() == {2: 3}


@pytest.mark.usefixtures("invited")
def test_people_who_accepted_are_left_alone(workspace, there, sandbox):
    sandbox.add_users(["person1@example.com"], "Registered")

    done = workspace.onboard("run", workspace.export(4), *there, *LONG_AGO)

    assert [line["disposition"] for line in workspace.report()] == ["invited", "already", "invited", "invited"]
    assert "\n1 person invited, 2 again.\n" in done.out
    assert workspace.summary()["invited_again"] == 2


def test_people_invited_lately_are_left_alone(workspace, there, sandbox):
    workspace.onboard("run", workspace.export(3), *there)

    done = workspace.onboard("run", "people.csv", *there, "--reinvite-after", "14d")

    assert done.code == 0
    assert {line["disposition"] for line in workspace.report()} == {"already"}
    assert sandbox.counts().addresses_mailed_more_than_once == 0


@pytest.mark.usefixtures("invited")
def test_people_invited_a_fortnight_ago_are_due(workspace, there, sandbox):
    workspace.onboard("run", "people.csv", *there, "--reinvite-after", "14d")

    assert sandbox.times_mailed() == {2: 3}


@pytest.mark.usefixtures("invited")
def test_plan_shows_who_would_be_invited_again(workspace, there, sandbox):
    done = workspace.onboard("plan", "people.csv", *there, *LONG_AGO)

    assert " + 3 people to invite, 3 of them again\n" in done.out
    assert {(line["disposition"], line["reason"]) for line in workspace.report()} == {("planned", "again")}
    assert sandbox.counts().addresses_mailed_more_than_once == 0


@pytest.mark.usefixtures("invited")
def test_saved_plan_invites_them_again(workspace, there, sandbox):
    workspace.onboard("plan", "people.csv", *there, *LONG_AGO, "--save", "again.plan")

    done = workspace.onboard("apply", "again.plan")

    assert done.code == 0
    assert sandbox.times_mailed() == {2: 3}


@pytest.mark.usefixtures("invited")
def test_wave_is_resumed_as_it_was_told_at_first(workspace, there, sandbox):
    workspace.onboard("run", "people.csv", *there, *LONG_AGO, "--wave", "2")

    done = workspace.onboard("resume", *there)

    assert done.code == 0
    assert sandbox.times_mailed() == {2: 3}


@pytest.mark.usefixtures("invited")
def test_lost_answer_to_a_second_invitation_is_not_followed_by_a_third(workspace, there, sandbox):
    """The person is pending already, so that asking the service says that it arrived."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_RESET, "InviteUsers"))

    workspace.onboard("run", "people.csv", *there, *LONG_AGO)
    workspace.onboard("run", "people.csv", *there, *LONG_AGO)

    assert sandbox.times_mailed() == {2: 3}


@pytest.mark.usefixtures("invited")
def test_restored_ledger_invites_nobody_a_third_time_however_many_runs_come(workspace, there, sandbox):
    """The first run after the backup invites a newcomer, so that the machine's last request is in the ledger again."""
    state = workspace.folder / "state"
    shutil.copytree(state, workspace.folder / "backup")
    workspace.onboard("run", "people.csv", *there, *LONG_AGO)
    shutil.rmtree(state)
    (workspace.folder / "backup").rename(state)

    first = workspace.onboard("run", workspace.export(4), *there, *LONG_AGO)
    second = workspace.onboard("run", "people.csv", *there, *LONG_AGO)

    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert [line["reason"] for line in workspace.report()][:3] == ["invited_earlier"] * 3
    assert sandbox.times_mailed() == {1: 1, 2: 3}


@pytest.mark.usefixtures("invited")
def test_restored_ledger_waits_before_it_invites_people_once_more_than_it_knows(workspace, there, sandbox):
    """The wait is as long as the wait after an invitation, and begins when the copy is found out."""
    state, once_more = workspace.folder / "state", ("--reinvite-after", "14d", "--reinvite-times", "2")
    shutil.copytree(state, workspace.folder / "backup")
    workspace.onboard("run", "people.csv", *there, *LONG_AGO)
    shutil.rmtree(state)
    (workspace.folder / "backup").rename(state)

    for _ in range(2):
        workspace.onboard("run", workspace.export(4), *there, *once_more)
    waited = sandbox.times_mailed()
    (path,) = state.rglob("ledger.sqlite3")
    with sqlite3.connect(path) as ledger:
        ledger.execute("UPDATE unknown_requests SET found_at = '2020' || substr(found_at, 5)")
    ledger.close()
    done = workspace.onboard("run", "people.csv", *there, *once_more)

    assert waited == {1: 1, 2: 3}
    assert done.code == 0, done.err
    assert sandbox.times_mailed() == {1: 1, 3: 3}


@pytest.fixture
def network(sandbox):
    """Return the flags of the sandbox's network."""
    return [
        *("--destination", "wickr", "--network-id", WICKR_NETWORK),
        *("--endpoint-url", sandbox.url, "--region", "us-east-1"),
    ]


def test_network_invites_pending_people_again_by_their_ids_and_new_people_with_requests_of_their_own(
    workspace, network, sandbox, pass_time
):
    """People who have accepted in the meantime are left alone. In the run after that, only the new people are due."""
    workspace.onboard("run", workspace.export(4), *network)
    pass_time()
    sandbox.add_users(["person0@example.com"], "Registered", service="wickr")
    workspace.export(6)

    first = workspace.onboard("run", "people.csv", *network, *LONG_AGO)
    lines = workspace.report()
    pass_time()
    second = workspace.onboard("run", "people.csv", *network, *LONG_AGO)

    assert (first.code, second.code) == (0, 0), second.err
    assert [(line["disposition"], line["reason"]) for line in lines] == [
        ("already", "invited_earlier"), *[("invited", "again")] * 3, *[("invited", "")] * 2
    ]  # fmt: skip
    assert all(line["invite_id"] for line in lines[1:])
    assert [line["reason"] for line in workspace.report()] == [*["invited_earlier"] * 4, *["again"] * 2]
    assert sandbox.times_mailed() == {1: 1, 2: 5}
    requests = sandbox.counts().requests
    assert requests["wickr.BatchReinviteUser"] == {"200": 2}
    assert requests["wickr.BatchCreateUser"] == {"200": 2}


def test_network_that_loses_the_answer_is_asked_with_the_token_and_mails_nobody_a_third_time(
    workspace, network, sandbox, pass_time
):
    """The list shows the people as pending in any case. The run dies, and the next run repeats its request."""
    workspace.onboard("run", workspace.export(3), *network)
    pass_time()
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "BatchReinviteUser"))
    run = workspace.fork("run", "people.csv", *network, *LONG_AGO)
    workspace.wait_until(lambda: sandbox.counts().mails == 6)
    run.kill()
    run.wait()
    sandbox.faults.clear()

    done = workspace.onboard("run", "people.csv", *network, *LONG_AGO)

    assert done.code == 0, done.err
    assert done.logged("doubt.replayed")[0]["addresses"] == 3
    assert {line["reason"] for line in workspace.report()} == {"invited_earlier"}
    assert sandbox.times_mailed() == {2: 3}
