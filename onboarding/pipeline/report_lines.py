"""The lines and the summary of a run's reports, from the rows and the outcomes in the ledger.

``closing`` ends a run with these lines, and ``past_reports`` writes the reports of a past run again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

import pandas as pd

from onboarding.ledger import Ledger, PeopleMemory
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.leg import LegFigures
from onboarding.model.own_files import is_own
from onboarding.model.run import Run
from onboarding.model.sent import Ending
from onboarding.pipeline.baseline import Inputs
from onboarding.pipeline.endings import ending_of, exit_code
from onboarding.pipeline.news import NewsCounter
from onboarding.reports import (
    RECONCILIATION,
    Folder,
    OptionalReport,
    Report,
    ReportContext,
    SendingFigures,
    Summary,
    Tally,
    open_optional_reports,
    open_reconciliation,
    reconcile,
)
from onboarding.runtime.progress import Advance
from onboarding.settings.invocation import Invocation
from onboarding.settings.next_command import RunEnd, command_after, command_for_hr, is_for_hr
from onboarding.settings.settings import Settings, unusual

NO_OUTCOMES = pd.DataFrame()


def finished(summary: Summary, extras: Sequence[OptionalReport], folder: Folder) -> Summary:
    """Complete the optional reports, and return the summary with the names of all reports.

    The summary already names the files of the reconciliation. If an optional report failed, the message of the summary
    names the failure, and the exit code is ``INTERNAL``.
    """
    for extra in extras:
        extra.finish(summary)
    written = (folder.path_of(extra.name) for extra in extras if not extra.failure)
    files = (*(summary.files or (folder.path_of(RECONCILIATION),)), *written)
    if summary.not_in_exports and summary.not_in_exports.file:
        files = (*files, summary.not_in_exports.file)
    if failures := [extra.failure for extra in extras if extra.failure]:
        message = " ".join(filter(None, (summary.message, *failures)))
        return replace(summary, files=files, message=message, exit_code=ExitCode.INTERNAL)
    return replace(summary, files=files)


def with_next_command(
    summary: Summary,
    invocation: Invocation,
    *,
    remedy_flags: tuple[str, ...] = (),
    settings: Mapping[str, object] | None = None,
    can_be_resumed: bool = True,
    lacks_a_report: bool = False,
    workbook: str = "",
) -> Summary:
    """Return the summary with the next shell commands: the operator's command, and the command for HR's work.

    ``workbook`` is the hand-off workbook that the run writes, or empty. ``remedy_flags`` let a stopped plan pass the
    guards. ``settings`` are the settings of an applied or resumed run that differ from the defaults. ``can_be_resumed``
    says whether ``onboard resume`` can finish the run. ``lacks_a_report`` says whether an optional report failed.

    HR gets a command only if a row is new, since earlier reports had the command for old rows. There is one exception:
    a resumed run has reported its own rows before, and still shows HR the command for these rows.

    A run without a usable row is refused even if its operator confirms a number. So after such a run, the command has
    no flag to pass the guards.
    """
    guards, planned, exports = summary.guards, summary.planned, summary.settings.get("exports")
    is_refused = summary.exit_code == ExitCode.INPUT_REFUSED
    end = RunEnd(
        run_id=summary.run_id,
        command=summary.command,
        exit_code=summary.exit_code,
        counts=summary.counts,
        remedy_flags=guards.remedy_flags if guards and guards.is_stopped and not is_refused else remedy_flags,
        planned=planned.invites if planned else 0,
        saved=planned.saved if planned else "",
        settings=unusual(settings) if settings else {},
        can_be_resumed=can_be_resumed,
        lacks_a_report=lacks_a_report,
        is_confirmed=bool(guards and guards.hits and guards.confirmed),
        has_news=summary.legs > 1 or summary.news is None or summary.news.totals["new"] > 0,
        exports=tuple(map(str, exports)) if summary.accounts and isinstance(exports, list) else (),
    )
    return replace(
        summary,
        next_command=command_after(end, invocation),
        hr_command=command_for_hr(end, invocation, workbook=workbook),
        hr_file=workbook if is_for_hr(end) else "",
    )


def with_hr_command(
    summary: Summary, invocation: Invocation, settings: Mapping[str, object], *, workbook: str
) -> Summary:
    """Return the summary of past runs with the command for HR's work.

    The operator has asked for these reports, so HR gets the command even if no row is new. The operator's command does
    not change. ``settings`` are the settings with which the last run began.
    """
    past = replace(summary, news=None)
    for_hr = with_next_command(past, invocation, settings=settings, workbook=workbook)
    return replace(summary, hr_command=for_hr.hr_command, hr_file=for_hr.hr_file)


def workbook_of(extras: Sequence[OptionalReport], folder: Folder) -> str:
    """Return the path of the hand-off workbook, or an empty text if the optional reports have no workbook."""
    return next((f"{folder.name}/{each.name}" for each in extras if each.is_for_hr and not each.failure), "")


def summarise(
    run: Run, tally: Tally, inputs: Inputs, folder: Folder, ending: Ending | None = None, *, advice: str = ""
) -> Summary:
    """Check the sums, and return a run's summary from its record in the ledger and the counts of its rows.

    ``ending`` says why the run ended early. None means that it did not end early. ``advice`` tells the operator what to
    do about people in doubt. Raises ``ReconciliationFailed``.
    """
    read: Counter[str] = Counter()
    for facts in inputs:
        read[str(facts["source"])] += int(str(facts["rows"]))
    tally.check(read)
    counts = tally.total()
    ending = ending_of(counts, ending, advice, is_partial=run.is_partial)
    return Summary(
        run_id=run.run_id,
        command=run.command,
        version=run.version,
        started_at=run.started_at,
        ended_at=run.ended_at or run.started_at,
        # The exit code of a past run is on record. Its rows alone might give another code.
        exit_code=exit_code(counts, ending) if run.exit_code is None else run.exit_code,
        message=ending.message if ending else "",
        wave=ending.wave if ending else None,
        scope=run.scope,
        counts=counts,
        counts_by_source={
            **{source: {} for source in read if not is_own(source)},  # an export without rows is listed, too
            **tally.by_source(),
        },
        inputs=inputs,
        settings=run.settings,
        folder=folder.name,
        legs=run.leg,
        invited_again=tally.again,
    )


def figures_of_run(ledger: Ledger, run: Run, of_this_leg: LegFigures | None = None) -> LegFigures:
    """Return the figures of all processes of a run together. ``of_this_leg`` are the figures of this process, or None.

    A leg (the work of one process) that was killed has no figures. But the ledger counts requests, too. So the number
    of requests in the result is at least the number in the ledger.
    """
    earlier = ledger.figures(run.run_id, before=run.leg if of_this_leg else None) or LegFigures()
    figures = earlier + of_this_leg if of_this_leg else earlier
    if run.leg > 1 or (run.exit_code is None and of_this_leg is None):
        figures = replace(figures, requests=max(figures.requests, ledger.departures(run.run_id)))
    return figures


def sending_figures(figures: LegFigures, *, rate: float | None = None) -> SendingFigures:
    """Return the figures of sending for a summary, from the figures of all processes of a run.

    ``rate`` is the rate that the service allowed. None means that it is not known.
    """
    return SendingFigures(figures.requests, figures.throttled, rate, figures.settled_doubts, figures.progress)


def context_of(
    run: Run, *, rest: Disposition = Disposition.DEFERRED, decided_at: datetime | None = None, advice: str = ""
) -> ReportContext:
    """Return the values that the lines of a report share.

    ``rest`` is the disposition of open rows that were not sent. ``decided_at`` is the time for the lines of rows that
    were not sent. None means the end of the run, or its start if the ledger has no end. ``advice`` tells the operator
    what to do about people in doubt.
    """
    time = decided_at or run.ended_at or run.started_at
    return ReportContext(run.run_id, run.scope.destination, run.scope.account, time.isoformat(), rest, advice=advice)


def with_lines(
    rows: Iterable[pd.DataFrame], context: ReportContext, *, outcomes: PeopleMemory | None
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield each frame of a run's rows together with the lines of the report about these rows.

    The lines contain outcomes from the ledger ``outcomes``. None means that the run sent nothing.
    """
    for frame in rows:
        first, last = int(frame.index[0]), int(frame.index[-1])
        settled = outcomes.outcomes(context.run_id, first, last + 1) if outcomes else NO_OUTCOMES
        yield frame, reconcile(frame, settled, context)


