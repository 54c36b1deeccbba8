"""Runs to many accounts."""

import csv
import json
import os
import signal
import sys
from collections import Counter
from dataclasses import dataclass, replace

import openpyxl
import pytest
from buckets import new_bucket, serve_s3
from clusters import cluster
from documents import checked
from workspace import finish

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.ledger import Ledger
from onboarding.model.run import now
from onboarding.sandbox import Sandbox

COUNTRIES = ("DE", "FR", "IT")
ROUTES = "Country,Chime account\n" + "".join(f"{one},{TEAM_ACCOUNT}-{one.lower()}\n" for one in COUNTRIES)


@pytest.fixture
def ledger(tmp_path):
    return f"sqlite:///{tmp_path}/accounts.db"


@pytest.fixture
def there(sandbox, ledger):
    """Return the flags of a run in threads of one process, with a ledger in a file."""
    return ["--endpoint-url", sandbox.url, "--ledger", ledger]


@pytest.fixture
def on_cluster(sandbox, new_database, scheduler):
    """Return the flags of a run on the workers that all these tests share, which need PostgreSQL."""
    return ["--endpoint-url", sandbox.url, "--ledger", new_database(), "--engine", "dask", "--scheduler", scheduler]


def export(workspace, count, name="people.csv", countries=COUNTRIES):
    """Write an export of so many people, country by country in turn; who is in none of them has no account."""
    rows = (f"{number},person{number}@example.com,{countries[number % len(countries)]}" for number in range(count))
    return workspace.write(name, "\n".join(["Employee ID,Work Email,Country", *rows]) + "\n")


def parts(workspace):
    """Return the lines of the newest report's parts, by the name of the part."""
    found = {}
    for part in sorted((workspace.runs()[-1] / "reconciliation").iterdir()):
        with part.open(encoding="utf-8", newline="") as opened:
            found[part.name] = list(csv.DictReader(opened))
    return found


def manifest(workspace):
    return checked("manifest", (workspace.runs()[-1] / "manifest.json").read_text(encoding="utf-8"))


def test_everybody_is_invited_to_the_account_of_their_row(workspace, sandbox, there):
    workspace.write("routes.csv", ROUTES)
    people = export(workspace, 301, countries=("DE", "FR", "IT", "XX"))

    done = workspace.onboard("run", people, *there, "--routes", "routes.csv", "--json")

    assert done.code == 0, done.err
    found = parts(workspace)
    assert [{(line["account"], line["disposition"], line["reason"]) for line in lines} for lines in found.values()] == [
        {("", "held", "no_account")},
        *({(f"{TEAM_ACCOUNT}-{one}", "invited", "")} for one in ("de", "fr", "it")),
    ]
    assert sum(map(len, found.values())) == 301
    assert [(entry["part"], entry["account"], entry["rows"]) for entry in manifest(workspace)["parts"]] == [
        ("reconciliation/part-00000.csv", "", 75),
        ("reconciliation/part-00001.csv", f"{TEAM_ACCOUNT}-de", 76),
        ("reconciliation/part-00002.csv", f"{TEAM_ACCOUNT}-fr", 75),
        ("reconciliation/part-00003.csv", f"{TEAM_ACCOUNT}-it", 75),
    ]
    summary = json.loads(done.out)
    assert (summary["rows_read"], summary["counts"]) == (301, {"held": 75, "invited": 226})
    assert sandbox.times_mailed() == {1: 226}


def test_workers_of_a_cluster_give_everybody_the_fate_that_threads_give(workspace, sandbox, there, on_cluster):
    workspace.write("routes.csv", ROUTES)
    people = export(workspace, 121, countries=("DE", "FR", "IT", "XX"))
    flags = ["--routes", "routes.csv", "--json"]

    by_workers = workspace.onboard("run", people, *on_cluster, *flags)
    of_workers = fates_of_people(workspace)
    sandbox.empty()
    by_threads = workspace.onboard("run", people, *there, *flags, "--settle-seconds", "0")

    assert (by_workers.code, by_threads.code) == (0, 0), by_workers.err + by_threads.err
    assert fates_of_people(workspace) == of_workers
    assert (len(of_workers), sandbox.times_mailed()) == (121, {1: 91})


def fates_of_people(workspace):
    told = ("account", "email", "disposition", "reason", "detail")
    return {line["row"]: [line[name] for name in told] for lines in parts(workspace).values() for line in lines}


