"""Reports of past runs from the ledger: write the reports of a run again, and prepare the results of runs for HR.

A hand-off is one workbook and one page about past runs, with the changes since the run before these runs. ``history``
lists past runs, and finds the run to resume. ``purging`` removes names and addresses from past runs.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import pandas as pd

from onboarding.ledger import Ledger
from onboarding.model.errors import ConfigurationError, ExitCode
from onboarding.model.run import Run, latest_of_same_exports
from onboarding.pipeline.history import require_run
from onboarding.pipeline.news import NewsCounter, news_of
from onboarding.pipeline.record import open_ledger
from onboarding.pipeline.report_lines import (
    context_of,
    figures_of_run,
    finished,
    optional_reports,
    sending_figures,
    summarise,
    with_hr_command,
    with_lines,
    workbook_of,
    write_lines,
)
from onboarding.pipeline.s3_access import s3_of
from onboarding.pipeline.trend import with_story
from onboarding.reports import EarlierRun, Report, Summary, Tally, open_folder, open_workbook_and_page
from onboarding.settings.invocation import Invocation
from onboarding.settings.settings import Settings


def rewrite_report(settings: Settings, run_id: str, *, invocation: Invocation | None = None) -> Summary:
    """Write the reports of a past run again from the present content of the ledger, and return the run's summary.

    ``invocation`` says how the operator started the process. With None, the summary suggests no command.

    Raises ``ConfigurationError`` if the ledger has no such run, or has no rows of the run. Also raises
    ``ReconciliationFailed`` and ``ReportNotWritten``.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_of(settings))
        ledger = stack.enter_context(open_ledger(settings))
        run = require_run(ledger, run_id)
        if run.inputs is None:
            raise ConfigurationError(f"Run {run_id} kept no rows (a plan keeps none), so there is no report to write.")
        if not run.scope.account:
            return _rewrite_whole(settings, run, invocation)
        folder = stack.enter_context(open_folder(settings.out, run_id, s3))
        with optional_reports(settings, folder) as extras:
            news = None if run.purged_at else news_of(ledger, run, before=run.started_at)
            rows = ledger.rows(run_id)
            tally = write_lines(rows, folder, context_of(run), outcomes=ledger, extras=extras, news=news)
            summary = summarise(run, tally, run.inputs, folder)
            figures = figures_of_run(ledger, run)
            summary = replace(
                summary,
                message="",
                sending=sending_figures(figures),
                seconds=figures.seconds,
                news=news.news().after(summary.exit_code) if news else None,
            )
            summary = with_story(summary, ledger)
            if invocation:
                summary = with_hr_command(summary, invocation, run.settings, workbook=workbook_of(extras, folder))
            summary = finished(summary, extras, folder)
        summary.write(folder)
        return summary


def _rewrite_whole(settings: Settings, run: Run, invocation: Invocation | None) -> Summary:
    """Write the reports of a run to many accounts again."""
    from onboarding.pipeline.accounts import past  # noqa: PLC0415 - few runs need it

    recorded = {name: run.settings.get(name) for name in ("destination", "account_column", "routes", "one_file")}
    settings = settings.with_values({name: value for name, value in recorded.items() if value})
    return past.report(settings, run, invocation=invocation)


