"""The history of runs in the ledger: list past runs, find the last run that went well, and find the run to resume.

This module loads neither pandas nor boto3, so that ``onboard runs`` answers at once. ``past_reports`` writes the
reports of past runs, and ``purging`` purges past runs.
"""

from datetime import timedelta

from onboarding.ledger import RunHistory
from onboarding.model.errors import ConfigurationError, ExitCode, NothingToResume
from onboarding.model.plan import Scope
from onboarding.model.run import Run, now
from onboarding.settings.settings import Settings


def list_runs(settings: Settings) -> list[Run]:
    """Return all past runs, the newest first. If the settings name an account, return only the runs to this account.

    Raises ``ConfigurationError`` if the ledger cannot be opened.
    """
    account = settings.account
    with RunHistory.open(settings.ledger_place(), clock=now) as history:
        return [run for run in history.runs() if account in (None, run.scope.account)]


def missing_success(settings: Settings, age: timedelta) -> str | None:
    """Return a message if the last run that went well ended too long ago, or if no run ever went well; else None.

    ``age`` is how long ago the last good run may have ended. Only runs to the account in the settings count. If the
    settings name no account, a run to any destination counts. Raises as ``list_runs`` does.
    """
    ends = [(run.ended_at, run.run_id) for run in list_runs(settings) if run.went_well and run.ended_at]
    if not ends:
        return "No run has ever gone well."
    ended_at, run_id = ends[0]
    if now() - ended_at <= age:
        return None
    return f"The last run that went well, {run_id}, ended at {ended_at:%Y-%m-%d %H:%M:%S} UTC."


def require_run(history: RunHistory, run_id: str) -> Run:
    """Return the run with the id ``run_id``. Raises ``ConfigurationError`` if the ledger has no such run."""
    is_text = run_id.isprintable()  # no database can look for a text with a NUL or with characters that are no text
    if (found := history.find_run(run_id) if is_text else None) is None:
        raise ConfigurationError(f"The ledger has no run {run_id!r}; onboard runs lists them.")
    return found


REFUSED = (ExitCode.USAGE, ExitCode.INPUT_REFUSED, ExitCode.CLOSED, ExitCode.STOPPED, ExitCode.HELD)
"""The exit codes of runs that were refused, if they ended before the ledger kept their rows."""


def run_to_resume(history: RunHistory, scope: Scope, *, run_id: str | None, of_command: str | None = None) -> Run:
    """Return the run to resume: the run ``run_id`` or, if that is None, the latest run to ``scope`` that could send.

    The latest run must have been interrupted, and the command ``of_command`` must have begun it; None allows any
    command. An older run is resumed only by its id, since newer exports may have left out the people of the older run.
    A run that was refused before it was ready to send does not count: it says nothing about anyone.

    Raises ``NothingToResume`` if the latest run does not fit. Raises ``ConfigurationError`` if the run ``run_id``
    cannot be resumed.
    """
    if run_id is not None:
        return _resumable(require_run(history, run_id), scope)
    latest = next((run for run in history.runs(scope) if run.command != "plan" and not _was_refused(run)), None)
    if latest is None or latest.went_well or of_command not in (None, latest.command):
        raise NothingToResume(f"No run to {scope.destination} {scope.account} was interrupted; nothing to resume.")
    if latest.inputs is None:
        raise NothingToResume(
            f"Run {latest.run_id} ended before it was ready to send, and sent nothing; start it again."
        )
    if latest.exit_code == ExitCode.GUARD:
        raise NothingToResume(
            f"A guard stopped run {latest.run_id} before anything was sent; run it again with --confirm."
        )
    return latest


def _was_refused(run: Run) -> bool:
    return run.inputs is None and run.exit_code in REFUSED


def _resumable(run: Run, scope: Scope) -> Run:
    if run.scope != scope:
        there = f"{run.scope.destination} {run.scope.account} {run.scope.endpoint}".strip()
        raise ConfigurationError(f"Run {run.run_id} went to {there}; name that destination to resume it.")
    if run.inputs is None or run.command == "plan" or run.exit_code == ExitCode.GUARD:
        raise ConfigurationError(
            f"Run {run.run_id} was about to send nothing, so there is nothing to resume; run it again."
        )
    return run