def test_python_program_gets_the_rows_of_all_accounts_and_no_line_of_a_log(workspace, sandbox, ledger):
    workspace.write("routes.csv", ROUTES)
    export(workspace, 4, countries=("DE", "FR", "IT", "XX"))
    place = f"endpoint_url={sandbox.url!r}, ledger={ledger!r}, locks={str(workspace.locks)!r}"
    script = (
        "import onboarding\n"
        "if __name__ == '__main__':\n"
        f"    summary = onboarding.run('people.csv', routes='routes.csv', {place})\n"
        "    print(*summary.rows()['account'])\n"
    )

    program = [sys.executable, "-W", "error", workspace.write("program.py", script)]
    done = finish(workspace.start_command(program))

    assert (done.code, done.err) == (0, "")
    assert done.out == f" {TEAM_ACCOUNT}-de {TEAM_ACCOUNT}-fr {TEAM_ACCOUNT}-it\n"


def test_all_accounts_are_in_one_file_if_that_is_wanted(workspace, there):
    """Cells may hold line breaks."""
    workspace.write("routes.csv", ROUTES)
    workspace.write(
        "people.csv", 'Work Email,Name,Country\nana@example.com,"A\nB",DE\nbo@example.com,Bo,FR\ncy@example.com,,XX\n'
    )

    done = workspace.onboard("run", "people.csv", *there, "--routes", "routes.csv", "--one-file")

    assert done.code == 0, done.err
    assert workspace.report() == [line for lines in parts(workspace).values() for line in lines]
    assert [line["email"] for line in workspace.report()] == ["cy@example.com", "ana@example.com", "bo@example.com"]
    assert workspace.mode(workspace.runs()[-1] / "reconciliation.csv") == 0o600
    assert "reconciliation.csv" in workspace.summary()["files"]


def test_second_run_invites_nobody(workspace, sandbox, there):
    """Not even an employee whose address has changed: the employee ids of each account are looked up."""
    workspace.write("routes.csv", ROUTES)
    people = export(workspace, 120)
    workspace.onboard("run", people, *there, "--routes", "routes.csv")
    roster = (workspace.folder / people).read_text(encoding="utf-8")
    workspace.write(people, roster.replace("person4@", "person4.new@"))

    again = workspace.onboard("run", people, *there, "--routes", "routes.csv")

    assert again.code == 0
    assert fates(workspace) == {"already": 119, "held": 1}
    (held,) = (line for lines in parts(workspace).values() for line in lines if line["disposition"] == "held")
    assert "invited at person4@example.com by run " in held["detail"]
    assert sandbox.times_mailed() == {1: 120}


def fates(workspace):
    return Counter(line["disposition"] for lines in parts(workspace).values() for line in lines)


def test_who_is_in_two_countries_is_invited_once(workspace, sandbox, there):
    workspace.write("routes.csv", ROUTES)
    workspace.write("people.csv", "Work Email,Country\nana@example.com,DE\nANA@example.com,FR\nbo@example.com,FR\n")

    done = workspace.onboard("run", "people.csv", *there, "--routes", "routes.csv")

    assert done.code == 0, done.err
    table = [line.split() for line in done.out.splitlines() if line.startswith(f" {TEAM_ACCOUNT}")]
    assert [(row[0], row[-3:]) for row in table] == [
        (f"{TEAM_ACCOUNT}-de", ["1", "0", "1"]),
        (f"{TEAM_ACCOUNT}-fr", ["1", "1", "2"]),
    ], "invited, duplicate and all rows of each account"
    second = parts(workspace)["part-00002.csv"]
    assert [(line["disposition"], line["duplicate_of"]) for line in second] == [
        ("duplicate", "people.csv#2"),
        ("invited", ""),
    ]
    assert sandbox.times_mailed() == {1: 2}


