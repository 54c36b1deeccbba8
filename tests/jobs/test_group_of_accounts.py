"""A whole run to many accounts that is killed: resumed and reported as one run."""

import csv
import random
import time
from collections import Counter

import pytest
from documents import checked
from workspace import finish

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.sandbox import Sandbox
from onboarding.sandbox.faults import EVERY_REQUEST, Fault, FaultKind

COUNTRIES = ("DE", "FR", "IT", "ES", "NL", "BE", "PL", "SE", "FI", "DK", "CZ", "PT")
AT_ONCE = {"ONBOARD_SETTLE_SECONDS": "0", "ONBOARD_RESEND_AFTER": "0s"}
LATE = {"ONBOARD_SETTLE_SECONDS": "2", "ONBOARD_RESEND_AFTER": "2s"}


@pytest.fixture
def ledger(tmp_path):
    return ["--ledger", f"sqlite:///{tmp_path}/accounts.db"]


def prepare(workspace, people, countries):
    """Write an export of so many people, country by country in turn, and the routes of the countries."""
    rows = (f"{number},person{number}@example.com,{countries[number % len(countries)]}" for number in range(people))
    workspace.write("people.csv", "\n".join(["Employee ID,Work Email,Country", *rows]) + "\n")
    workspace.write("routes.csv", "Country,Account\n" + "".join(f"{one},{TEAM_ACCOUNT}-{one}\n" for one in countries))


def throttle_after(sandbox, requests):
    """Let so many invitations pass, and throttle all later ones, so that a run is still at work when it is killed."""
    sandbox.faults.add(
        Fault(FaultKind.ERROR, "InviteUsers", after=requests, count=EVERY_REQUEST, error="ThrottledClientException")
    )


def fates(folder):
    """Return how many rows of a report have each account, disposition and reason."""
    found = Counter()
    for part in (folder / "reconciliation").iterdir():
        with part.open(encoding="utf-8", newline="") as opened:
            found.update((line["account"], line["disposition"], line["reason"]) for line in csv.DictReader(opened))
    return found


def test_saved_plan_whose_run_is_killed_twice_is_resumed_and_reported_as_one(workspace, sandbox, ledger):
    """The second kill may leave a request whose answer never came."""
    prepare(workspace, 400, COUNTRIES[:4])
    throttle_after(sandbox, 3)
    flags = ["people.csv", "--routes", "routes.csv", "--endpoint-url", sandbox.url, *ledger]
    workspace.onboard("plan", *flags, "--save", "all.plan", "--out", "planned")
    run = workspace.fork("apply", "all.plan", *ledger)
    workspace.wait_until(lambda: sandbox.counts().mails >= 150)
    run.kill()
    run.wait()
    sandbox.faults.clear()
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", after=1))
    throttle_after(sandbox, 2)
    resumed = workspace.fork("resume", *ledger, **AT_ONCE)
    workspace.wait_until(lambda: sandbox.counts().mails > 150)
    resumed.kill()
    resumed.wait()
    sandbox.faults.clear()

    waiting = workspace.onboard("runs", *ledger)
    done = workspace.onboard("resume", *ledger, **AT_ONCE)
    (folder,) = workspace.runs()
    reported = workspace.onboard("report", folder.name, *ledger, "--out", "again")
    idle = workspace.onboard("resume", *ledger)

    assert waiting.out.count(" resume ") == 1
    assert (done.code, reported.code, idle.code) == (0, 0, 0), done.err + reported.err
    assert "nothing to resume" in idle.err
    assert sandbox.times_mailed() == {1: 400}
    everybody = {(f"{TEAM_ACCOUNT}-{one.lower()}", "invited", ""): 100 for one in COUNTRIES[:4]}
    assert fates(folder) == fates(workspace.folder / "again" / folder.name) == everybody
    manifest = checked("manifest", (folder / "manifest.json").read_text(encoding="utf-8"))
    assert [(part["rows"], part["exit_code"]) for part in manifest["parts"]] == [(0, 0), *[(100, 0)] * 4]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert all(f"{TEAM_ACCOUNT}-{one.lower()}" in page for one in COUNTRIES[:4])
    assert workspace.summary()["legs"] == 3


def test_second_whole_run_ends_while_the_first_holds_the_group(workspace, sandbox, ledger):
    """Otherwise, both might invite a person, each to another account. The accounts are networks of Wickr here."""
    prepare(workspace, 60, COUNTRIES[:1])
    workspace.write("routes.csv", "Country,Network\nDE,10204001\n")
    sandbox.faults.add(Fault(FaultKind.ERROR, "BatchCreateUser", after=1, count=EVERY_REQUEST, error="RateLimitError"))
    flags = ["people.csv", "--destination", "wickr", "--region", "us-east-1", "--routes", "routes.csv"]
    flags += ["--endpoint-url", sandbox.url, *ledger]
    first = workspace.fork("run", *flags)
    workspace.wait_until(lambda: sandbox.counts().mails > 0)

    second = workspace.onboard("run", *flags)

    assert second.code == 11
    assert second.messages[0].startswith("onboard: wickr (the group of all accounts) is held by another run: process")
    assert first.poll() is None


@pytest.mark.soak  # five kills, for each engine
@pytest.mark.parametrize("engine", ["local", "dask"])
def test_whole_run_that_is_killed_five_times_invites_everybody_once(workspace, ledger, engine):
    prepare(workspace, 5000, COUNTRIES)
    chance = random.Random(engine)  # noqa: S311 - not for secrets
    flags = ["people.csv", "--routes", "routes.csv", "--engine", engine, *ledger]
    with Sandbox(rate=12, burst=4) as sandbox:
        run = workspace.start("run", *flags, "--endpoint-url", sandbox.url)
        for mails in sorted(chance.sample(range(300, 4200), 5)):
            workspace.wait_until(lambda mails=mails: sandbox.counts().mails >= mails)
            time.sleep(chance.random() / 2)  # to hit other moments than those right after a request
            run.kill()
            run.wait()
            run = workspace.start("resume", *ledger, **LATE)
        done = finish(run)
        mailed = sandbox.times_mailed()

    assert done.code == 0, done.err
    assert mailed == {1: 5000}
    (folder,) = workspace.runs()
    found = fates(folder)
    assert found.total() == 5000
    assert {disposition for _, disposition, _ in found} == {"invited"}
    assert workspace.summary()["rows_read"] == 5000
