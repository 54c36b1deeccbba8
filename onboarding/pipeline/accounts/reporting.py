"""Report an account's rows (its share) from the content of the ledger, without sending anything.

This module reports a share if the share has no open row, if its run has ended before, or if the work for it failed.
"""

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace

from onboarding.ledger import Ledger
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import DestinationHeld, ExitCode, GuardHit, OnboardingError
from onboarding.model.run import now
from onboarding.model.sent import Ending
from onboarding.pipeline.accounts.shares import WITHOUT_ACCOUNT, AccountTask
from onboarding.pipeline.news import news_of, remember_news
from onboarding.pipeline.report_lines import (
    context_of,
    figures_of_run,
    finished,
    optional_reports,
    plain_counts,
    sending_figures,
    summarise,
    write_lines,
)
from onboarding.pipeline.waiting import once_free
from onboarding.reports import Folder, Summary, Tally


def report_from_ledger(
    task: AccountTask,
    ledger: Ledger,
    folder: Folder,
    error: OnboardingError | None = None,
    *,
    give_up_at: float = 0.0,
) -> Summary:
    """Report an account's rows (its share) from the ledger. Send nothing. Raises an ``OnboardingError``.

    ``error`` is the reason why the share was not reviewed or not fully sent. ``error`` is None if the share has no open
    row, or if the end of its run is on record. If another process holds the account, wait until the account is free,
    but only until ``give_up_at`` (``time.monotonic``). If the account is still held at that time, return
    ``outcome_unknown``.
    """
    with ExitStack() as stack:
        if error and _is_begun(task, ledger):
            try:
                once_free(lambda opened: opened.enter_context(ledger.hold(task.share.run)), stack, give_up_at)
            except DestinationHeld as held:
                return outcome_unknown(task, folder, held)
            ledger.doubt(task.share.run.scope)
        return _report(task, ledger, folder, error)


def outcome_unknown(task: AccountTask, folder: Folder, error: OnboardingError) -> Summary:
    """Return the summary of an account whose outcome cannot be known now. All rows are in doubt.

    ``error`` is the reason why the outcome cannot be known. This function writes no report.
    """
    run = task.share.run
    tally = Tally.of({source: Counter({Disposition.IN_DOUBT: rows}) for source, rows in task.share.rows.items()})
    why = f"{str(error).removesuffix('.')}; onboard report {run.run_id} tells later what became of its rows."
    return replace(summarise(run, tally, task.inputs, folder, Ending(error.exit_code, why)), ended_at=now())


def _is_begun(task: AccountTask, ledger: Ledger) -> bool:
    """Return whether a process has begun to send the account's rows. If not, no request for them is under way."""
    found = ledger.find_run(task.share.run.run_id)
    return found is not None and found.resumed_at is not None


def _report(task: AccountTask, ledger: Ledger, folder: Folder, error: OnboardingError | None) -> Summary:
    run, is_part_0 = task.share.run, task.share.number == WITHOUT_ACCOUNT
    is_new = run.exit_code is None and task.command != "report"
    context = context_of(run, decided_at=now() if is_new else None)
    if isinstance(error, GuardHit) or (run.exit_code == ExitCode.GUARD and not is_part_0):
        context, error = context.stopped_by_guard(), error or GuardHit("A guard stopped this account.")
    news = news_of(ledger, run, before=run.started_at if task.command == "report" else None)
    with ExitStack() as stack:
        # A share with nothing to send needs no page. A nightly run may have thousands of such shares.
        has_page = not is_part_0 and (error or not is_new)
        extras = stack.enter_context(optional_reports(task.settings, folder)) if has_page else ()
        tally = write_lines(ledger.rows(run.run_id), folder, context, outcomes=ledger, news=news, extras=extras)
        ending = Ending(error.exit_code, str(error)) if error else None
        figures = figures_of_run(ledger, run)
        summary = summarise(run, tally, task.inputs, folder, ending)
        summary = replace(summary, sending=sending_figures(figures), seconds=figures.seconds, guards=task.verdict)
        summary = replace(
            summary, news=news.news().after(summary.exit_code), ended_at=now() if is_new else summary.ended_at
        )
        if is_part_0:  # the end of the whole run is not the end of this part
            summary = replace(summary, exit_code=ExitCode.SETTLED, message="")
        summary = finished(summary, extras, folder)
    if not is_part_0:
        summary.write(folder)
    if is_new and not is_part_0:
        ledger.end(run.run_id, exit_code=summary.exit_code, counts=plain_counts(summary.counts))
    if task.command != "report":
        remember_news(ledger, run, news)
    return summary
