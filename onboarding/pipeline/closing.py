"""How does a run end: which report, which sums, which exit code?"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from onboarding import __version__
from onboarding.exports import file_digests
from onboarding.ledger import Ledger
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.plan import CHUNK_SIZE
from onboarding.model.run import Run, now
from onboarding.model.sent import Ending, Sent
from onboarding.pipeline.admission import Inputs, admit
from onboarding.pipeline.job import Job
from onboarding.pipeline.saved_plan import Header, PlanRows
from onboarding.reports import (
    RECONCILIATION,
    Folder,
    OptionalReport,
    Report,
    ReportContext,
    SendingEstimate,
    Summary,
    Tally,
    open_optional_reports,
    open_reconciliation,
    reconcile,
)
from onboarding.runtime.files import make_private_folder
from onboarding.runtime.terminal import Advance

UNUSABLE = (Disposition.REJECTED, Disposition.IGNORED)
NO_OUTCOMES = pd.DataFrame()


def close(job: Job, folder: Folder, rows: Iterable[pd.DataFrame], inputs: Callable[[], Inputs], sent: Sent) -> Summary:
    """Write the reports, check the sums and record the end.

    ``inputs`` is called when the last row was taken. Raises ``ReconciliationFailed`` and ``ReportNotWritten``.
    """
    settings = job.settings
    ledger, rest = (job.ledger, Disposition.DEFERRED) if job.sends else (None, Disposition.PLANNED)
    context = context_of(job.run, rest=rest, decided_at=now())
    if job.guarded and job.guarded.is_stopped:
        context = context.stopped_by_guard()
    with open_optional_reports(folder, page=not settings.no_page, handoff=settings.handoff) as extras:
        with job.timed("report"), open_reconciliation(folder) as reconciliation:
            reports: tuple[Report, ...] = (reconciliation, *extras)
            tally = append_all(rows, reports, context, outcomes=ledger, advance=job.bars.bar("reporting"))
            job.counts = {str(disposition): count for disposition, count in tally.total().items()}
        read = inputs()
        if not job.sends:
            sent = Sent(ending=admit(job, read))
        summary = summarise(
            job.run,
            tally,
            read,
            folder,
            ending=sent.ending,
            command=job.command,
            version=__version__,
            ended_at=now(),
            account_name=job.account_name,
            requests=sent.requests,
            throttled=sent.throttled,
            rate=job.pace.learnt,
            presence=job.known,
            confirmed=job.confirmed,
            guards=job.guarded,
            planned=None if job.sends else _planned(job),
            course=sent.course.moments,
            seconds=job.seconds,
            settings=settings.public(),
            rehearsal=job.opened.sandbox.counts() if job.opened.sandbox else None,
        )
        summary = finished(summary, extras, folder)
    summary.write(folder)
    _record(job, summary)
    return summary


def finished(summary: Summary, extras: Sequence[OptionalReport], folder: Folder) -> Summary:
    """Complete the reports beside the reconciliation; return the summary with their names, or why one failed."""
    for extra in extras:
        extra.finish(summary)
    files = tuple(map(folder.called, (RECONCILIATION, *(extra.name for extra in extras if not extra.failure))))
    if failures := [extra.failure for extra in extras if extra.failure]:
        told = " ".join(filter(None, (summary.message, *failures, f"Try onboard report {summary.run_id}.")))
        return replace(summary, files=files, message=told, exit_code=ExitCode.INTERNAL)
    return replace(summary, files=files)


def close_plan(
    job: Job, stack: ExitStack, folder: Folder, rows: Iterable[pd.DataFrame], inputs: Callable[[], Inputs]
) -> Summary:
    """Write the reports of a plan, and save the plan itself where that is wanted."""
    if job.settings.save is None:
        return close(job, folder, rows, inputs, Sent())
    scratch = make_private_folder(job.settings.state_folder())
    aside = stack.enter_context(PlanRows(scratch))
    summary = close(job, folder, aside.over(rows), inputs, Sent())
    aside.write(Path(job.settings.save), _header(job, summary), job.ledger.secret)
    return summary


def _header(job: Job, summary: Summary) -> Header:
    """Return what a saved plan says of itself."""
    planned, guards = summary.planned, summary.guards
    return Header(
        run_id=summary.run_id,
        made_at=summary.ended_at.isoformat(),
        version=summary.version,
        destination=summary.destination,
        account=summary.account,
        endpoint=summary.endpoint,
        account_name=summary.account_name,
        invites=planned.invites if planned else 0,
        requests=planned.requests if planned else 0,
        seconds=planned.seconds if planned else None,
        counts={str(disposition): count for disposition, count in summary.counts.items()},
        guards=[asdict(hit) for hit in guards.hits] if guards else (),
        confirmed=bool(guards and guards.confirmed),
        inputs=summary.inputs,
        lists=file_digests(job.settings.exclude, job.s3) if job.settings.exclude else {},
        settings=job.settings.public(),
    )


def _planned(job: Job) -> SendingEstimate:
    requests = -(-job.census.invites // CHUNK_SIZE)
    rate = job.ledger.rate(job.run.scope)
    seconds = round(requests / rate, 1) if rate else None
    return SendingEstimate(job.census.invites, job.census.again, requests, seconds, job.settings.save or "")


def _record(job: Job, summary: Summary) -> None:
    job.ledger.end(job.run.run_id, exit_code=summary.exit_code, counts=job.counts)
    if job.sends and summary.exit_code != ExitCode.GUARD:
        job.ledger.remember_domains(job.run.scope, job.census.domains)


def summarise(
    run: Run, tally: Tally, inputs: Inputs, folder: Folder, *, ending: Ending | None = None, **more: Any
) -> Summary:
    """Check the sums, and return what there is to say of a run. Raises ``ReconciliationFailed``.

    ``more`` are the fields of ``Summary`` that run and tally do not tell, or tell otherwise.
    """
    read: Counter[str] = Counter()
    for one in inputs:
        read[str(one["source"])] += int(str(one["rows"]))
    tally.check(read)
    counts = tally.total()
    ending = _ending(counts, ending)
    told: dict[str, Any] = {
        "run_id": run.run_id,
        "command": run.command,
        "version": run.version,
        "started_at": run.started_at,
        "ended_at": run.ended_at or run.started_at,
        # How a past run ended is on record, whatever its rows alone would say.
        "exit_code": exit_code(counts, ending) if run.exit_code is None else run.exit_code,
        "message": ending.message if ending else "",
        "destination": run.scope.destination,
        "account": run.scope.account,
        "account_name": "",
        "endpoint": run.scope.endpoint,
        "rows_read": sum(counts.values()),
        "counts": counts,
        "counts_by_source": tally.by_source(),
        "inputs": inputs,
        "seconds": {},
        "settings": run.settings,
        "folder": folder.name,
    }
    return Summary(**(told | more))


def context_of(run: Run, *, rest: Disposition, decided_at: datetime) -> ReportContext:
    """Return what the lines of a report have in common.

    ``rest`` is what becomes of open rows that were not sent, and ``decided_at`` the time for rows that were not sent.
    """
    return ReportContext(run.run_id, run.scope.destination, run.scope.account, decided_at.isoformat(), rest)


def with_lines(
    rows: Iterable[pd.DataFrame], context: ReportContext, *, outcomes: Ledger | None
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield each frame of a run's rows with its lines of the report. ``outcomes`` is the ledger if the run sent."""
    for frame in rows:
        first, last = int(frame.index[0]), int(frame.index[-1])
        settled = outcomes.outcomes(context.run_id, first, last + 1) if outcomes else NO_OUTCOMES
        yield frame, reconcile(frame, settled, context)


