"""The main job from end to end: exports in, people invited, every row accounted for."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from workspace import account_flags, finish

from onboarding.model.dispositions import Disposition
from onboarding.sandbox import Refusal, Sandbox


@pytest.mark.parametrize("name", ["plan", "first", "second"])
def test_summary_adds_up(rehearsal, name):
    """Rows read are the sum over dispositions, in total and by source, and the lines of the report."""
    run = rehearsal[name]

    by_source = run.summary["counts_by_source"]
    assert run.done.code == 0
    assert json.loads(run.done.out) == run.summary
    assert sum(run.counts.values()) == run.summary["rows_read"] == len(run.lines)
    assert Counter(line["disposition"] for line in run.lines) == run.counts
    assert Counter(line["source"] for line in run.lines) == {name: sum(of.values()) for name, of in by_source.items()}


def test_sandbox_agrees_with_the_summary(rehearsal):
    """By its own count, as many addresses were mailed as the run says it invited."""
    first = rehearsal["first"]

    assert first.summary["rehearsal"]["addresses_mailed"] == first.counts["invited"] > 300
    assert first.summary["rehearsal"]["addresses_mailed_more_than_once"] == 0


def test_report_has_every_row_once_in_the_order_of_the_input(rehearsal):
    """Each with one disposition of the contract."""
    first = rehearsal["first"]

    places = [(line["source"], line["sheet"], int(line["row"])) for line in first.lines]
    assert list(dict.fromkeys(source for source, _, _ in places)) == [one["source"] for one in first.summary["inputs"]]
    assert all(before[2] < after[2] for before, after in pairwise(places) if before[:2] == after[:2])
    assert len(set(places)) == len(places)
    assert {line["disposition"] for line in first.lines} <= set(Disposition)


def test_nobody_at_a_private_or_a_managers_address_is_invited(rehearsal):
    """The decoys of the samples."""
    domains = {line["email"].rpartition("@")[2] for line in rehearsal["first"].of("invited")}

    assert domains & {"home.example", "managers.example", "spare.example"} == set()


def test_second_run_sends_nothing(rehearsal):
    """It meets the same account and its own memory."""
    first, second = rehearsal["first"], rehearsal["second"]

    already = second.of("already")
    assert second.summary["requests"] == 0
    assert second.summary["rehearsal"]["mails"] == first.summary["rehearsal"]["mails"]
    assert [line["email"] for line in already] == [line["email"] for line in first.of("invited")]
    assert {line["reason"] for line in already} == {"invited_earlier"}
    assert all(first.summary["run_id"] in line["detail"] for line in already)


def test_plan_sends_nothing_and_names_whom_the_run_invites(rehearsal):
    """It leaves nothing behind that would keep a run from sending."""
    plan, first = rehearsal["plan"], rehearsal["first"]

    assert plan.summary["rehearsal"]["mails"] == plan.summary["requests"] == 0
    assert plan.of("invited") == []
    assert [line["email"] for line in plan.of("planned")] == [line["email"] for line in first.of("invited")]


@pytest.mark.soak
def test_less_memory_makes_the_same_report(workspace):
    """Whatever the blocks that the input is cut into."""
    exports = workspace.export(60_000, "many.csv"), workspace.export(70_000, "more.csv")
    reports = []

    for flags in ((), ("--low-memory",)):
        assert workspace.onboard("plan", *exports, "--sandbox", *flags).code == 0
        reports.append([{**line, "run_id": "", "decided_at": ""} for line in workspace.report()])

    usual, small = reports
    assert small == usual
    assert Counter(line["disposition"] for line in usual) == {"planned": 70_000, "duplicate": 60_000}


def test_table_of_the_process_adds_up(workspace):
    """The last line is the sum of the lines above, and its last figure the sum of its others."""
    exports = [workspace.export(30, "some.csv"), workspace.export(70, "more.csv")]
    exports.append(workspace.write("bad.csv", "Name,Email\nAna,\nBo,bo at example\nCy,cy@example.com\n"))

    done = finish(workspace.fork("run", *exports, "--sandbox", "--log-level", "error", COLUMNS="120"))

    lines = [line.split() for line in done.out.splitlines()]
    *rows, total = [
        [int(cell) for cell in cells if cell.isdecimal()] for cells in lines if cells and cells[-1].isdecimal()
    ]
    assert (done.code, done.err) == (0, "")
    assert len(rows) == 3
    assert [sum(column) for column in zip(*rows, strict=True)] == total
    assert sum(total[:-1]) == total[-1] == 103


def test_service_in_another_process_is_sent_the_same(workspace):
    """``onboard sandbox`` in one terminal, ``--endpoint-url`` in another."""
    service = workspace.serve()

    done = workspace.onboard(
        "run", workspace.export(120), "--account-id", "sandbox-team", "--endpoint-url", service.url
    )

    state = service.state()
    assert done.code == 0
    assert workspace.summary()["counts"] == {"invited": 120}
    assert state["mails"] == state["addresses_mailed"] == 120
    assert workspace.summary()["rehearsal"] is None


def test_fresh_forgets_the_rehearsal(workspace):
    """Both the account and the ledger."""
    people = workspace.export(3)
    workspace.onboard("run", people, "--sandbox")

    workspace.onboard("run", people, "--sandbox", "--fresh")

    assert workspace.summary()["counts"] == {"invited": 3}
    assert workspace.summary()["rehearsal"]["mails"] == 3


def test_rehearsal_does_not_count_for_another_endpoint(workspace, sandbox):
    """People who were invited in a rehearsal are invited for real."""
    people = workspace.export(3)
    workspace.onboard("run", people, "--sandbox")

    workspace.onboard("run", people, *account_flags(sandbox))

    assert workspace.summary()["counts"] == {"invited": 3}
    assert sandbox.counts().mails == 3


@pytest.mark.soak
def test_throttled_run_invites_everybody_once(workspace):
    """40 chunks at 5 requests a second: the log shows waits, and no failure."""
    people = workspace.export(2000)
    with Sandbox(rate=5) as sandbox:
        done = workspace.onboard("run", people, *account_flags(sandbox))

        assert done.code == 0
        assert workspace.summary()["counts"] == {"invited": 2000}
        assert set(sandbox.mails().values()) == {1}
        assert sandbox.counts().addresses_mailed == 2000
    throttled = [line for line in done.logged("request.repeated") if line["error"] == "Throttled"]
    assert len(throttled) == workspace.summary()["throttled"] > 0
    assert len(done.logged("chunk.settled")) == 40
    assert {line["level"] for line in done.events} == {"info"}


def test_colleagues_of_a_refused_address_are_invited(workspace, sandbox):
    """One address that the service will not take costs nobody else their invite."""
    sandbox.refuse("person17@example.com", Refusal.REQUEST)

    workspace.onboard("run", workspace.export(60), *account_flags(sandbox))

    failed = [line for line in workspace.report() if line["disposition"] == "failed"]
    assert workspace.summary()["counts"] == {"invited": 59, "failed": 1}
    assert [(line["email"], line["row"]) for line in failed] == [("person17@example.com", "19")]
    assert "BadRequest" in failed[0]["detail"]
    assert set(sandbox.mails().values()) == {1}


def test_settings_come_from_flag_then_variable_then_file(workspace):
    """Each one wins over the next."""
    people = workspace.export(3)
    config = workspace.write("onboard.toml", f'exports = ["{people}"]\nout = "of-file"\nuser_type = "PrivateUser"\n')

    workspace.onboard("run", "--sandbox", "--out", "of-flag", "--config", config, ONBOARD_USER_TYPE="SharedDevice")

    (summary,) = (workspace.folder / "of-flag").glob("*/summary.json")
    settings = json.loads(summary.read_text())["settings"]
    exports = [str(workspace.folder / people)]  # in a file, relative to this file
    assert (settings["exports"], settings["out"], settings["user_type"]) == (exports, "of-flag", "SharedDevice")


@pytest.mark.parametrize("flags", [["--quiet"], ["--json", "--quiet"]])
def test_quiet_run_says_nothing(workspace, flags):
    """Unless --json asks for the document."""
    done = workspace.onboard("run", workspace.export(1), "--sandbox", "--log-level", "error", *flags)

    assert bool(done.out) == ("--json" in flags)
    assert done.err == ""


def test_ledger_may_be_anywhere(workspace, sandbox):
    """Then nothing needs a state folder that nobody has made."""
    people = workspace.export(3)
    flags = [*account_flags(sandbox), "--ledger", "sqlite:///kept/ledger.db"]

    workspace.onboard("run", people, *flags)
    again = workspace.onboard("run", people, *flags)

    assert again.code == 0
    assert workspace.summary()["counts"] == {"already": 3}
    assert (workspace.folder / "kept" / "ledger.db").is_file()


@pytest.mark.parametrize("flags", [(), pytest.param(("--json",), marks=pytest.mark.soak)], ids=["table", "json"])
def test_nobody_reading_the_summary_changes_nothing(workspace, flags):
    """As in ``onboard run … | head -1``."""
    run = workspace.start("run", workspace.export(5), "--sandbox", *flags)
    run.stdout.close()

    assert run.wait(timeout=60) == 0
    assert "Traceback" not in run.stderr.read()
    assert [line["disposition"] for line in workspace.report()] == ["invited"] * 5