def test_changed_routes_move_nobody_until_that_is_wanted(workspace, sandbox, there):
    """The people of DE lead to FR now. The job cannot know whether they have moved, or the table is wrong."""
    workspace.write("routes.csv", ROUTES)
    people = export(workspace, 30)
    flags = [people, *there, "--routes", "routes.csv", "--settle-seconds", "0"]
    workspace.onboard("run", *flags)
    workspace.write("routes.csv", ROUTES.replace(f"{TEAM_ACCOUNT}-de", f"{TEAM_ACCOUNT}-fr"))

    planned = workspace.onboard("plan", *flags)
    stayed = workspace.onboard("run", *flags)
    assert planned.code == 0, planned.err
    reasons = [(line["disposition"], line["reason"]) for lines in parts(workspace).values() for line in lines]
    (told,) = {line["detail"] for line in parts(workspace)["part-00001.csv"] if line["reason"] == "other_account"}
    mailed = sandbox.times_mailed()
    moved = workspace.onboard("run", *flags, "--invite-moved")
    found = parts(workspace)["part-00001.csv"]
    idle = workspace.onboard("run", *flags)

    assert [done.code for done in (planned, stayed, moved, idle)] == [0, 0, 0, 0], moved.err
    assert Counter(reasons) == {("already", "other_account"): 10, ("already", "invited_earlier"): 20}
    assert "10 rows lead to another account than before; nothing was sent for them" in stayed.out
    assert (mailed, "nothing was sent for them" in idle.out) == ({1: 30}, False)
    assert f" to chime {TEAM_ACCOUNT}-de. The row now leads to {TEAM_ACCOUNT}-fr. To move the person," in told
    assert Counter(line["disposition"] for line in found) == {"invited": 10, "already": 10}
    assert {
        line["detail"].partition(". ")[0][-len(TEAM_ACCOUNT) - 3 :]
        for line in found
        if line["disposition"] == "invited"
    } == {f"{TEAM_ACCOUNT}-de"}


def test_account_that_does_not_exist_keeps_nobody_from_the_others(workspace, sandbox, there):
    """Here the export names the account itself."""
    rows = [f"person{number}@example.com,{TEAM_ACCOUNT}-{'ab'[number % 2]}" for number in range(20)]
    workspace.write("people.csv", "\n".join(["Work Email,Chime account", *rows, "cy@example.com,elsewhere"]))

    done = workspace.onboard("run", "people.csv", *there, "--account-column", "Chime account")

    assert done.code == 7
    assert done.messages[0].startswith("onboard: chime elsewhere: The service answered 404")
    assert fates(workspace) == {"invited": 20, "deferred": 1}
    assert [entry["exit_code"] for entry in manifest(workspace)["parts"]] == [0, 0, 0, 7]
    assert sandbox.times_mailed() == {1: 20}


@pytest.mark.soak
def test_accounts_to_which_another_ledger_has_just_sent_wait(workspace, sandbox, there, tmp_path):
    """The service may show people late."""
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=3000)
    workspace.write("routes.csv", ROUTES)
    flags = ["--routes", "routes.csv", "--resend-after", "1h"]
    assert workspace.onboard("run", export(workspace, 2), *there, *flags).code == 0

    done = workspace.onboard("run", export(workspace, 9), *there, *flags, "--ledger", f"sqlite:///{tmp_path}/other.db")

    assert done.code == 8
    assert [(line["disposition"], len(lines)) for lines in parts(workspace).values() for line in lines[:1]] == [
        ("deferred", 3),
        ("deferred", 3),
        ("invited", 3),
    ]
    assert "the last run from this machine used another ledger" in done.err
    assert Counter(sandbox.mails().values()) == {1: 5}


@pytest.mark.parametrize("flags", [["--max-invites", "59"], pytest.param(["--confirm", "61"], marks=pytest.mark.soak)])
def test_too_many_people_in_all_accounts_together_stop_the_run(workspace, sandbox, there, flags):
    workspace.write("routes.csv", ROUTES)

    done = workspace.onboard("run", export(workspace, 60), *there, "--routes", "routes.csv", *flags)

    assert done.code == 5
    assert "60 people would be invited" in done.messages[0]
    assert fates(workspace) == {"deferred": 60}
    assert sandbox.counts().mails == 0


def test_what_the_guards_over_all_accounts_have_stopped_is_not_resumed(workspace, sandbox, there):
    workspace.write("routes.csv", ROUTES)
    workspace.onboard("run", export(workspace, 60), *there, "--routes", "routes.csv", "--max-invites", "59")

    resumed = workspace.onboard("resume", *there, "--account-id", f"{TEAM_ACCOUNT}-de")

    run = f"{workspace.runs()[-1].name}-00001"
    assert resumed.messages == [
        f"onboard: A guard stopped run {run}, and what it stopped cannot be resumed; run it again."
    ]
    assert resumed.command == "", "the exports have people of other accounts, too"
    assert sandbox.counts().mails == 0