def append_all(
    rows: Iterable[pd.DataFrame],
    reports: Collection[Report],
    context: ReportContext,
    *,
    outcomes: Ledger | None,
    advance: Advance = lambda _lines, _note: None,
) -> Tally:
    """Give each report a line for each row, and count them. ``outcomes`` is the ledger if the run sent anything."""
    tally = Tally()
    for _, lines in with_lines(rows, context, outcomes=outcomes):
        for report in reports:
            report.append(lines)
        tally.add(lines)
        advance(len(lines), "")
    return tally


def exit_code(counts: Mapping[Disposition, int], ending: Ending | None) -> ExitCode:
    """Return the first that holds, in the order of ``contracts.md``."""
    asked = ending.exit_code if ending else ExitCode.SETTLED
    if asked not in (ExitCode.SETTLED, ExitCode.STOPPED):
        return asked
    if counts.get(Disposition.IN_DOUBT):
        return ExitCode.IN_DOUBT
    return ExitCode.PARTIAL if counts.get(Disposition.FAILED) else asked


def nobody_usable(counts: Mapping[Disposition, int]) -> Ending | None:
    """Return how a run ends that has no row with a usable address, if so it is."""
    if any(counts.get(disposition) for disposition in Disposition if disposition not in UNUSABLE):
        return None
    return Ending(ExitCode.INPUT_REFUSED, "No row has a usable address; the report says why, row by row.")


def _ending(counts: Mapping[Disposition, int], ending: Ending | None) -> Ending | None:
    if nobody := nobody_usable(counts):
        return nobody
    if ending is None and (doubtful := counts.get(Disposition.IN_DOUBT)):
        return Ending(ExitCode.IN_DOUBT, f"Whether {doubtful} people were invited is not known; run onboard resume.")
    return ending
