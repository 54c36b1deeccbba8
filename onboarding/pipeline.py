"""What happens in one run, from the exports to the report? Read this first.

::

    exports ──load──▶ rows ──normalise──▶ ──decide──▶ ──deduplicate──▶ ──leave out whom the ledger knows──▶ plan
    plan ──send──▶ outcomes ──reconcile──▶ report: every row exactly one disposition

Everything that can be refused is refused before anything is sent. Policy comes before duplicates, so that a row that
is excluded never stands in for a colleague's second, active record.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from secrets import token_hex

import pandas as pd
import structlog

from onboarding import __version__, logs
from onboarding.addresses import normalise
from onboarding.destinations import Opened, open_destination
from onboarding.duplicates import Duplicates
from onboarding.errors import ExitCode, InputRefused, OnboardingError
from onboarding.exports import Export, open_exports
from onboarding.ledger import Ledger, Run
from onboarding.plan import cut, leave_out_known
from onboarding.policy import decide_candidates
from onboarding.reports import Context, Summary, Tally, open_reconciliation, reconcile, run_folder
from onboarding.rows import Disposition, is_open
from onboarding.sending import QUESTION_BUDGET_SECONDS, Dispatcher, Ending, Patience, Sent, Stop, ask
from onboarding.settings import Settings

log = structlog.get_logger()

UNUSABLE = (Disposition.REJECTED.value, Disposition.IGNORED.value)


@dataclass(frozen=True, slots=True)
class _Job:
    """A run with everything it needs, open. ``sends`` is False where it stops after the plan."""

    run: Run
    settings: Settings
    exports: tuple[Export, ...]
    ledger: Ledger
    opened: Opened
    account_name: str
    stop: Stop
    sends: bool
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Note how long a phase takes."""
        begun = time.monotonic()
        yield
        self.seconds[phase] = round(time.monotonic() - begun, 3)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Rows read from each source, how many of all are usable, and how many are to be sent."""

    rows_read: Mapping[str, int]
    usable: int
    to_send: int


def run(settings: Settings, *, stop_after_plan: bool = False) -> Summary:
    """Read, decide, send, reconcile and report; with ``stop_after_plan``, report what would be sent.

    Raises an ``OnboardingError``, and has sent nothing, where it cannot begin; an error later leaves what was sent in
    the ledger.
    """
    with ExitStack() as stack:
        job = _open(settings, stack, sends=not stop_after_plan)
        job.ledger.begin(job.run)
        try:
            summary = _carry_out(job, stack)
        except OnboardingError as error:
            job.ledger.end(job.run.run_id, exit_code=error.exit_code, counts={})
            raise
        job.ledger.end(
            job.run.run_id,
            exit_code=summary.exit_code,
            counts={str(disposition): rows for disposition, rows in summary.counts.items()},
        )
        return summary


def _open(settings: Settings, stack: ExitStack, *, sends: bool) -> _Job:
    """Open all that the run needs, cheapest refusal first."""
    exports = open_exports(settings.exports, email_column=settings.email_column)
    opened = stack.enter_context(open_destination(settings))
    ledger = stack.enter_context(Ledger.open(settings.ledger_place(), clock=_now))
    run = Run(
        run_id=f"{_now():%Y%m%dT%H%M%SZ}-{token_hex(3)}",
        scope=opened.destination.scope,
        command="run" if sends else "plan",
        version=__version__,
        started_at=_now(),
        settings=settings.public(),
    )
    stack.enter_context(structlog.contextvars.bound_contextvars(run_id=run.run_id))
    if sends:
        stack.enter_context(ledger.hold(run))
        ledger.doubt(run.scope)
    patience = Patience(
        time.monotonic, time.sleep, deadline=_deadline(settings), budget_seconds=QUESTION_BUDGET_SECONDS
    )
    account_name = ask(opened.destination.check, patience)
    # Until here nothing was sent, and a signal may end the process where it stands.
    stop = stack.enter_context(Stop())
    return _Job(run, settings, exports, ledger, opened, account_name, stop, sends)


def _carry_out(job: _Job, stack: ExitStack) -> Summary:
    """Walk the one path."""
    folder = stack.enter_context(run_folder(job.settings.out, job.run.run_id))
    with job.timed("prepare"):
        prepared = _prepare(job)
    sent = Sent()
    if not prepared.usable:
        sent = Sent(ending=Ending(ExitCode.INPUT_REFUSED, "No row has a usable address; the report says why."))
    elif job.sends:
        with job.timed("send"):
            sent = _send(job, prepared.to_send)
    with job.timed("report"):
        tally = _report(job, folder)
        tally.check(prepared.rows_read)
    summary = _summarise(job, folder, tally, sent)
    summary.write()
    return summary


def _prepare(job: _Job) -> _Prepared:
    """Decide every row whose fate does not depend on the service, and keep all rows in the ledger."""
    duplicates = Duplicates()
    rows_read: dict[str, int] = {}
    position = part = usable = to_send = 0
    for export in job.exports:
        begun = position
        for as_read in export.batches(position):
            frame = _decide(as_read, duplicates, job)
            job.ledger.keep(job.run.run_id, part, frame)
            usable += int((~frame["disposition"].isin(UNUSABLE)).sum())
            to_send += int(is_open(frame).sum())
            position += len(frame)
            part += 1
        rows_read[export.source] = position - begun
        log.info("export.read", source=export.source, rows=position - begun)
    if not position:
        raise InputRefused(f"{', '.join(rows_read)}: there is no row after the header; nothing to do.")
    return _Prepared(rows_read, usable, to_send)


def _decide(as_read: pd.DataFrame, duplicates: Duplicates, job: _Job) -> pd.DataFrame:
    """Take rows as they were read to rows whose fate is decided, or open if they are to be sent."""
    with_addresses = normalise(as_read)
    candidates = decide_candidates(with_addresses, allowed_domains=job.settings.allow_domain)
    once = duplicates.mark(candidates)
    known = job.ledger.remembered(job.run.scope, once.loc[is_open(once), "key"])
    return leave_out_known(once, known)


def _send(job: _Job, to_send: int) -> Sent:
    patience = Patience(time.monotonic, job.stop.sleep, deadline=_deadline(job.settings))
    show = not (job.settings.quiet or job.settings.no_progress)
    with logs.progress("inviting", to_send, enabled=show) as on_progress:
        dispatcher = Dispatcher(
            job.run.run_id, job.opened.destination, job.ledger, patience, stop=job.stop, on_progress=on_progress
        )
        return dispatcher.send(cut(job.ledger.rows(job.run.run_id)))


def _report(job: _Job, folder: Path) -> Tally:
    """Write the reconciliation report from the ledger, and count its lines."""
    scope, run_id = job.run.scope, job.run.run_id
    rest = Disposition.DEFERRED if job.sends else Disposition.PLANNED
    context = Context(run_id, scope.destination, scope.account, _now().isoformat(), rest)
    tally = Tally()
    with open_reconciliation(folder / "reconciliation.csv") as report:
        for frame in job.ledger.rows(run_id):
            outcomes = job.ledger.outcomes(run_id, frame.index[0], frame.index[-1] + 1)
            lines = reconcile(frame, outcomes, context)
            report.append(lines)
            tally.add(lines)
    return tally


def _summarise(job: _Job, folder: Path, tally: Tally, sent: Sent) -> Summary:
    counts = tally.total()
    return Summary(
        run_id=job.run.run_id,
        command=job.run.command,
        version=__version__,
        started_at=job.run.started_at,
        ended_at=_now(),
        exit_code=_exit_code(counts, sent.ending),
        message=sent.ending.message if sent.ending else "",
        destination=job.run.scope.destination,
        account=job.run.scope.account,
        account_name=job.account_name,
        endpoint=job.run.scope.endpoint,
        rows_read=sum(counts.values()),
        counts=counts,
        counts_by_source=tally.by_source(),
        inputs=[export.facts for export in job.exports],
        requests=sent.requests,
        throttled=sent.throttled,
        seconds=job.seconds,
        settings=job.run.settings,
        folder=folder,
        rehearsal=job.opened.sandbox.counts() if job.opened.sandbox else None,
    )


def _exit_code(counts: Mapping[Disposition, int], ending: Ending | None) -> ExitCode:
    """Return the first that holds, in the order of ``contracts.md``."""
    asked = ending.exit_code if ending else ExitCode.SETTLED
    if asked not in (ExitCode.SETTLED, ExitCode.STOPPED):
        return asked
    if counts.get(Disposition.IN_DOUBT):
        return ExitCode.IN_DOUBT
    return ExitCode.PARTIAL if counts.get(Disposition.FAILED) else asked


def _deadline(settings: Settings) -> float:
    return time.monotonic() + settings.deadline.total_seconds() if settings.deadline else inf


def _now() -> datetime:
    return datetime.now(UTC)