def test_plan_says_what_the_guards_of_the_run_will_say(workspace, there):
    workspace.write("routes.csv", ROUTES)
    flags = [export(workspace, 60), *there, "--routes", "routes.csv", "--max-invites", "59"]

    planned = workspace.onboard("plan", *flags)
    confirmed = workspace.onboard("plan", *flags, "--confirm", "60")
    sent = workspace.onboard("run", *flags, "--confirm", "60")

    assert planned.code == 5
    assert "confirm the number of people to invite, 60;" in planned.messages[0]
    assert (confirmed.code, sent.code) == (0, 0), sent.err
    runs = checked("runs", workspace.onboard("runs", *there, "--json").out)["runs"]
    assert [run["command"] for run in runs] == ["run"] * 4 + ["plan"] * 8  # the whole run and those of three accounts


def test_plan_keeps_no_rows(workspace, ledger, there):
    workspace.write("routes.csv", ROUTES)
    workspace.onboard("plan", export(workspace, 60), *there, "--routes", "routes.csv")

    with Ledger.open(ledger, clock=now) as opened:
        assert [list(opened.rows(run.run_id)) for run in opened.runs()] == [[], [], [], []]


def test_account_without_anybody_to_invite_is_not_asked_for(workspace, there):
    """It may be gone, as its people are."""
    rows = ["ana@example.com,DE,active", "bo@example.com,nowhere,terminated"]
    workspace.write(
        "people.csv", "\n".join(["Work Email,Chime account,Status", *rows]).replace("DE", f"{TEAM_ACCOUNT}-de")
    )

    done = workspace.onboard("run", "people.csv", *there, "--account-column", "Chime account")

    assert done.code == 0, done.err
    assert fates(workspace) == {"invited": 1, "excluded": 1}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        pytest.param(["nobody,DE", ","], "No row has a usable address", marks=pytest.mark.soak),
        (["ana@example.com,XX", "bo@example.com,"], "No account is known for any row"),
    ],
)
def test_export_of_whom_nobody_can_be_invited_is_refused(workspace, there, rows, why):
    workspace.write("routes.csv", ROUTES)
    workspace.write("people.csv", "\n".join(["Work Email,Country", *rows, ""]))

    done = workspace.onboard("run", "people.csv", *there, "--routes", "routes.csv")

    assert done.code == 4
    assert done.messages == [f"onboard: {why}; the report says why, row by row."]


def test_runs_tell_their_account(workspace, there):
    workspace.write("routes.csv", ROUTES)
    workspace.onboard("run", export(workspace, 9), *there, "--routes", "routes.csv")

    listed = workspace.onboard("runs", *there)
    of_one = workspace.onboard("runs", *there, "--account-id", f"{TEAM_ACCOUNT}-fr", "--json").out

    monitored = workspace.onboard("runs", *there, "--last-success-within", "26h", ONBOARD_ROUTES="routes.csv")
    assert monitored.code == 0, monitored.err
    assert all(f"-00002 {TEAM_ACCOUNT}-fr 0 " in line for line in listed.out.splitlines() if "-00002" in line)
    assert [run["scope"]["account"] for run in json.loads(of_one)["runs"]] == [f"{TEAM_ACCOUNT}-fr"]
    assert json.loads(of_one)["runs"][0]["resumed_at"].startswith("20")


@pytest.mark.soak
def test_account_that_a_guard_stops_waits_for_the_number_of_its_people(workspace, sandbox, there):
    """The others are sent to: theirs was no reason to wait."""
    workspace.write("routes.csv", ROUTES)
    workspace.onboard("run", export(workspace, 30), *there, "--routes", "routes.csv")
    rows = [f"new{number}@other.example,DE" for number in range(12)] + ["bo@example.com,FR"]
    workspace.write("more.csv", "\n".join(["Work Email,Country", *rows]))

    stopped = workspace.onboard("run", "more.csv", *there, "--routes", "routes.csv")
    held_back = fates(workspace)
    flags = workspace.summary()["guards"]["remedy_flags"]
    confirmed = workspace.onboard("run", "more.csv", *there, "--routes", "routes.csv", *flags)

    assert stopped.code == 5
    assert "at new domains, where no run has invited people before: other.example" in stopped.messages[0]
    assert stopped.messages[0].startswith("onboard: Stopped, nothing sent to 1 of 2 accounts (")
    assert flags == ["--no-hold", "new_domain", "--confirm", "12"]
    assert held_back == {"held": 12, "invited": 1}
    assert confirmed.code == 0, confirmed.err
    assert fates(workspace) == {"invited": 12, "already": 1}
    assert sandbox.times_mailed() == {1: 43}


