"""Nights on which the service cannot be asked who is there: the rows were read, so they are in a report, deferred."""

import json
import re

from workspace import account_flags

from onboarding.sandbox import Fault, FaultKind, Sandbox, SandboxSettings

THROTTLED = r"Nothing was sent: the service keeps throttling, and asks to wait 3,[56]\d\d seconds; run again after"


def dispositions(workspace) -> list[tuple[str, str]]:
    return [(line["disposition"], line["reason"]) for line in workspace.report()]


def test_night_without_an_answer_reports_all_rows_as_deferred(workspace, receiver):
    """8: on screen, page and notice. First the list of members is throttled, then the question for the account."""
    with Sandbox(rate=1 / 3600, burst=1) as sandbox:
        people = workspace.export(3)
        lines = [f'exports = "{people}"', 'account_id = "sandbox-team"', f'endpoint_url = "{sandbox.url}"']
        config = workspace.write("nightly.toml", "\n".join([*lines, f'notify = "{receiver.url}/hook"']))

        nights, pages, found = [], [], []
        for _ in range(2):
            nights.append(workspace.onboard("nightly", config))
            pages.append((workspace.runs()[-1] / "report.html").read_text(encoding="utf-8"))
            found.append(dispositions(workspace))
        sandbox.settings = SandboxSettings()
        corrected = workspace.onboard("nightly", config)
        mails = sandbox.mails()

    notices = [json.loads(body) for _, body in receiver.got]
    assert [night.code for night in (*nights, corrected)] == [8, 8, 0]
    assert found == [[("deferred", "")] * 3] * 2
    for text in (*(night.err for night in nights), *pages, *(notice["text"] for notice in notices[:2])):
        assert re.search(THROTTLED, text)
    assert [notice["counts"] for notice in notices] == [{"deferred": 3}, {"deferred": 3}, {"invited": 3}]
    assert workspace.summary()["counts"] == {"invited": 3}
    assert set(mails.values()) == {1}


def test_people_whom_the_ledger_knows_are_not_deferred(workspace, sandbox):
    """The report says that the service was not asked about them. The guards were not asked either."""
    workspace.onboard("run", workspace.export(2), *account_flags(sandbox))
    sandbox.faults.add(Fault(FaultKind.DENIED, "ListUsers"))

    done = workspace.onboard("run", workspace.export(3), *account_flags(sandbox))

    assert done.code == 7
    assert dispositions(workspace) == [("already", "invited_earlier")] * 2 + [("deferred", "")]
    assert "; the service could not be asked about the address." in workspace.report()[0]["detail"]
    assert workspace.summary()["guards"] is None


def test_domains_of_people_who_were_deferred_stay_new(workspace, sandbox):
    """Otherwise such a night would make the guard of the next night trust them."""
    workspace.onboard("run", workspace.export(2), *account_flags(sandbox))
    people = workspace.write("new.csv", "Name,Email\nAna,ana@elsewhere.example\n")
    sandbox.faults.add(Fault(FaultKind.DENIED, "ListUsers"))

    unasked = workspace.onboard("run", people, *account_flags(sandbox))
    asked = workspace.onboard("run", people, *account_flags(sandbox))

    assert unasked.code == 7
    assert "elsewhere.example" in asked.out + asked.err
    assert sandbox.counts().mails == 2


def test_night_that_could_not_ask_is_not_resumed(workspace, sandbox):
    """Since no guard has seen it. Its report can be written again."""
    people = workspace.export(3)
    sandbox.faults.add(Fault(FaultKind.DENIED, "ListUsers"))
    workspace.onboard("run", people, *account_flags(sandbox))
    run_id = workspace.runs()[-1].name

    resumed = [workspace.onboard("resume", *named, *account_flags(sandbox)) for named in ((), (run_id,))]
    written = workspace.onboard("report", run_id)

    assert [done.code for done in (*resumed, written)] == [0, 8, 0]
    assert dispositions(workspace) == [("deferred", "")] * 3
    assert sandbox.counts().mails == 0


def test_people_of_a_night_that_could_not_ask_are_carried_over(workspace, sandbox):
    """The next night's export may hold only the people who are new then."""
    one, other = (workspace.write(f"{name}.csv", f"Email\n{name}@example.com\n") for name in ("one", "other"))
    sandbox.faults.add(Fault(FaultKind.DENIED, "ListUsers"))

    nights = [workspace.onboard("run", night, *account_flags(sandbox), "--carry-over") for night in (one, other)]

    assert [done.code for done in nights] == [7, 0]
    assert sandbox.mails() == {"one@example.com": 1, "other@example.com": 1}


def test_other_commands_still_end_in_one_line(workspace):
    """A plan would say nothing, and a run to resume has a report already."""
    people = workspace.export(3)
    with Sandbox(rate=1 / 3600, burst=2) as throttling:
        first = workspace.onboard("run", people, *account_flags(throttling))
        planned = workspace.onboard("plan", people, *account_flags(throttling))
        resumed = workspace.onboard("resume", *account_flags(throttling))

    assert [done.code for done in (first, planned, resumed)] == [8, 8, 8]
    assert "the service keeps throttling" in planned.messages[0]
    assert [len(planned.messages), len(resumed.messages), len(workspace.runs())] == [1, 1, 1]
