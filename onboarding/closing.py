"""How does a run end: which report, which sums, which exit code?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from onboarding import __version__
from onboarding.errors import ExitCode
from onboarding.job import Job, now
from onboarding.ledger import Ledger, Run
from onboarding.reports import Context, Folder, Summary, Tally, open_reconciliation, reconcile
from onboarding.rows import Disposition
from onboarding.sending import Ending, Sent

UNUSABLE = (Disposition.REJECTED, Disposition.IGNORED)
NO_OUTCOMES = pd.DataFrame()

Inputs = Sequence[Mapping[str, object]]
"""What was read, as ``exports.Facts`` has it."""


def close(job: Job, folder: Folder, rows: Iterable[pd.DataFrame], inputs: Callable[[], Inputs], sent: Sent) -> Summary:
    """Write the reports, check the sums and record the end.

    ``inputs`` is called when the last row was taken. Raises ``BooksDoNotBalance`` and ``ReportNotWritten``.
    """
    ledger, rest = (job.ledger, Disposition.DEFERRED) if job.sends else (None, Disposition.PLANNED)
    with job.timed("report"):
        tally = write_reconciliation(rows, folder, job.run, outcomes=ledger, rest=rest, decided_at=now())
    summary = summarise(
        job.run,
        tally,
        inputs(),
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
        seconds=job.seconds,
        settings=job.settings.public(),
        rehearsal=job.opened.sandbox.counts() if job.opened.sandbox else None,
    )
    summary.write(folder)
    job.ledger.end(
        job.run.run_id,
        exit_code=summary.exit_code,
        counts={str(disposition): count for disposition, count in summary.counts.items()},
    )
    return summary


def summarise(
    run: Run, tally: Tally, inputs: Inputs, folder: Folder, *, ending: Ending | None = None, **more: Any
) -> Summary:
    """Check the sums, and return what there is to say of a run. Raises ``BooksDoNotBalance``.

    ``more`` are the fields of ``Summary`` that run and tally do not tell, or tell otherwise.
    """
    tally.check({str(one["source"]): int(str(one["rows"])) for one in inputs})
    counts = tally.total()
    ending = _ending(counts, ending)
    told: dict[str, Any] = {
        "run_id": run.run_id,
        "command": run.command,
        "version": run.version,
        "started_at": run.started_at,
        "ended_at": run.ended_at or run.started_at,
        "exit_code": exit_code(counts, ending),
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


def write_reconciliation(
    rows: Iterable[pd.DataFrame],
    folder: Folder,
    run: Run,
    *,
    outcomes: Ledger | None,
    rest: Disposition,
    decided_at: datetime,
) -> Tally:
    """Write a line for each row, and count the lines.

    ``outcomes`` is the ledger if the run sent anything, ``rest`` what becomes of open rows that were not sent, and
    ``decided_at`` the time for rows that were not sent.
    """
    scope, run_id = run.scope, run.run_id
    context = Context(run_id, scope.destination, scope.account, decided_at.isoformat(), rest)
    tally = Tally()
    with open_reconciliation(folder) as report:
        for frame in rows:
            settled = outcomes.outcomes(run_id, frame.index[0], frame.index[-1] + 1) if outcomes else NO_OUTCOMES
            lines = reconcile(frame, settled, context)
            report.append(lines)
            tally.add(lines)
    return tally


def exit_code(counts: Mapping[Disposition, int], ending: Ending | None) -> ExitCode:
    """Return the first that holds, in the order of ``contracts.md``."""
    asked = ending.exit_code if ending else ExitCode.SETTLED
    if asked not in (ExitCode.SETTLED, ExitCode.STOPPED):
        return asked
    if counts.get(Disposition.IN_DOUBT):
        return ExitCode.IN_DOUBT
    return ExitCode.PARTIAL if counts.get(Disposition.FAILED) else asked


def _ending(counts: Mapping[Disposition, int], ending: Ending | None) -> Ending | None:
    if not any(counts.get(disposition) for disposition in Disposition if disposition not in UNUSABLE):
        return Ending(ExitCode.INPUT_REFUSED, "No row has a usable address; the report says why, row by row.")
    if ending is None and (doubtful := counts.get(Disposition.IN_DOUBT)):
        return Ending(ExitCode.IN_DOUBT, f"Whether {doubtful} people were invited is not known; run onboard resume.")
    return ending
