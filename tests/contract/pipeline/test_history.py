"""Past runs are listed, checked for a success, and chosen to be resumed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ledgers import CHIME, NOW, run

from onboarding.ledger import RunHistory
from onboarding.model.errors import ConfigurationError, ExitCode, NothingToResume, RunToBeginAgain
from onboarding.model.plan import Scope
from onboarding.model.run import GuardFigures, now
from onboarding.model.sent import Wave
from onboarding.pipeline.history import list_runs, missing_success, require_run, run_to_resume
from onboarding.settings.settings import Settings

ELSEWHERE = Scope("chime", "account-2")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(ledger=f"sqlite:///{tmp_path}/ledger.db")


@pytest.fixture
def history(settings):
    """Open the run history that the settings name."""
    with RunHistory.open(settings.ledger, clock=lambda: NOW) as opened:
        yield opened


def record(
    history, run_id, exit_code, *, scope=CHIME, command="run", inputs=({"source": "staff.csv"},), counts=()
) -> None:
    """Record a run that has ended with this exit code, or has died if there is none."""
    history.begin(replace(run(run_id, scope=scope), command=command))
    if inputs is not None:
        history.record_inputs(run_id, inputs, GuardFigures())
    if exit_code is not None:
        history.end(run_id, exit_code=exit_code, counts=dict(counts))


def test_runs_of_the_named_account_are_listed(history, settings):
    record(history, "here", 0)
    record(history, "there", 0, scope=ELSEWHERE)

    assert [past.run.run_id for past in list_runs(settings)] == ["there", "here"]
    assert [past.run.run_id for past in list_runs(settings.with_values({"account_id": "account-2"}))] == ["there"]


@pytest.mark.parametrize(("exit_code", "command"), [(7, "run"), (None, "run"), (0, "plan")])
def test_run_that_did_not_go_well_is_no_success(history, settings, exit_code, command):
    record(history, "first", exit_code, command=command)

    assert str(missing_success(settings, timedelta.max)).startswith("No run to chime has gone well yet")


@pytest.mark.parametrize("exit_code", [ExitCode.SETTLED, ExitCode.PARTIAL])
def test_success_counts_for_the_given_time(history, settings, exit_code):
    record(history, "first", exit_code)
    age = now() - NOW

    assert missing_success(settings, age + timedelta(minutes=1)) is None
    assert missing_success(settings, age - timedelta(minutes=1)) == (
        "The last run to chime that went well, first, ended at 2026-03-01 08:30:00 UTC."
    )


@pytest.mark.parametrize("left", ["deferred", "in_doubt"])
def test_partial_run_that_has_left_people_out_did_not_go_well_and_is_resumed(history, settings, left):
    """Its exit code is that of the refused addresses, also where the deadline left thousands of people out."""
    record(history, "first", ExitCode.PARTIAL, counts={"invited": 1, "failed": 1, left: 1})

    assert str(missing_success(settings, now() - NOW + timedelta(minutes=1))) == (
        "No run to chime has gone well yet; the latest, first, ended with exit code 3."
    )
    assert run_to_resume(history, CHIME, run_id=None).run_id == "first"


LONG = timedelta(days=36_500)


@pytest.mark.parametrize(
    ("scope", "there"),
    [
        (Scope("chime", "account-1", "http://127.0.0.1:9"), {"endpoint_url": "http://127.0.0.1:9"}),
        (ELSEWHERE, {"account_id": "account-2"}),
        (Scope("wickr", "12345678"), {"destination": "wickr"}),
    ],
)
def test_rehearsal_elsewhere_is_no_success_of_the_nightly(history, settings, scope, there):
    """Neither at another endpoint, nor in another account, nor at another destination."""
    record(history, "elsewhere", 0, scope=scope)
    nightly = settings.with_values({"account_id": "account-1"})

    assert missing_success(nightly, LONG) == (
        "No run to chime account-1 has gone well yet; the ledger has only runs elsewhere."
    )
    assert missing_success(settings.with_values(there), LONG) is None


def test_endpoint_of_the_environment_is_that_of_the_runs(history, settings, monkeypatch):
    record(history, "rehearsal", 0, scope=Scope("chime", "account-1", "http://127.0.0.1:9"))

    monkeypatch.setenv("AWS_ENDPOINT_URL_CHIME", "http://localhost:9/")

    assert missing_success(settings, LONG) is None


def test_wave_that_was_sent_as_planned_is_a_success_and_can_be_resumed(history, settings):
    history.begin(run("first"))
    history.record_inputs("first", [], GuardFigures())
    history.end("first", exit_code=0, counts={"invited": 2, "deferred": 1}, wave=Wave(1, of=2, left=1))

    assert missing_success(settings, LONG) is None
    assert run_to_resume(history, CHIME, run_id=None).run_id == "first"


def test_success_before_a_refused_night_counts_and_the_message_names_that_night(history, settings):
    record(history, "1-good", 0)
    record(history, "2-refused", 4, inputs=None)

    assert missing_success(settings, LONG) is None
    assert str(missing_success(settings, timedelta())).endswith("; the latest, 2-refused, ended with exit code 4.")


def test_night_that_was_killed_since_the_last_success_is_named(history, settings):
    record(history, "1-good", 0)
    record(history, "2-killed", None)

    assert str(missing_success(settings, timedelta())).endswith(" UTC; the latest, 2-killed, has no end.")


def test_resumption_that_was_refused_does_not_undo_the_success_of_a_wave(history, settings):
    history.begin(run("first"))
    history.record_inputs("first", [], GuardFigures())
    history.end("first", exit_code=0, counts={"invited": 2, "deferred": 1}, wave=Wave(1, of=2, left=1))
    refused = history.begin_leg(run("first"), "resume")

    history.fail("first", leg=refused.leg, exit_code=7)

    assert missing_success(settings, LONG) is None
    assert str(missing_success(settings, timedelta())).endswith("; the latest, first, ended with exit code 7.")
    assert history.find_run("first").exit_code == 0


def test_interrupted_run_is_resumed(history):
    """A later plan, or a run to another account, does not hide it."""
    record(history, "1-first", ExitCode.SETTLED)
    record(history, "2-interrupted", ExitCode.STOPPED)
    record(history, "3-plan", ExitCode.SETTLED, command="plan")
    record(history, "4-elsewhere", ExitCode.SETTLED, scope=ELSEWHERE)

    assert run_to_resume(history, CHIME, run_id=None).run_id == "2-interrupted"


@pytest.mark.parametrize("exit_code", [2, 4, 7, 8, 11])
def test_refused_run_hides_no_interrupted_run(history, exit_code):
    record(history, "1-interrupted", ExitCode.STOPPED)
    record(history, "2-refused", exit_code, inputs=None)

    assert run_to_resume(history, CHIME, run_id=None).run_id == "1-interrupted"


@pytest.mark.parametrize(
    ("exit_code", "inputs", "message"),
    [
        (None, None, "Run first ended before it was ready to send"),
        (ExitCode.GUARD, (), "A guard stopped run first"),
    ],
)
@pytest.mark.parametrize("run_id", [None, "first"])
def test_run_that_sent_nothing_must_begin_again(history, exit_code, inputs, message, run_id):
    """Its people wait, so the exit code is that of a run that is not finished, or of the guard."""
    record(history, "first", exit_code, inputs=inputs)

    with pytest.raises(RunToBeginAgain, match=message) as raised:
        run_to_resume(history, CHIME, run_id=run_id)

    assert raised.value.exit_code == (exit_code or ExitCode.STOPPED)
    assert (raised.value.run_id, raised.value.command) == ("first", "run")


def test_settled_run_leaves_nothing_to_resume(history):
    record(history, "first", ExitCode.SETTLED)

    with pytest.raises(NothingToResume, match="No run to chime account-1 was interrupted"):
        run_to_resume(history, CHIME, run_id=None)


def test_latest_run_of_another_command_is_not_resumed(history):
    record(history, "first", ExitCode.STOPPED)

    with pytest.raises(NothingToResume):
        run_to_resume(history, CHIME, run_id=None, of_command="migrate")


def test_older_run_is_resumed_by_its_id(history):
    record(history, "1-old", ExitCode.STOPPED)
    record(history, "2-new", ExitCode.SETTLED)

    assert run_to_resume(history, CHIME, run_id="1-old").run_id == "1-old"


@pytest.mark.parametrize(
    ("scope", "exit_code", "inputs", "command", "message"),
    [
        (ELSEWHERE, ExitCode.STOPPED, (), "run", "Run first went to chime account-2; name that destination"),
        (CHIME, ExitCode.SETTLED, (), "plan", "Run first is a plan and sends nothing"),
    ],
)
def test_run_that_cannot_be_resumed_is_refused_by_its_id(history, scope, exit_code, inputs, command, message):
    record(history, "first", exit_code, scope=scope, inputs=inputs, command=command)

    with pytest.raises(ConfigurationError, match=message):
        run_to_resume(history, CHIME, run_id="first")


def test_unknown_run_is_refused(history):
    with pytest.raises(ConfigurationError, match="The ledger has no run 'first'; onboard runs lists them"):
        require_run(history, "first")
