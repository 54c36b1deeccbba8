"""Each end that needs a person prints one command. Pasted into a shell where the run was started, it does its work.

The page, ``summary.json`` and the notice show the same command.
"""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from terminals import terminal
from workspace import Finished, account_flags, finish

from onboarding.cli.output import print_command, print_message
from onboarding.sandbox import Fault, FaultKind, Refusal

JOBS = Path(__file__).parent.parent.parent / "jobs"


@pytest.fixture
def there(sandbox, receiver):
    """Return the flags of runs to the sandbox with a webhook."""
    return [*account_flags(sandbox), "--notify", f"{receiver.url}/hook"]


@pytest.fixture
def settings(workspace, sandbox, receiver):
    """Write a file of settings into a folder whose name needs quotes, with an export beside it."""
    (workspace.folder / "it's set up").mkdir()
    workspace.export(3, "it's set up/new people.csv")

    def write(name, *lines):
        there = [f'endpoint_url = "{sandbox.url}"', f'notify = ["{receiver.url}/hook"]', 'exports = ["new people.csv"]']
        return workspace.write(f"it's set up/{name}", "\n".join(['account_id = "sandbox-team"', *there, *lines]) + "\n")

    return write


def paste(workspace, command: str) -> Finished:
    """Run a command with a shell, in the folder and environment in which the run was started."""
    return finish(workspace.start_command(["bash", "-c", command]))


def paste_here(workspace, command: str) -> Finished:
    """Run a command in this process, which is faster. A shell takes it apart."""
    change, _, program = command.rpartition(" && ")
    split = f"{change} && printf '%s\\0' {program}"
    words = subprocess.run(["bash", "-c", split], capture_output=True, check=True, text=True).stdout.split("\0")[:-1]
    assert words[0] == sys.executable
    assert words[1:3] == ["-m", "onboarding"]
    return workspace.onboard(*words[3:])


def is_the_same_everywhere(workspace, receiver, done) -> bool:
    """Return whether the summary, the page and the last notice show the command that the screen shows."""
    summary = workspace.summary()
    page = (workspace.runs()[-1] / "report.html").read_text(encoding="utf-8")
    notice = json.loads([body for path, body in receiver.got if path == "/hook"][-1])
    assert done.command
    assert summary["next_command"] == done.command
    assert notice["next_command"] == done.command
    assert done.command in notice["text"].splitlines()
    return _as_html(done.command) in page


def _as_html(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace("'", "&#39;")
    )


def test_guard_is_followed_by_the_number_to_confirm(workspace, there, sandbox, receiver):
    name = workspace.export(3, "it's new & (big) $HOME.csv")
    stopped = workspace.onboard("run", name, *there, "--max-invites", "2")

    assert stopped.code == 5
    assert is_the_same_everywhere(workspace, receiver, stopped)
    assert "will be" not in (stopped.err + receiver.got[-1][1].decode())
    assert paste(workspace, stopped.command).code == 0
    assert sandbox.counts().addresses_mailed == 3