def write_lines(
    rows: Iterable[pd.DataFrame],
    folder: Folder,
    context: ReportContext,
    *,
    outcomes: Ledger | None,
    extras: Sequence[Report] = (),
    news: NewsCounter | None = None,
    advance: Advance = lambda _lines, _note: None,
) -> Tally:
    """Write the lines of all rows into the reconciliation and the ``extras``, and return the counts of the rows.

    ``news`` counts the new rows and marks them in the ``extras``. With None, no row is marked. The lines contain
    outcomes from the ledger ``outcomes``. None means that the run sent nothing. ``advance`` gets the number of lines
    after each frame. Raises ``ReportNotWritten``.
    """
    tally = Tally()
    with open_reconciliation(folder) as reconciliation:
        for frame, lines in with_lines(rows, context, outcomes=outcomes):
            reconciliation.append(lines)
            marked = news.mark(lines, frame["key"]) if news else lines
            for report in extras:
                report.append(marked)
            tally.add(lines)
            advance(len(lines), "")
    return tally


def optional_reports(settings: Settings, folder: Folder) -> AbstractContextManager[tuple[OptionalReport, ...]]:
    """Open the reports that the settings ask for in addition to the reconciliation."""
    return open_optional_reports(
        folder,
        settings.state_folder(),
        page=not settings.no_page,
        handoff=settings.handoff,
        language=settings.handoff_language,
    )


def plain_counts(counts: Mapping[Disposition, int]) -> dict[str, int]:
    """Return the counts by the names of the dispositions, which are the keys in the ledger and in JSON documents."""
    return {str(disposition): count for disposition, count in counts.items()}
