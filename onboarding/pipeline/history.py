"""The history of runs in the ledger: list past runs, find the last run that went well, and find the run to resume.

This module loads neither pandas nor boto3, so that ``onboard runs`` answers at once. ``past_reports`` writes the
reports of past runs, and ``purging`` purges past runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from onboarding.ledger import RunHistory
from onboarding.model.errors import (
    ConfigurationError,
    DestinationHeld,
    ExitCode,
    NothingToResume,
    RunToBeginAgain,
    UnknownRun,
)
from onboarding.model.leg import Leg
from onboarding.model.mistyped import blaming
from onboarding.model.plan import Scope
from onboarding.model.run import Run, now
from onboarding.model.values import dataclass
from onboarding.runtime.endpoints import foreign_endpoint
from onboarding.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run on record. ``is_going_on`` says whether the run's process still holds the destination.

    ``can_be_resumed`` says whether ``onboard resume`` without a run id would finish the run. ``must_begin_again`` is
    True if the run is the latest to its account, and ended before it was ready to send. ``is_made_good`` is True if a
    later run to the account went well. If the run has no end, its counts are the present counts in the ledger.
    """

    run: Run
    is_going_on: bool = False
    can_be_resumed: bool = False
    must_begin_again: bool = False
    is_made_good: bool = False


def list_runs(settings: Settings) -> list[PastRun]:
    """Return all past runs, the newest first. If the settings name an account, return only the runs to this account.

    Raises ``ConfigurationError`` if the ledger cannot be opened.
    """
    account = settings.account
    with RunHistory.open(settings.ledger_place(), clock=now) as history:
        runs = [run for run in history.runs() if account in (None, run.scope.account)]
        latest = {run.scope: run for run in reversed(runs) if _could_send(run)}
        past = [_as_it_is_now(history, run, is_latest=latest.get(run.scope) is run) for run in runs]
        last_good = {run.scope: run.number for run in reversed(runs) if run.went_well}
    past = [replace(each, is_made_good=each.run.number < last_good.get(each.run.scope, 0)) for each in past]
    wholes = {each.run.run_id for each in past if not each.run.scope.account and _has_a_command(each)}
    return [
        replace(each, can_be_resumed=False, must_begin_again=False) if each.run.whole_id in wholes else each
        for each in past
    ]


def _has_a_command(past: PastRun) -> bool:
    return past.can_be_resumed or past.must_begin_again


def _as_it_is_now(history: RunHistory, run: Run, *, is_latest: bool) -> PastRun:
    run = replace(run, counts=counts_now(history, run))
    is_going_on = run.exit_code is None and history.is_going_on(run)
    is_left = is_latest and not (is_going_on or run.went_well or run.purged_at)
    return PastRun(
        run,
        is_going_on=is_going_on,
        can_be_resumed=is_left and _has_work_left(run),
        must_begin_again=is_left and not _was_ready(run) and "-" not in run.whole_id,
    )


def counts_now(history: RunHistory, run: Run) -> Mapping[str, int]:
    """Return the counts of a run. If the run has no end, return the present counts in the ledger."""
    is_open = run.exit_code is None or (run.inputs is not None and not run.counts)
    return history.counts(run.run_id) if is_open else run.counts


def missing_success(settings: Settings, age: timedelta) -> str | None:
    """Return a message if no run has succeeded, or if the last success ended longer ago than ``age``; else None.

    The function looks only at runs to the destination, endpoint and account in the settings. If the settings name no
    account, the function looks at runs to all accounts of this destination and endpoint. Raises ``ConfigurationError``
    if the ledger cannot be opened.
    """
    endpoint = endpoint_of(settings)
    with RunHistory.open(settings.ledger_place(), clock=now) as history:
        all_runs = [run for run in history.runs() if run.command != "plan"]
    runs = [run for run in all_runs if _goes_there(run.scope, settings, endpoint)]
    nights = [(leg, run.run_id) for run in runs for leg in run.legs]
    nights.sort(key=lambda night: (night[0].began_at, night[1], night[0].number))
    good = [(leg.ended_at, leg, run_id) for leg, run_id in nights if leg.ended_at and leg.did_as_planned]
    there = f"{settings.destination} {settings.account or ''}".rstrip() + (f" at {endpoint}" if endpoint else "")
    if not good:
        elsewhere = "; the ledger has only runs elsewhere" if all_runs and not runs else ""
        return f"No run to {there} has gone well yet{elsewhere}{_since(nights, None)}."
    ended_at, leg, run_id = max(good, key=lambda night: night[0])
    if now() - ended_at <= age:
        return None
    ended = f"{ended_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"The last run to {there} that went well, {run_id}, ended at {ended}{_since(nights, leg)}."


def _since(nights: Sequence[tuple[Leg, str]], good: Leg | None) -> str:
    """Return words about the run of the latest night and its end. If this run is ``good``, return an empty text."""
    if not nights or nights[-1][0] is good:
        return ""
    leg, run_id = nights[-1]
    end = "has no end" if leg.exit_code is None else f"ended with exit code {leg.exit_code}"
    return f"; the latest, {run_id}, {end}"