def test_doubt_is_followed_by_the_run_to_resume(workspace, there, sandbox, receiver):
    """The answer is lost, and the service does not show who is there."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_RESET, "InviteUsers"))
    sandbox.faults.add(Fault(FaultKind.ERROR, "ListUsers", after=1, count=1000, error="ForbiddenException"))
    in_doubt = workspace.onboard("run", workspace.export(3), *there)
    sandbox.faults.clear()

    assert in_doubt.code == 6
    assert is_the_same_everywhere(workspace, receiver, in_doubt)
    assert paste_here(workspace, in_doubt.command).code == 0
    assert sandbox.counts().addresses_mailed == 3


def test_plan_that_finds_people_in_doubt_is_followed_by_what_settles_them(workspace, there, sandbox, receiver):
    """An earlier run has left them. A plan has nothing to resume itself."""
    sandbox.faults.add(Fault(FaultKind.RESET, "InviteUsers"))
    people = workspace.export(3)
    assert workspace.onboard("run", people, *there, "--resend-unconfirmed", "never").code == 6
    sandbox.faults.clear()
    planned = workspace.onboard("plan", people, *there)

    assert planned.code == 6
    assert is_the_same_everywhere(workspace, receiver, planned)
    assert paste_here(workspace, planned.command).code == 0
    assert sandbox.counts().addresses_mailed == 3


def test_plan_is_followed_by_what_sends_it(workspace, there, sandbox, receiver):
    planned = workspace.onboard("plan", workspace.export(3), *there, "--save", "for friday.plan")

    assert planned.code == 0
    assert is_the_same_everywhere(workspace, receiver, planned)
    assert paste_here(workspace, planned.command).code == 0
    assert sandbox.counts().addresses_mailed == 3


@pytest.mark.parametrize("flags", [[], ["--save", "x.plan"]], ids=["", "saved"])
def test_plan_that_a_guard_stops_is_planned_with_its_number_before_it_is_sent(workspace, there, sandbox, flags):
    """No line that a stopped plan prints mails people."""
    stopped = workspace.onboard("plan", workspace.export(3), *there, *flags, "--max-invites", "1")

    planned = paste_here(workspace, stopped.command)
    assert sandbox.counts().addresses_mailed == 0
    sent = paste_here(workspace, planned.command)

    assert [stopped.code, planned.code, sent.code] == [5, 0, 0], sent.err
    assert sandbox.counts().addresses_mailed == 3


def test_plan_that_was_not_saved_is_followed_by_the_run(workspace, there, sandbox):
    planned = workspace.onboard("plan", workspace.export(3), *there)

    assert paste_here(workspace, planned.command).code == 0
    assert sandbox.counts().addresses_mailed == 3


def test_migration_is_approved_and_goes_on_wave_after_wave(workspace, settings, sandbox, receiver):
    done = workspace.onboard("migrate", settings("m.toml", "wave = 2"))
    approval = done.command
    assert is_the_same_everywhere(workspace, receiver, done)

    done = paste_here(workspace, approval)
    assert is_the_same_everywhere(workspace, receiver, done)
    last = paste_here(workspace, done.command)

    assert "--confirm 3" in approval
    assert (last.code, last.command) == (0, "")
    assert sandbox.counts().addresses_mailed == 3


@pytest.mark.soak
def test_night_that_a_guard_stopped_is_confirmed_from_anywhere(workspace, settings, sandbox, receiver):
    """Cron starts the job in another folder than that of the settings."""
    config = workspace.folder / settings("n.toml", "max_invites = 2", 'out = "onboarding-reports"')
    elsewhere = workspace.folder / "elsewhere"
    elsewhere.mkdir()
    job = [sys.executable, str(JOBS / "nightly.py"), str(config)]

    stopped = finish(workspace.start_command(["bash", "-c", f"cd elsewhere && {shlex.join(job)}"]))
    done = paste(workspace, stopped.command)

    assert stopped.code == 5
    assert json.loads(receiver.got[-1][1])["report"].startswith(str(config.parent / "onboarding-reports"))
    assert (done.code, done.command) == (0, "")
    assert len(list((config.parent / "onboarding-reports").iterdir())) == 2
    assert sandbox.counts().addresses_mailed == 3


def test_refused_addresses_are_tried_again(workspace, there, sandbox, receiver):
    sandbox.refuse("person1@example.com", Refusal.ENTRY)
    partial = workspace.onboard("run", workspace.export(3), *there)
    sandbox.refuse("person1@example.com", None)

    assert partial.code == 3
    assert is_the_same_everywhere(workspace, receiver, partial)
    assert paste_here(workspace, partial.command).code == 0
    assert sandbox.counts().addresses_mailed == 3


def test_run_that_ended_early_is_finished(workspace, there, sandbox):
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", count=1, error="ForbiddenException"))
    ended = workspace.onboard("run", workspace.export(3), *there)

    assert ended.code == 7
    assert " resume " in ended.command
    assert ended.first_step.startswith("Mend what the message names")
    assert paste_here(workspace, ended.command).code == 0
    assert sandbox.counts().addresses_mailed == 3


def test_run_that_could_not_ask_is_repeated(workspace, there, sandbox):
    sandbox.faults.add(Fault(FaultKind.ERROR, "ListUsers", count=1000, error="ForbiddenException"))
    closed = workspace.onboard("run", workspace.export(3), *there)
    sandbox.faults.clear()

    assert closed.code == 7
    assert paste_here(workspace, closed.command).code == 0
    assert sandbox.counts().addresses_mailed == 3


def test_changed_plan_is_made_again(workspace, there, sandbox):
    """With the exports and the settings of the plan."""
    people = workspace.export(3)
    workspace.onboard("plan", people, *there, "--save", "x.plan", "--allow-domain", "example.com")
    workspace.export(4)
    refused = workspace.onboard("apply", "x.plan", *there)

    planned = paste_here(workspace, refused.command)

    assert refused.code == 4
    assert planned.code == 0
    assert paste_here(workspace, planned.command).code == 0
    assert sandbox.counts().addresses_mailed == 4


def test_addresses_that_a_resumed_run_has_not_invited_are_tried_by_a_new_run(workspace, there, sandbox):
    """With the exports of the resumed run."""
    sandbox.refuse("person1@example.com", Refusal.ENTRY)
    first = workspace.onboard("run", workspace.export(3), *there, "--wave", "1")
    resumed = workspace.onboard("resume", *there, "--wave", "5")
    sandbox.refuse("person1@example.com", None)

    assert (first.code, resumed.code) == (0, 3)
    assert " run people.csv " in resumed.command
    assert paste_here(workspace, resumed.command).code == 0
    assert sandbox.counts().addresses_mailed == 3


def test_run_without_an_account_is_followed_by_a_rehearsal(workspace):
    refused = workspace.onboard("run", workspace.export(3))

    assert refused.code == 2
    assert paste_here(workspace, refused.command).code == 0


def test_wrong_file_of_settings_is_followed_by_the_same_command_for_when_it_is_right(workspace, settings):
    refused = workspace.onboard("nightly", settings("n.toml", 'rate = "fast"'))

    assert refused.code == 2
    assert "rate" in refused.messages[0]
    assert refused.first_step == "When the setting that the message names is right, run again:"
    settings("n.toml")
    assert paste_here(workspace, refused.command).code == 0


def test_refused_export_is_followed_by_the_same_command_for_when_it_is_right(workspace, settings, receiver):
    config = settings("n.toml")
    (workspace.folder / "it's set up" / "new people.csv").write_bytes(b"nothing\n")

    refused = workspace.onboard("nightly", config)

    assert refused.code == 4
    assert refused.first_step.startswith("When the export, plan or setting")
    told = json.loads(receiver.got[-1][1])
    assert told["next_command"] == refused.command
    (workspace.folder / "it's set up" / "new people.csv").unlink()
    workspace.export(3, "it's set up/new people.csv")
    assert paste_here(workspace, refused.command).code == 0
    assert (
        "What to do: Nothing was sent. Correct the export, or the setting that says how to read it, then run again."
        in told["text"]
    )


def test_rows_to_correct_go_to_hr_and_come_back_by_the_commands_for_that(workspace, there, sandbox):
    """The first command makes the workbook, and the second reads the answers with the settings of the run."""
    name = workspace.write("people.csv", "Employee ID,Name,Work Email\n1,Ana,ana@example.com\n2,Bo,bo at example.com\n")
    workspace.onboard("run", name, *there, "--allow-domain", "example.com")
    made = paste_here(workspace, workspace.summary()["hr_command"])
    back = workspace.summary()
    book = openpyxl.load_workbook(workspace.folder / back["hr_file"])
    heading = [cell.value for cell in book["Needs you"][1]]
    book["Needs you"].cell(2, heading.index("Corrected address") + 1, "bo@example.com")
    book.save(workspace.folder / back["hr_file"])
    read = paste_here(workspace, back["hr_command"])

    assert (made.code, read.code) == (0, 0), read.err
    assert "--allow-domain example.com" in back["hr_command"]
    assert sandbox.counts().addresses_mailed == 2


def test_run_that_went_well_suggests_nothing(workspace, there, receiver):
    done = workspace.onboard("run", workspace.export(3), *there)

    assert (done.code, done.command, done.messages) == (0, "", [])
    assert json.loads(receiver.got[-1][1])["next_command"] is None


def test_secret_of_the_command_line_is_in_no_command(workspace, there):
    done = workspace.onboard("run", workspace.export(3), *there, "--max-invites", "1")

    assert "/hook" not in done.command


def test_hint_about_a_wrong_option_names_the_program_as_it_was_called(workspace):
    refused = finish(workspace.start("run", "--no-such-option"))

    helped = paste(workspace, refused.more)

    assert (refused.code, helped.code) == (2, 0)
    assert "--account-id" in helped.out


def test_message_breaks_between_words_at_a_terminal_and_the_command_stays_whole():
    with terminal(columns=80) as read:
        print_message("word " * 40)
        print_command("onboard run " + "x" * 100)
        lines = read().replace("\r", "").splitlines()

    assert all(len(line) <= 80 for line in lines[:-1])
    assert lines[-1] == "    onboard run " + "x" * 100


def test_run_of_which_the_rules_leave_nobody_has_nothing_to_finish(workspace):
    workspace.write("staff.csv", "Name,Email,Team\nAna,ana@example.com,IT\n")

    refused = workspace.onboard("run", "staff.csv", "--sandbox", "--only", "Team=Sales")

    assert refused.code == 4
    assert " resume " not in workspace.onboard("runs", "--sandbox").out