@pytest.mark.parametrize(
    ("address", "status", "limit", "why"),
    [
        ("", "active", "--max-rejected", "have no usable address"),
        pytest.param("{}@example.com", "Wibble", "--max-held", "are held for a person", marks=pytest.mark.soak),
    ],
)
def test_guards_stop_an_account_of_which_nobody_can_be_invited_until_their_limit_is_raised(
    workspace, sandbox, there, address, status, limit, why
):
    """Its rows are many of all rows, and yet people are invited to the other account each night."""
    rows = [f"{number},{number}@example.com,active,{TEAM_ACCOUNT}-de" for number in range(90)]
    rows += [f"{number},{address.format(number)},{status},{TEAM_ACCOUNT}-fr" for number in range(100, 160)]
    workspace.write("people.csv", "\n".join(["Employee ID,Work Email,Status,Chime account", *rows]))
    flags = ["people.csv", *there, "--account-column", "Chime account"]

    nights = [workspace.onboard("run", *flags, *more) for more in ([], ["--confirm", "0"], [], [limit, "20%,60"])]

    assert [night.code for night in nights] == [5, 0, 5, 0], nights[1].err
    assert sandbox.times_mailed() == {1: 90}
    for stopped in (nights[0], nights[2]):
        assert f"nothing sent to 1 of 2 accounts ({TEAM_ACCOUNT}-fr: 60 of 60 rows {why}" in stopped.messages[0]
        assert f"raise {limit}, or leave out the rows of such an account with --skip." in stopped.messages[0]
        assert "--confirm" not in stopped.command


@pytest.mark.soak
def test_account_that_lost_all_its_rows_is_named_and_stops_the_run(workspace, there):
    """No worker looks at an account without a single row."""
    workspace.write("routes.csv", ROUTES)
    flags = [*there, "--routes", "routes.csv"]
    workspace.onboard("run", export(workspace, 60), *flags)

    people = (workspace.folder / "people.csv").read_text(encoding="utf-8")
    workspace.write("people.csv", "".join(line for line in people.splitlines(keepends=True) if "IT" not in line))

    stopped = workspace.onboard("run", "people.csv", *flags)
    allowed = workspace.onboard("run", "people.csv", *flags, "--max-gone", "50%")

    assert stopped.code == 5
    assert "20 of 60 people of the last good run" in stopped.messages[0]
    assert f"missing now: account {TEAM_ACCOUNT}-it." in stopped.out
    assert allowed.code == 0, allowed.err


def test_plan_says_who_would_be_invited_where(workspace, sandbox, there):
    workspace.write("routes.csv", ROUTES)

    done = workspace.onboard("plan", export(workspace, 60), *there, "--routes", "routes.csv")

    assert done.code == 0, done.err
    assert fates(workspace) == {"planned": 60}
    assert " + 60 people to invite\n" in done.out
    assert " run " in done.command
    assert sandbox.counts().mails == 0


def test_saved_plan_is_sent_as_it_was_approved(workspace, sandbox, ledger, there):
    """Not after the table of routes has changed. People who were invited in the meantime are there already."""
    workspace.write("routes.csv", ROUTES)
    workspace.write("some.csv", "Work Email,Country\nperson0@example.com,DE\n")
    quick = [*there, "--settle-seconds", "0"]
    planned = workspace.onboard(
        *("plan", export(workspace, 31), *quick, "--routes", "routes.csv", "--save", "all.plan", "--max-invites", "30")
    )
    workspace.onboard("run", "some.csv", *quick, "--account-id", f"{TEAM_ACCOUNT}-de")

    flags = ["all.plan", "--ledger", ledger, "--settle-seconds", "0"]
    stopped = workspace.onboard("apply", *flags)
    resumed = workspace.onboard("resume", "--ledger", ledger)
    workspace.write("routes.csv", ROUTES.replace("-it", "-es"))
    changed = workspace.onboard("apply", *flags, "--confirm", "31")
    workspace.write("routes.csv", ROUTES)
    sent = workspace.onboard("apply", *flags, "--confirm", "31")

    assert [planned.code, stopped.code, changed.code, sent.code] == [5, 5, 4, 0], sent.err
    assert stopped.command.endswith("--confirm 31")
    assert " apply " in resumed.command
    assert changed.messages == ["onboard: routes.csv: this is not what the plan was made from; make a new plan."]
    assert fates(workspace) == {"invited": 30, "already": 1}
    assert sandbox.times_mailed() == {1: 31}


