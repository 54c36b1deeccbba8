"""The reports of past runs, written again from the ledger, and the purge of past runs."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

from onboarding.ledger import Ledger, Purged
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ConfigurationError
from onboarding.model.run import now
from onboarding.pipeline.closing import append_all, context_of, finished, summarise
from onboarding.pipeline.history import require_run
from onboarding.pipeline.job import s3_of
from onboarding.reports import Report, Summary, open_folder, open_optional_reports, open_reconciliation
from onboarding.settings.settings import Settings


def rewrite_report(settings: Settings, run_id: str) -> Summary:
    """Write the reports of a past run again, as the ledger has it now, and return its summary.

    Raises ``ConfigurationError`` for a run that kept no rows, and ``ReportNotWritten``.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_of(settings))
        ledger = stack.enter_context(open_ledger(settings))
        run = require_run(ledger, run_id)
        if run.inputs is None:
            raise ConfigurationError(f"Run {run_id} kept no rows (a plan keeps none), so there is no report to write.")
        folder = stack.enter_context(open_folder(settings.out, run_id, s3))
        context = context_of(run, rest=Disposition.DEFERRED, decided_at=run.ended_at or run.started_at)
        with open_optional_reports(folder, page=not settings.no_page, handoff=settings.handoff) as extras:
            with open_reconciliation(folder) as reconciliation:
                reports: tuple[Report, ...] = (reconciliation, *extras)
                tally = append_all(ledger.rows(run_id), reports, context, outcomes=ledger)
            summary = replace(summarise(run, tally, run.inputs, folder), message="")
            summary = finished(summary, extras, folder)
        summary.write(folder)
        return summary


def purge_old_runs(settings: Settings, older_than: timedelta) -> Purged:
    """Take names and addresses out of runs that ended so long ago. People whom they invited are not invited again."""
    with open_ledger(settings) as ledger:
        return ledger.purge(now() - older_than)


def open_ledger(settings: Settings) -> Ledger:
    """Open the ledger that the settings name. Raises ``ConfigurationError``."""
    return Ledger.open(settings.ledger_place(), clock=now)
