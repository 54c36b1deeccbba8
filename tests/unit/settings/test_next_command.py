"""Each end of a run that needs a person has one command."""

from dataclasses import replace

import pytest

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import (
    ConfigurationError,
    DestinationClosed,
    ExitCode,
    HoldLost,
    InputRefused,
    Interrupted,
    NothingToResume,
    ReportNotWritten,
    RunToBeginAgain,
    SeveralInterrupted,
)
from onboarding.settings.invocation import Invocation
from onboarding.settings.next_command import (
    RunEnd,
    command_after,
    command_after_error,
    command_for_hr,
    origin_of,
    with_pipe_step,
)

STARTED = Invocation(arguments=("p.csv",), options={"sandbox": ("--sandbox",)})
PLANNED = replace(STARTED, command="plan")
OF_A_FILE = Invocation(options={"config": ("--config", "n.toml")})
AGAIN = "onboard run p.csv --sandbox"
RESUME = "onboard resume R1 --sandbox"


@pytest.mark.parametrize(
    ("exit_code", "counts", "command"),
    [
        (ExitCode.SETTLED, {Disposition.INVITED: 3, Disposition.HELD: 2}, ""),
        (ExitCode.SETTLED, {Disposition.DEFERRED: 3}, RESUME),
        (ExitCode.PARTIAL, {Disposition.FAILED: 1}, AGAIN),
        (ExitCode.PARTIAL, {Disposition.FAILED: 1, Disposition.DEFERRED: 1}, RESUME),
        (ExitCode.IN_DOUBT, {Disposition.IN_DOUBT: 1}, RESUME),
        (ExitCode.CLOSED, {Disposition.DEFERRED: 1}, RESUME),
        (ExitCode.STOPPED, {Disposition.DEFERRED: 1}, RESUME),
        (ExitCode.INTERRUPTED, {Disposition.DEFERRED: 1}, RESUME),
        (ExitCode.INPUT_REFUSED, {Disposition.REJECTED: 1}, AGAIN),
    ],
)
def test_end_of_a_run_has_its_command(exit_code, counts, command):
    assert command_after(RunEnd(run_id="R1", command="run", exit_code=exit_code, counts=counts), STARTED) == command


def test_stopped_run_is_confirmed_and_never_resumed():
    counts = {Disposition.DEFERRED: 27}
    end = RunEnd(run_id="R1", command="run", exit_code=5, counts=counts, remedy_flags=("--confirm", "27"))

    assert command_after(end, STARTED) == f"{AGAIN} --confirm 27"


def test_run_to_many_accounts_is_run_again():
    end = RunEnd(run_id="R1", command="run", exit_code=8, counts={Disposition.DEFERRED: 1}, can_be_resumed=False)

    assert command_after(end, STARTED) == AGAIN


@pytest.mark.parametrize(
    ("planned", "saved", "is_confirmed", "command"),
    [
        (5, "f.plan", False, "onboard apply f.plan --sandbox"),
        (5, "f.plan", True, "onboard apply f.plan --sandbox"),
        (5, "", False, AGAIN),
        (5, "", True, f"{AGAIN} --confirm 5"),
        (0, "f.plan", False, ""),
    ],
)
def test_plan_is_followed_by_what_sends_it(planned, saved, is_confirmed, command):
    """A saved plan knows that its number was confirmed."""
    end = RunEnd(run_id="R1", command="plan", exit_code=0, planned=planned, saved=saved, is_confirmed=is_confirmed)

    assert command_after(end, PLANNED) == command


def test_plan_that_finds_people_in_doubt_is_followed_by_resume_of_the_run_that_left_them():
    end = RunEnd(run_id="R1", command="plan", exit_code=ExitCode.IN_DOUBT, counts={Disposition.IN_DOUBT: 2}, planned=9)

    assert command_after(end, PLANNED) == "onboard resume --sandbox"


@pytest.mark.parametrize("saved", ["", "f.plan"])
def test_stopped_plan_is_followed_by_the_plan_with_the_number_to_confirm(saved):
    flags = ("--no-hold", "new_domain", "--confirm", "5")
    end = RunEnd(run_id="R1", command="plan", exit_code=5, planned=4, saved=saved, remedy_flags=flags)

    assert command_after(end, PLANNED) == f"onboard plan p.csv --sandbox {' '.join(flags)}"