def test_saved_plan_moves_nobody_from_an_account_of_the_routes_that_has_no_row_in_it(workspace, sandbox, ledger, there):
    workspace.write("routes.csv", ROUTES)
    workspace.write("people.csv", "Work Email,Country\nana@example.com,FR\nbo@example.com,FR\n")
    workspace.write("first.csv", "Work Email\nana@example.com\n")
    workspace.onboard("plan", "people.csv", *there, "--routes", "routes.csv", "--save", "all.plan")
    workspace.onboard("run", "first.csv", *there, "--account-id", f"{TEAM_ACCOUNT}-de")

    sent = workspace.onboard("apply", "all.plan", "--ledger", ledger)

    assert sent.code == 0, sent.err
    assert sandbox.times_mailed() == {1: 2}


def test_plan_is_not_saved_if_an_account_could_not_be_asked(workspace, there):
    rows = [f"ana@example.com,{TEAM_ACCOUNT}-a", "cy@example.com,elsewhere"]
    workspace.write("people.csv", "\n".join(["Work Email,Chime account", *rows]))

    done = workspace.onboard("plan", "people.csv", *there, "--account-column", "Chime account", "--save", "all.plan")

    assert done.code == 7
    assert done.messages[0].endswith("The plan was not saved, since not every account could be asked who is there.")
    assert not (workspace.folder / "all.plan").exists()
    assert " apply " not in done.command

    (workspace.folder / workspace.write("onboard.toml", 'save = "all.plan"\n')).chmod(0o600)
    ran = workspace.onboard("run", "people.csv", *there, "--account-column", "Chime account")
    assert "not saved" not in ran.err


@pytest.fixture
def slow():
    """Serve a service that takes six requests a second, so that a run is still sending when it is hit."""
    with Sandbox(rate=6, burst=2) as sandbox:
        yield sandbox


@pytest.mark.soak
def test_accounts_of_a_worker_that_is_killed_are_taken_over(workspace, slow, new_database, own_workers):
    """By SIGKILL, while it sends: nobody is mailed twice, nobody forgotten, and the report is whole."""
    workspace.write("routes.csv", ROUTES)
    flags = ["--endpoint-url", slow.url, "--ledger", new_database(), *own_workers.flags, "--routes", "routes.csv"]
    # What was on its way when the worker died may arrive after somebody else has asked for it, unless that one waits.
    run = workspace.start("run", export(workspace, 600), *flags, ONBOARD_SETTLE_SECONDS="2", ONBOARD_RESEND_AFTER="2s")
    workspace.wait_until(lambda: slow.counts().mails >= 200)

    os.kill(own_workers.pids[0], signal.SIGKILL)
    done = finish(run)

    assert done.code == 0, done.err
    assert slow.times_mailed() == {1: 600}
    assert fates(workspace) == {"invited": 600}


@dataclass(frozen=True)
class OwnWorkers:
    flags: list[str]
    pids: list[int]


