"""The functions for Python programs: the guide's examples in a process like a notebook's, and what they leave alone."""

import json
import os
import re
import signal
import sys
from threading import Event, Thread

import pytest
from workspace import finish

import onboarding
from onboarding.cli.guide import text_of
from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.sandbox import Sandbox
from onboarding.sandbox.simulation.traffic import SandboxSettings

CELLS = re.findall(r"^```python\n(.*?)^```$", text_of("python"), re.DOTALL | re.MULTILINE)

IN_A_THREAD = """
from threading import Thread

plans = []
thread = Thread(target=lambda: plans.append(onboarding.plan("staff.csv", sandbox=True)))
thread.start()
thread.join()
assert plans[0].exit_code == 0
"""

NOTEBOOK = """
import gc, json, logging, os, signal, sys, threading, warnings
import structlog

def state():
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    streams = sys.stdin, sys.stdout, sys.stderr, sys.excepthook, warnings.showwarning
    log = list(logging.root.handlers), logging.root.level, structlog.is_configured()
    context = structlog.contextvars.get_contextvars()
    return handlers, streams, log, context, gc.get_freeze_count(), threading.enumerate(), dict(os.environ), os.getcwd()

before, names = state(), {"__name__": "__main__"}
for cell in json.loads(sys.argv[1]):
    exec(compile(cell, "<cell>", "exec"), names)
assert state() == before
"""


@pytest.mark.soak
def test_guide_is_a_notebook_that_leaves_its_process_as_it_was(workspace, sandbox):
    """In a process of its own, whose warnings are errors: a process of tests has changed its own state long before."""
    workspace.write(
        "staff.csv", "Employee ID,Name,Work Email\n1,Ana,ana@example.com\n2,Ben,ben@example.com\n3,Eve,eve@\n"
    )
    workspace.write("onboard.toml", "sandbox = true\nmax_invites = 7\n")
    wickr = 'network_id="10203040"'
    cells = [cell.replace(wickr, f"{wickr}, locks={str(workspace.locks)!r}") for cell in CELLS]

    command = [sys.executable, "-W", "error", "-c", NOTEBOOK, json.dumps([*cells, IN_A_THREAD])]
    done = finish(workspace.start_command(command, AWS_ENDPOINT_URL_WICKR=sandbox.url))

    assert done.err == ""
    assert done.code == 0
    headline, invited, *reasons, mistake = done.out.splitlines()
    assert headline == "Rehearsal: 2 people invited, 1 row needs a person."
    assert invited.startswith(f"2 invited; the page is {workspace.folder}/onboarding-reports/")
    assert "invalid_syntax    1" in reasons
    assert mistake == "network_id: write the 8 digits of the network's id. 2"
    assert set(sandbox.mails()) == {"ana@example.com", "ben@example.com"}


def test_interrupted_call_ends_its_run_in_order_and_resume_finishes_it(workspace):
    """The service takes one chunk, and then throttles without end."""
    people = workspace.export(200)
    with Sandbox(rate=0.001, burst=4) as sandbox, workspace.entered({}):
        settings = onboarding.make_settings(
            account_id=TEAM_ACCOUNT, endpoint_url=sandbox.url, locks=workspace.locks, settle_seconds=0, concurrency=1
        )

        with interrupted_when(lambda: sandbox.counts().mails), pytest.raises(KeyboardInterrupt) as interrupted:
            onboarding.run(people, settings=settings)
        stopped = workspace.summary()
        sandbox.settings = SandboxSettings()
        finished = onboarding.resume(settings=settings)

        assert "onboarding.resume()" in interrupted.value.__notes__[0]
        assert stopped["exit_code"] == 130
        assert stopped["counts"]["deferred"] == 200 - stopped["counts"]["invited"]
        assert (finished.run_id, finished.counts) == (stopped["run_id"], {"invited": 200})
        assert set(sandbox.mails().values()) == {1}


class interrupted_when:  # noqa: N801 - reads as a statement
    """Send SIGINT to this process as soon as a condition holds, unless the block has ended before."""

    def __init__(self, holds) -> None:
        self._holds, self._ended = holds, Event()
        self._thread = Thread(target=self._interrupt)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _interrupt(self) -> None:
        while not self._ended.wait(0.01):
            if self._holds():
                os.kill(os.getpid(), signal.SIGINT)
                return


def test_call_takes_no_setting_from_a_variable_or_a_file_that_it_does_not_name(workspace):
    people = workspace.export(2)
    workspace.write("onboard.toml", "max_invites = 1")
    with workspace.entered({"ONBOARD_MAX_INVITES": "0", "ONBOARD_CONFIG": "onboard.toml"}):
        plain = onboarding.plan(people, sandbox=True)
        loaded = onboarding.plan(people, settings=onboarding.load_settings(sandbox=True, max_invites=1))

    assert (plain.exit_code, loaded.exit_code) == (onboarding.ExitCode.SETTLED, onboarding.ExitCode.GUARD)
    assert loaded.guards.invites == 2


def test_reports_are_found_after_the_program_has_changed_its_folder(workspace):
    people = workspace.export(2)
    with workspace.entered({}):
        summary = onboarding.plan(people, sandbox=True)
        os.chdir("/")

        assert len(summary.rows()) == 2


def test_monitor_and_receivers_are_told_as_on_the_command_line(workspace, receiver):
    people = workspace.export(2)
    with workspace.entered({}):
        settings = onboarding.make_settings(
            sandbox=True, ping_url=f"{receiver.url}/ping", notify=f"{receiver.url}/hook"
        )

        onboarding.run(people, settings=settings)

    assert sorted(path for path, _ in receiver.got) == ["/hook", "/ping", "/ping/start"]


def test_standard_input_stays_the_programs_own(workspace):
    with workspace.entered({}), pytest.raises(onboarding.ConfigurationError, match="only the command line reads"):
        onboarding.run("-", sandbox=True)


@pytest.mark.parametrize("call", [onboarding.run, onboarding.inspect])
def test_call_without_an_export_is_refused(workspace, call):
    with workspace.entered({}), pytest.raises(onboarding.ConfigurationError, match="no export was named"):
        call(sandbox=True)