def hand_off(settings: Settings, run_ids: Sequence[str] = (), *, invocation: Invocation | None = None) -> Summary:
    """Write one workbook and one page about past runs, and return one summary of all these runs.

    ``run_ids`` names the runs. If ``run_ids`` is empty, the hand-off is about the latest run, or about the latest run
    to the account that the settings name. The workbook and the page compare these runs with the last run before them.
    ``invocation`` says how the operator started the process. With None, the summary suggests no command. Raises
    ``ConfigurationError`` if there is no such run, if the runs went to several accounts, or if a run kept no rows. Also
    raises ``ReconciliationFailed`` and ``ReportNotWritten``.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_of(settings))
        ledger = stack.enter_context(open_ledger(settings))
        past = [run for run in ledger.runs() if run.inputs is not None and run.command != "plan" and run.scope.account]
        runs = _runs_to_hand_off(ledger, past, settings.account, run_ids)
        earlier = _earlier_run(ledger, past, runs[0])
        folder = stack.enter_context(open_folder(settings.out, f"handoff-{runs[-1].run_id}", s3))
        opened = open_workbook_and_page(folder, settings.state_folder(), settings.handoff_language)
        reports = stack.enter_context(opened)
        are_purged = any(run.purged_at for run in runs)
        news = None if are_purged else news_of(ledger, runs[0], before=runs[0].started_at)
        tally = _compare(_lines(ledger, runs, news), earlier, reports)
        summary = replace(
            summarise(runs[-1], tally, [facts for run in runs for facts in run.inputs or ()], folder),
            command="handoff",
            message="",
            started_at=runs[0].started_at,
            changes=earlier.changes() if earlier else None,
            news=news.news().after(runs[-1].exit_code or 0) if news else None,
            files=tuple(report.name for report in reports),
        )
        if invocation:
            workbook = f"{folder.name}/{reports[0].name}"
            summary = with_hr_command(summary, invocation, runs[-1].settings, workbook=workbook)
        for report in reports:
            report.finish(summary)
        return summary


def _runs_to_hand_off(ledger: Ledger, past: Sequence[Run], account: str | None, run_ids: Sequence[str]) -> list[Run]:
    """Return the runs that ``run_ids`` names, the oldest first, or the latest run if ``run_ids`` is empty.

    ``past`` are the runs that kept rows, the newest first. The latest run must be to ``account``. None allows any
    account. Raises ``ConfigurationError`` if there is no such run, or if the runs went to several accounts.
    """
    if run_ids:
        runs = sorted((require_run(ledger, run_id) for run_id in set(run_ids)), key=lambda run: run.number)
    else:
        runs = [run for run in past if account in (None, run.scope.account)][:1]
    if not runs:
        raise ConfigurationError("There is no run to hand off yet; onboard runs lists them.")
    if any(run.scope != runs[0].scope for run in runs):
        raise ConfigurationError("These runs went to several accounts; hand off those of one account at a time.")
    for run in runs:
        if not run.scope.account:
            raise ConfigurationError(f"Run {run.run_id} went to many accounts; hand off the run of one account.")
        if run.inputs is None:
            raise ConfigurationError(
                f"Run {run.run_id} kept no rows (a plan keeps none), so there is nothing to hand off."
            )
    return runs


def _earlier_run(ledger: Ledger, past: Sequence[Run], first: Run) -> EarlierRun | None:
    """Return the last run before ``first`` with the dispositions of its rows, or None if there is no such run.

    A run with the same exports is preferred. Runs to other accounts, purged runs, and runs that a guard stopped are
    ignored.
    """
    before = [run for run in past if run.scope == first.scope and run.number < first.number]
    last = latest_of_same_exports(
        [run for run in before if run.exit_code != ExitCode.GUARD and not run.purged_at], first
    )
    if last is None:
        return None
    earlier = EarlierRun(last.run_id)
    for lines in _lines(ledger, [last]):
        earlier.note(lines)
    return earlier


def _compare(lines: Iterable[pd.DataFrame], earlier: EarlierRun | None, reports: Sequence[Report]) -> Tally:
    """Append all lines to the reports, and return the counts of the lines.

    If there is an earlier run, the lines also show the disposition of each person in that run.
    """
    tally = Tally()
    for frame in lines:
        compared = earlier.compare(frame) if earlier else frame
        for report in reports:
            report.append(compared)
        tally.add(frame)
    return tally


def _lines(ledger: Ledger, runs: Sequence[Run], news: NewsCounter | None = None) -> Iterator[pd.DataFrame]:
    """Yield the lines of the reconciliations of these runs, as frames. ``news`` counts and marks the new rows."""
    for run in runs:
        for frame, lines in with_lines(ledger.rows(run.run_id), context_of(run), outcomes=ledger):
            yield news.mark(lines, frame["key"]) if news else lines