def test_report_that_could_not_be_written_is_written_again():
    end = RunEnd(run_id="R1", command="run", exit_code=1, lacks_a_report=True)

    assert command_after(end, STARTED) == "onboard report R1 --sandbox"


def to_begin_again(command, **settings):
    return RunToBeginAgain(
        "x", run_id="R1", command=command, settings={"exports": ["s.csv"], "max_invites": 9, **settings}
    )


def of_run(error):
    error.run_id = "R1"
    return error


@pytest.mark.parametrize(
    ("error", "command"),
    [
        (InputRefused("x"), AGAIN),
        (InputRefused("the plan is missing", plan_settings={}), ""),
        (DestinationClosed("x"), AGAIN),
        (KeyboardInterrupt(), AGAIN),
        (RuntimeError("a bug"), AGAIN),
        (NothingToResume("x"), ""),
        (ConfigurationError("x"), ""),
        (ConfigurationError("x", remedy_flags=("--rate", "1")), f"{AGAIN} --rate 1"),
        (of_run(HoldLost("x")), RESUME),
        (of_run(SeveralInterrupted("x")), RESUME),
        (to_begin_again("run"), "onboard run s.csv --sandbox --max-invites 9"),
        (to_begin_again("apply", save="f.plan"), "onboard apply f.plan --sandbox"),
        (to_begin_again("apply"), ""),
        (of_run(ReportNotWritten("x")), "onboard report R1 --sandbox"),
    ],
)
def test_error_has_its_command(error, command):
    assert command_after_error(error, STARTED) == command


def test_wrong_file_of_settings_has_the_same_command_for_when_it_is_right():
    """After a mistake on the command line, another command line must be typed."""
    assert command_after_error(ConfigurationError("x"), OF_A_FILE) == OF_A_FILE.again()


def test_resume_without_an_account_has_no_command_since_a_rehearsal_resumes_nothing():
    error = ConfigurationError("Name the account.", remedy_flags=("--sandbox",))

    assert not command_after_error(error, Invocation(command="resume"))
    assert command_after_error(error, Invocation(command="resume", options=OF_A_FILE.options)).endswith("n.toml")


def test_job_that_lacks_its_plan_makes_it():
    job = Invocation(options={"config": ("--config", "m.toml")}, job=("python", "m.py", "m.toml"), is_whole_job=True)

    assert command_after_error(InputRefused("x", plan_settings={}), job) == "python m.py m.toml"
    assert command_after_error(InputRefused("x"), job) == "python m.py m.toml"


@pytest.mark.parametrize(
    ("command", "exit_code", "workbook", "expected"),
    [
        ("run", 0, "", "onboard report R1 --sandbox --handoff"),
        ("run", 0, "out/R1/handoff.xlsx", "onboard run out/R1/handoff.xlsx --sandbox"),
        ("run", 3, "", "onboard report R1 --sandbox --handoff"),
        ("run", 5, "", ""),
        ("run", 4, "out/R1/handoff.xlsx", ""),
        ("plan", 0, "", "onboard plan p.csv --sandbox --handoff"),
    ],
)
def test_rows_to_correct_have_a_command_for_hr(command, exit_code, workbook, expected):
    end = RunEnd(run_id="R1", command=command, exit_code=exit_code, counts={Disposition.HELD: 2})

    assert command_for_hr(end, STARTED, workbook=workbook) == expected


def test_run_without_rows_to_correct_has_no_command_for_hr():
    end = RunEnd(run_id="R1", command="run", exit_code=0, counts={Disposition.INVITED: 2})

    assert command_for_hr(end, STARTED, workbook="out/R1/handoff.xlsx") == ""


@pytest.mark.parametrize("workbook", ["", "out/R1/handoff.xlsx"])
def test_run_without_new_rows_has_no_command_for_hr(workbook):
    end = RunEnd(run_id="R1", command="run", exit_code=0, counts={Disposition.HELD: 2}, has_news=False)

    assert command_for_hr(end, STARTED, workbook=workbook) == ""


@pytest.mark.parametrize(("left", "expected"), [(0, "onboard run handoff.xlsx --config m.toml"), (3, "")])
def test_answers_are_read_after_the_last_wave_of_a_job(left, expected):
    """A run in between would be the latest run, and the job would not find its own."""
    job = Invocation(options={"config": ("--config", "m.toml")}, job=("python", "m.py", "m.toml"), is_whole_job=True)
    end = RunEnd(run_id="R1", command="resume", exit_code=0, counts={Disposition.HELD: 2, Disposition.DEFERRED: left})

    assert command_for_hr(end, job, workbook="handoff.xlsx") == expected


