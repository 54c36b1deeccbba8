"""The hand-off to HR: one workbook and one page of past runs, with what changed since the run before them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import pandas as pd

from onboarding.ledger import Ledger
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ConfigurationError, ExitCode
from onboarding.model.run import Run, latest_alike
from onboarding.pipeline.closing import context_of, summarise, with_lines
from onboarding.pipeline.history import require_run
from onboarding.pipeline.job import s3_of
from onboarding.pipeline.past_reports import open_ledger
from onboarding.reports import EarlierRun, Report, Summary, Tally, open_folder, open_handoff, open_page
from onboarding.settings.settings import Settings


def hand_off(settings: Settings, run_ids: Sequence[str] = ()) -> Summary:
    """Write a workbook and a page of past runs, and return their summary. Without ``run_ids``, take the latest run.

    The runs are compared with the run before the first of them. Raises ``ConfigurationError`` if there is no such run,
    or a run that kept no rows, and ``ReportNotWritten``.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_of(settings))
        ledger = stack.enter_context(open_ledger(settings))
        past = [run for run in ledger.runs() if run.inputs is not None and run.command != "plan"]
        runs = _chosen(ledger, past, settings.account, run_ids)
        earlier = _earlier(ledger, past, runs[0])
        folder = stack.enter_context(open_folder(settings.out, f"handoff-{runs[-1].run_id}", s3))
        tally = Tally()
        with open_handoff(folder) as workbook, open_page(folder) as page:
            reports: tuple[Report, ...] = (workbook, page)
            for lines in _lines(ledger, runs):
                compared = earlier.compare(lines) if earlier else lines
                for report in reports:
                    report.append(compared)
                tally.add(lines)
            inputs = [facts for run in runs for facts in run.inputs or ()]
            summary = replace(
                summarise(runs[-1], tally, inputs, folder),
                command="handoff",
                message="",
                started_at=runs[0].started_at,
                changes=earlier.changes() if earlier else None,
                files=(workbook.name, page.name),
            )
            for report in reports:
                report.finish(summary)
        return summary


def _chosen(ledger: Ledger, past: Sequence[Run], account: str | None, run_ids: Sequence[str]) -> list[Run]:
    """Return the runs of these ids, the oldest first, or the latest run."""
    if run_ids:
        runs = sorted((require_run(ledger, run_id) for run_id in set(run_ids)), key=lambda run: run.started_at)
    else:
        runs = [run for run in past if account in (None, run.scope.account)][:1]
    if not runs:
        raise ConfigurationError("There is no run to hand off yet; onboard runs lists them.")
    if len({run.scope for run in runs}) > 1:
        raise ConfigurationError("These runs went to several accounts; hand off those of one account at a time.")
    if rowless := next((run for run in runs if run.inputs is None), None):
        raise ConfigurationError(
            f"Run {rowless.run_id} kept no rows (a plan keeps none), so there is nothing to hand off."
        )
    return runs


def _earlier(ledger: Ledger, past: Sequence[Run], first: Run) -> EarlierRun | None:
    """Return the dispositions of the last run before that was not purged, if possible with the same exports."""
    before = [run for run in past if run.scope == first.scope and run.started_at < first.started_at]
    before = [run for run in before if run.exit_code != ExitCode.GUARD and not run.purged_at]
    last = latest_alike(before, first)
    if last is None:
        return None
    earlier = EarlierRun(last.run_id)
    for lines in _lines(ledger, [last]):
        earlier.note(lines)
    return earlier


def _lines(ledger: Ledger, runs: Sequence[Run]) -> Iterator[pd.DataFrame]:
    """Yield the lines of the reports of these runs."""
    for run in runs:
        context = context_of(run, rest=Disposition.DEFERRED, decided_at=run.ended_at or run.started_at)
        for _, lines in with_lines(ledger.rows(run.run_id), context, outcomes=ledger):
            yield lines