def _goes_there(scope: Scope, settings: Settings, endpoint: str | None) -> bool:
    """Return whether runs with these settings send to the account of ``scope``.

    ``endpoint`` is the endpoint of these runs. None means any endpoint.
    """
    account = "" if settings.is_to_many_accounts and settings.account is None else settings.account
    is_there = account in (None, scope.account) and endpoint in (None, scope.endpoint)
    return is_there and scope.destination == settings.destination


def endpoint_of(settings: Settings) -> str | None:
    """Return the endpoint of runs with these settings, in the form of the ledger.

    Return None for rehearsals, which have their own ledger. Raises ``ConfigurationError``.
    """
    if settings.sandbox:
        return None
    from onboarding.runtime.aws_session import configured_endpoint  # noqa: PLC0415 - loads botocore

    url = settings.endpoint_url or configured_endpoint(settings.destination, settings.profile)
    try:
        return foreign_endpoint(url) if url else ""
    except ValueError as error:
        raise ConfigurationError(f"The endpoint of AWS's variables or profile is wrong: {error}.") from None


def require_run(history: RunHistory, run_id: str) -> Run:
    """Return the run with the id ``run_id``. Raises ``UnknownRun`` if the ledger has no such run."""
    if (found := history.find_run(run_id)) is None:
        begun = [run.run_id for run in history.runs() if run_id and run.run_id.startswith(run_id)]
        meant = begun[0] if len(begun) == 1 else ""
        advice = f"did you mean {meant}?" if meant else "onboard runs lists them."
        raise blaming(UnknownRun(f"The ledger has no run {run_id!r}; {advice}"), run_id, meant)
    return found


REFUSED = (ExitCode.USAGE, ExitCode.INPUT_REFUSED, ExitCode.CLOSED, ExitCode.STOPPED, ExitCode.HELD)
"""The exit codes of runs that were refused, if they ended before they were ready to send."""


def run_to_resume(history: RunHistory, scope: Scope, *, run_id: str | None, of_command: str | None = None) -> Run:
    """Return the run to resume: the run ``run_id``, or the latest run to ``scope`` that could send.

    If ``run_id`` is None, the latest run must have been interrupted, and the command ``of_command`` must have begun it.
    With None, ``of_command`` allows any command. An older run is resumed only by its id, since newer exports may have
    left out its people. Runs that were refused before they were ready to send are ignored, since they say nothing about
    people.

    Raises ``NothingToResume`` if the latest run does not fit. Raises ``RunToBeginAgain`` if the run to resume has sent
    nothing. Raises ``ConfigurationError`` if the run ``run_id`` is a plan, or is a run to another account or endpoint.
    """
    if run_id is not None:
        return _resumable(require_run(history, run_id), scope)
    latest = next(filter(_could_send, history.runs(scope)), None)
    if latest is None or latest.went_well or of_command not in (None, latest.command):
        raise NothingToResume(f"No run to {scope.destination} {scope.account} was interrupted; nothing to resume.")
    if not _has_work_left(latest):
        if latest.exit_code is None and history.is_going_on(latest):
            raise DestinationHeld(f"Run {latest.run_id} goes on now, and is not ready to send yet.")
        raise _to_begin_again(latest)
    return latest


def _could_send(run: Run) -> bool:
    """Return whether a run is no plan, and was not refused before it was ready to send."""
    return run.command != "plan" and (_was_ready(run) or run.exit_code not in REFUSED)


def _has_work_left(run: Run) -> bool:
    """Return whether a run that did not go well may be resumed.

    A run may not be resumed if a guard stopped it, or if its exports had no usable row.
    """
    return _was_ready(run) and run.exit_code not in (ExitCode.GUARD, ExitCode.INPUT_REFUSED)


def _was_ready(run: Run) -> bool:
    """Return whether the ledger has all rows of a run, and the guards have checked these rows."""
    return run.inputs is not None and run.guards is not None


def went_elsewhere(run: Run) -> ConfigurationError:
    """Return the error for a run whose account or endpoint differs from the settings."""
    there = f"{run.scope.destination} {run.scope.account} {run.scope.endpoint}".strip()
    return ConfigurationError(f"Run {run.run_id} went to {there}; name that destination to resume it.")


def _resumable(run: Run, scope: Scope) -> Run:
    if run.scope != scope:
        raise went_elsewhere(run)
    check_resumable(run)
    return run


def check_resumable(run: Run) -> None:
    """Raise ``RunToBeginAgain`` if a guard stopped a run, or if a run ended before it was ready to send.

    A run to many accounts can be resumed if guards stopped only some of its accounts. Raises ``ConfigurationError`` for
    a plan.
    """
    if run.command == "plan":
        raise ConfigurationError(f"Run {run.run_id} is a plan and sends nothing, so there is nothing to resume.")
    if not _was_ready(run) or (run.exit_code == ExitCode.GUARD and run.scope.account):
        raise _to_begin_again(run)


def _to_begin_again(run: Run) -> RunToBeginAgain:
    was_stopped = run.exit_code == ExitCode.GUARD
    why = f"Run {run.run_id} ended before it was ready to send, so it sent nothing and"
    if was_stopped:
        why = f"A guard stopped run {run.run_id}, and what it stopped"
    error = RunToBeginAgain(
        f"{why} cannot be resumed; run it again.", run_id=run.run_id, command=run.command, settings=run.settings
    )
    if was_stopped:
        error.exit_code = ExitCode.GUARD
    return error