def test_answers_are_read_with_the_settings_of_the_run_that_was_resumed():
    end = RunEnd(
        run_id="R1",
        command="resume",
        exit_code=0,
        counts={Disposition.HELD: 2},
        settings={"allow_domain": ["example.com"], "exports": ["p.csv"]},
    )

    found = command_for_hr(end, Invocation(command="resume", arguments=("R1",)), workbook="handoff.xlsx")

    assert found == "onboard run handoff.xlsx --allow-domain example.com"


def test_answers_about_many_accounts_are_read_with_the_exports():
    """The exports say to which account each person goes. The workbook lacks that column."""
    counts = {Disposition.HELD: 2}
    end = RunEnd(run_id="R1", command="run", exit_code=0, counts=counts, exports=("a.csv", "b.csv"))
    started = Invocation(arguments=("*.csv",), options={"routes": ("--routes", "r.csv")})

    found = command_for_hr(end, started, workbook="out/R1/handoff.xlsx")

    assert found == "onboard run a.csv b.csv out/R1/handoff.xlsx --routes r.csv"


PLACE = {"destination": "wickr", "network_id": "10203040", "region": "eu-west-2", "sandbox": True}


def test_interrupted_plan_is_resumed_where_the_plan_went():
    """The operator named the plan only, and what is typed stays."""
    counts = {Disposition.DEFERRED: 1}
    end = RunEnd(run_id="R1", command="apply", exit_code=130, counts=counts, settings={**PLACE, "roster": "partial"})
    started = Invocation(command="apply", arguments=("f.plan",), options={"region": ("--region", "us-east-1")})

    command = command_after(end, started)

    assert command == "onboard resume R1 --region us-east-1 --destination wickr --network-id 10203040 --sandbox"


def test_report_that_is_missing_is_written_again_from_the_ledger_of_the_plan():
    end = RunEnd(run_id="R1", command="apply", exit_code=1, settings=PLACE, lacks_a_report=True)

    assert command_after(end, Invocation(command="apply")) == "onboard report R1 --sandbox --region eu-west-2"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("", "Pipe the same export into this command:"),
        ("When the other run has ended:", "When the other run has ended, pipe the same export into this command:"),
        ("Mend it. Then:", "Mend it. Then pipe the same export into this command:"),
        ("When it is right, run again:", "When it is right, pipe the same export into this command:"),
        ("Look at 3 rows.", "Look at 3 rows. Pipe the same export into this command:"),
    ],
)
def test_step_before_a_command_for_a_pipe_is_one_sentence(step, words):
    assert with_pipe_step(step, "onboard run -") == words
    assert with_pipe_step(step, "onboard run people.csv") == step


@pytest.mark.parametrize(
    ("command", "settings", "expected"),
    [
        ("run", {"exports": ["a.csv"], "nightly": "/etc/n.toml"}, "onboard nightly /etc/n.toml"),
        ("run", {"exports": ["a.csv"]}, "onboard run a.csv --sandbox"),
        ("apply", {"exports": ["a.csv"], "plan": "/srv/x.plan"}, "onboard apply /srv/x.plan --sandbox"),
        ("apply", {"exports": ["a.csv"]}, ""),
    ],
)
def test_run_that_sent_nothing_begins_again_as_it_was_started(command, settings, expected):
    error = RunToBeginAgain("x", run_id="R1", command=command, settings=settings)

    assert command_after_error(error, replace(STARTED, command="resume", arguments=())) == expected


def test_origin_of_a_run_is_its_nightly_job_or_its_plan():
    night = Invocation(job=("onboard", "nightly", "/etc/n.toml"))

    assert origin_of(night) == {"nightly": "/etc/n.toml"}
    assert origin_of(replace(night, is_whole_job=True)) == origin_of(STARTED) == origin_of(None) == {}
    assert origin_of(None, plan="/srv/x.plan") == {"plan": "/srv/x.plan"}


def test_run_that_a_signal_stopped_before_it_sent_keeps_what_was_confirmed():
    started = replace(STARTED, options={**STARTED.options, "confirm": ("--confirm", "200")})

    command = command_after_error(Interrupted(ExitCode.INTERRUPTED), started)

    assert command == "onboard run p.csv --sandbox --confirm 200"
