"""What can be told of past runs, and done about them, from the ledger alone?"""

from contextlib import ExitStack
from datetime import timedelta

from onboarding.ledger import Ledger, Purged
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ConfigurationError, ExitCode, OnboardingError
from onboarding.model.plan import Scope
from onboarding.model.run import Run, now
from onboarding.pipeline.closing import append_all, context_of, finished, summarise
from onboarding.reports import Report, Summary, open_folder, open_optional_reports, open_reconciliation
from onboarding.runtime.aws import Access, s3_at_need
from onboarding.settings.settings import Settings


class NothingToResume(OnboardingError):
    """No run was interrupted. That is no failure."""

    exit_code = ExitCode.SETTLED


def runs(settings: Settings) -> list[Run]:
    """Return all runs, or those to the account that is named, the newest first."""
    account = settings.account
    with open_ledger(settings) as ledger:
        return [run for run in ledger.runs() if account in (None, run.scope.account)]


def report(settings: Settings, run_id: str) -> Summary:
    """Write the reports of a past run again, as the ledger has it now, and return its summary.

    Raises ``ConfigurationError`` for a run that kept no rows, and ``ReportNotWritten``.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_at_need(Access(profile=settings.profile, region=settings.region)))
        ledger = stack.enter_context(open_ledger(settings))
        run = find_run(ledger, run_id)
        if run.inputs is None:
            raise ConfigurationError(f"Run {run_id} kept no rows (a plan keeps none), so there is no report to write.")
        folder = stack.enter_context(open_folder(settings.out, run_id, s3))
        context = context_of(run, rest=Disposition.DEFERRED, decided_at=run.ended_at or run.started_at)
        with open_optional_reports(folder, page=not settings.no_page, handoff=settings.handoff) as extras:
            with open_reconciliation(folder) as reconciliation:
                reports: tuple[Report, ...] = (reconciliation, *extras)
                tally = append_all(ledger.rows(run_id), reports, context, outcomes=ledger)
            summary = summarise(run, tally, run.inputs, folder, message="")
            summary = finished(summary, extras, folder)
        summary.write(folder)
        return summary


def success_within(settings: Settings, age: timedelta) -> str | None:
    """Return what to say if no run to the settings' destination went well so lately, or None if one did.

    Without an account, a run to any destination counts.
    """
    good = [run for run in runs(settings) if run.went_well and run.ended_at]
    if good and good[0].ended_at and now() - good[0].ended_at <= age:
        return None
    if not good:
        return "No run has ever gone well."
    return f"The last run that went well, {good[0].run_id}, ended at {good[0].ended_at:%Y-%m-%d %H:%M:%S} UTC."


def purge(settings: Settings, older_than: timedelta) -> Purged:
    """Take the addresses and names out of runs that ended so long ago; whom they invited is not invited again."""
    with open_ledger(settings) as ledger:
        return ledger.purge(now() - older_than)


def open_ledger(settings: Settings) -> Ledger:
    """Open the ledger that the settings name. Raises ``ConfigurationError``."""
    return Ledger.open(settings.ledger_place(), clock=now)


def run_to_resume(ledger: Ledger, scope: Scope, *, run_id: str | None, of_command: str | None = None) -> Run:
    """Return the run of that id, or the latest one that sent to ``scope`` if it was interrupted.

    An older one is resumed only by its id: newer exports may have left out who is in it. Raises ``NothingToResume``,
    and ``ConfigurationError`` for a run that cannot be resumed.
    """
    if run_id is None:
        latest = next((run for run in ledger.runs(scope) if run.command != "plan"), None)
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
    found = find_run(ledger, run_id)
    if found.scope != scope:
        there = f"{found.scope.destination} {found.scope.account} {found.scope.endpoint}".strip()
        raise ConfigurationError(f"Run {run_id} went to {there}; name that destination to resume it.")
    if found.inputs is None or found.command == "plan" or found.exit_code == ExitCode.GUARD:
        raise ConfigurationError(
            f"Run {run_id} was about to send nothing, so there is nothing to resume; run it again."
        )
    return found


def find_run(ledger: Ledger, run_id: str) -> Run:
    """Return a run. Raises ``ConfigurationError`` if the ledger has none of that id."""
    if (found := ledger.find_run(run_id)) is None:
        raise ConfigurationError(f"The ledger has no run {run_id!r}; onboard runs lists them.")
    return found