@pytest.fixture
def own_workers(tmp_path, monkeypatch):
    """Start a cluster for one test, which lives on when the run is killed."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "anything")
    with cluster(tmp_path / "dask") as started:
        pids = [nanny.pid for nanny in started.workers.values()]
        yield OwnWorkers(["--engine", "dask", "--scheduler", started.scheduler_address], pids)


@pytest.mark.soak  # by default test_group_of_accounts.py kills a run in threads
def test_run_on_workers_that_is_killed_is_resumed_on_workers(workspace, slow, new_database, own_workers):
    """The workers may go on for a while; who comes next waits for them."""
    workspace.write("routes.csv", ROUTES)
    there = ["--ledger", new_database(), *own_workers.flags]
    run = workspace.start("run", export(workspace, 600), "--routes", "routes.csv", "--endpoint-url", slow.url, *there)
    workspace.wait_until(lambda: slow.counts().mails >= 200)

    run.kill()
    run.wait()
    waits = {"ONBOARD_SETTLE_SECONDS": "2", "ONBOARD_RESEND_AFTER": "2s"}
    resumed = finish(workspace.start("resume", *there, **waits))

    assert slow.times_mailed() == {1: 600}
    assert resumed.code == 0, resumed.err
    assert fates(workspace) == {"invited": 600}


@pytest.mark.soak  # test_interruption sends both signals to a run to one account by default
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_run_in_order_and_the_next_completes_it(workspace, slow, ledger, sent):
    workspace.write("routes.csv", ROUTES)
    flags = ["--endpoint-url", slow.url, "--ledger", ledger, "--routes", "routes.csv"]
    run = workspace.start("run", export(workspace, 600), *flags)
    workspace.wait_until(lambda: slow.counts().mails >= 200)

    os.killpg(run.pid, sent)
    stopped = finish(run)
    left = fates(workspace)
    again = workspace.onboard("run", "people.csv", *flags)

    assert stopped.code == 128 + sent
    assert stopped.messages[-1] == "onboard: Stopped by a signal; resume the run to send the rest."
    assert left.keys() == {"invited", "deferred"}
    assert left.total() == 600
    assert again.code == 0, again.err
    assert slow.times_mailed() == {1: 600}


@pytest.mark.soak  # the parts go where test_s3.py sends whole reports
def test_report_goes_to_s3(workspace, there):
    workspace.write("routes.csv", ROUTES)
    with serve_s3() as client:
        bucket = new_bucket(client)
        aws = {"AWS_ENDPOINT_URL_S3": client.meta.endpoint_url}

        done = workspace.onboard(
            "run",
            export(workspace, 9),
            *there,
            "--routes",
            "routes.csv",
            "--one-file",
            "--out",
            bucket.uri,
            **aws,
        )

        assert done.code == 0, done.err
        names = sorted(key.partition("/")[2] for key in bucket.list())
    assert [name for name in names if not name.startswith(("report", "summary/"))] == [
        "manifest.json",
        "reconciliation.csv",
        *(f"reconciliation/part-{number:05}.csv" for number in range(4)),
        "summary.json",
    ]


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (
            ["--one-file"],
            "--one-file is for runs to many accounts; drop it.",
        ),
        (
            ["--account-column", "x", "--sandbox"],
            (
                "--sandbox rehearses runs to one account; for many start onboard sandbox, name it with --endpoint-url,"
                " and call the accounts sandbox-team-…."
            ),
        ),
        (
            ["--account-column", "x", "--engine", "dask", "--scheduler", "tls://scheduler.example.com:8786"],
            "the workers of --scheduler share a ledger on PostgreSQL; name one with --ledger postgresql://HOST/NAME.",
        ),
        (
            ["--account-column", "x", "--routes", "y"],
            "--account-column and --routes both say where people go; drop one of them.",
        ),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(workspace, flags, line):
    done = workspace.onboard("run", export(workspace, 3), *flags)

    assert done.code == 2
    assert done.messages == [f"onboard: {line}"]


@pytest.fixture
def findings(workspace, there):
    """Return what tells the findings of ``onboard check``, by what was looked at."""
    flags = [*there, "--json"]

    def examine(*more):
        done = workspace.onboard("check", *flags, *more)
        return done.code, {one["check"]: (one["status"], one["message"]) for one in json.loads(done.out)["findings"]}

    return examine


def test_check_asks_about_each_account_of_the_table(workspace, findings):
    workspace.write("routes.csv", ROUTES)
    everybody = export(workspace, 3)

    code, found = findings(everybody, "--routes", "routes.csv")

    assert code == 0
    assert found["configuration"][0] == "ok"
    assert found["routes"] == ("ok", "3 routes to 3 accounts, by Country")
    assert found["account"] == ("ok", "3 accounts take invites")
    assert found["lock"] == ("ok", "free")
    assert found["exports"] == ("ok", "1 file, each with a column of addresses")


def test_check_tells_the_account_that_takes_nobody_and_the_column_that_is_not_there(workspace, findings):
    workspace.write("routes.csv", f"Land,Account\nDE,{TEAM_ACCOUNT}-de\nFR,nowhere\n")
    everybody = export(workspace, 3)

    code, found = findings(everybody, "--routes", "routes.csv")

    assert code == 4
    assert found["account"][0] == "bad"
    assert found["account"][1].startswith("nowhere: The service answered 404")
    assert found["exports"][1].startswith('people.csv: no column "Land"')


def test_check_tells_a_table_that_cannot_be_followed(workspace, findings):
    workspace.write("routes.csv", "Country,Account\nDE,\n")

    code, found = findings(export(workspace, 3), "--routes", "routes.csv")

    assert code == 4
    assert found["routes"] == ("bad", "routes.csv: row 2: no account")
    assert found["account"] == ("skipped", "because the table of routes cannot be read")


def test_check_says_whether_the_scheduler_has_workers_with_this_code(findings, new_database, scheduler):
    flags = ["--routes", "routes.csv", "--engine", "dask", "--ledger", new_database()]

    _, found = findings(*flags, "--scheduler", scheduler)
    _, missing = findings(*flags, "--scheduler", "tcp://127.0.0.1:9")

    assert found["scheduler"][0] == "ok"
    assert found["scheduler"][1].startswith("its workers have 2 threads")
    assert missing["scheduler"][0] == "bad"
    assert "no Dask scheduler answers" in missing["scheduler"][1]


def test_check_leaves_accounts_alone_that_the_exports_name(workspace, findings):
    code, found = findings(export(workspace, 3), "--account-column", "Country")

    assert code == 0
    assert found["account"] == ("skipped", "because the exports name them")


def test_one_account_s_run_is_resumed_with_the_settings_of_all(workspace, there):
    """Who has the routes in a file of settings need not take them out for that."""
    workspace.write("routes.csv", ROUTES)
    account = f"{TEAM_ACCOUNT}-de"
    flags = [*there, "--account-id", account]
    told = {"ONBOARD_ROUTES": "routes.csv"}

    resumed = workspace.onboard("resume", *flags, **told)
    refused = workspace.onboard("run", export(workspace, 3), *flags, **told)

    assert resumed.messages == [f"onboard: No run to chime {account} was interrupted; nothing to resume."]
    assert refused.messages == [
        "onboard: --account-id is for a run to one account; drop it, or --account-column or --routes."
    ]
    assert refused.code == 2


def test_export_without_the_column_is_refused_and_the_night_is_on_record(workspace, there):
    done = workspace.onboard("run", export(workspace, 3), *there, "--account-column", "Chime account")

    assert done.code == 4
    (night,) = json.loads(workspace.onboard("runs", *there, "--json").out)["runs"]
    assert (night["scope"]["account"], night["command"], night["exit_code"]) == ("", "run", 4)
    assert done.messages[0].startswith(
        'onboard: people.csv: no column "Chime account" (--account-column, --routes or --security-group-column);'
        " the columns"
    )


def test_people_whom_a_run_to_one_of_the_accounts_invited_stay_there(workspace, sandbox, there):
    """No run to many accounts has sent yet, so only the present rows say that this account is one of them."""
    workspace.write("first.csv", "Work Email\nana@example.com\n")
    flags = ["--account-id", f"{TEAM_ACCOUNT}-de", "--settle-seconds", "0"]
    assert workspace.onboard("run", "first.csv", *there, *flags).code == 0
    rows = [f"ana@example.com,{TEAM_ACCOUNT}-fr", f"bo@example.com,{TEAM_ACCOUNT}-de"]
    workspace.write("people.csv", "\n".join(["Work Email,Account", *rows]))

    done = workspace.onboard("run", "people.csv", *there, "--account-column", "Account", "--settle-seconds", "0")

    assert done.code == 0, done.err
    found = {line["email"]: line["reason"] for lines in parts(workspace).values() for line in lines}
    assert found == {"ana@example.com": "other_account", "bo@example.com": ""}
    assert sandbox.times_mailed() == {1: 2}


@pytest.mark.soak
def test_hr_answers_about_rows_of_all_accounts(workspace, sandbox, there):
    """The workbook lacks the column that routes rows, so the row of the export says which account is meant."""
    workspace.write("routes.csv", ROUTES)
    people = workspace.write(
        "people.csv",
        "Employee ID,Name,Work Email,Country\n1,Ana,ana@gmial.com,DE\n2,Bo,bo@example.com,DE\n3,Cy,cy at x,FR\n",
    )
    workspace.onboard("run", people, *there, "--routes", "routes.csv", "--handoff")
    asked = workspace.runs()[-1] / "handoff.xlsx"
    command = workspace.summary()["hr_command"]
    book = openpyxl.load_workbook(asked)
    wanted = next(row for row in book["Needs you"].iter_rows(min_row=2) if row[0].value == "1")
    wanted[5].value = "address is right"
    book.save(asked)

    assert f" people.csv {asked.relative_to(workspace.folder)} " in command
    done = finish(workspace.start_command(["sh", "-c", command]))
    found = parts(workspace)
    again = workspace.onboard("run", people, *there, "--routes", "routes.csv")

    assert (done.code, again.code) == (0, 0), done.err + again.err
    ana, bo = found["part-00001.csv"]
    assert (ana["disposition"], ana["reason"], bo["disposition"]) == ("invited", "answered", "already")
    of_workbook = sorted((line["disposition"], line["duplicate_of"]) for line in found["part-00000.csv"])
    assert of_workbook == [("duplicate", "people.csv#2"), ("duplicate", "people.csv#4")]
    assert parts(workspace)["part-00001.csv"][0]["reason"] == "invited_earlier"
    assert sandbox.times_mailed() == {1: 2}
