"""What happens in one run, from the exports to the report? Read this first.

::

    exports ──load──▶ rows ──normalise──▶ ──decide──▶ ──deduplicate──▶ ──leave out whom the ledger knows──▶ plan
    plan ──send──▶ outcomes ──reconcile──▶ report: every row exactly one disposition

Everything that can be refused is refused before anything is sent. Policy comes before duplicates, so that a row that
is excluded never stands in for a colleague's second, active record.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from secrets import token_hex
from typing import TYPE_CHECKING

import pandas as pd
import structlog

from onboarding import __version__, logs
from onboarding.aws import Access, s3_at_need
from onboarding.destinations import Opened, open_destination
from onboarding.engines import prepare
from onboarding.errors import ExitCode, OnboardingError
from onboarding.exclusions import read_exclusions
from onboarding.exports import Export, open_exports
from onboarding.ledger import Ledger, Run
from onboarding.plan import cut, leave_out_known
from onboarding.policy import Policy
from onboarding.reports import Context, Folder, Summary, Tally, open_folder, open_reconciliation, reconcile
from onboarding.rows import Disposition, is_open
from onboarding.sending import QUESTION_BUDGET_SECONDS, Dispatcher, Ending, Patience, Sent, Stop, ask
from onboarding.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = structlog.get_logger()

UNUSABLE = (Disposition.REJECTED, Disposition.IGNORED)
NO_OUTCOMES = pd.DataFrame()


@dataclass(frozen=True, slots=True)
class _Job:
    """A run with everything it needs, open. ``sends`` is False where it stops after the plan."""

    run: Run
    settings: Settings
    exports: tuple[Export, ...]
    policy: Policy
    s3: Callable[[], "S3Client"]
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
    s3 = stack.enter_context(s3_at_need(Access(profile=settings.profile, region=settings.region)))
    exports = open_exports(
        settings.exports,
        email_column=settings.email_column,
        sheet=settings.sheet,
        encoding=settings.encoding,
        block_bytes=settings.footprint().block_bytes,
        s3=s3,
    )
    policy = _policy(settings, s3)
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
    return _Job(run, settings, exports, policy, s3, ledger, opened, account_name, stop, sends)


def _policy(settings: Settings, s3: "Callable[[], S3Client]") -> Policy:
    exclusions = read_exclusions(settings.exclude, s3=s3)
    if settings.exclude:
        log.info("exclusions.read", addresses=len(exclusions.keys), employee_ids=len(exclusions.employee_ids))
    return Policy(
        # The day it is where the job runs, which is the day that people there mean.
        today=_now().astimezone().date(),
        starts_before=settings.starts_before,
        allowed_domains=settings.allow_domain,
        exclusions=exclusions,
    )


def _carry_out(job: _Job, stack: ExitStack) -> Summary:
    """Walk the one path."""
    folder = stack.enter_context(open_folder(job.settings.out, job.run.run_id, job.s3))
    rows = _decide(job)
    sent = Sent()
    if job.sends:
        with job.timed("prepare"):
            to_send = _keep(job, rows)
        with job.timed("send"):
            sent = _send(job, to_send)
        rows = job.ledger.rows(job.run.run_id)
    with job.timed("report"):
        tally = _report(job, rows, folder)
        tally.check({export.source: export.facts.rows or 0 for export in job.exports})
    summary = _summarise(job, folder, tally, sent)
    summary.write(folder)
    return summary


def _decide(job: _Job) -> Iterator[pd.DataFrame]:
    """Yield all rows, decided, or open if they are to be sent."""
    settings = job.settings
    rows = prepare(
        job.exports,
        job.policy,
        holds=settings.suspicions(),
        date_order=settings.date_order,
        scratch=settings.state_folder(),
        noted_bytes=settings.footprint().noted_bytes,
    )
    for frame in rows:
        known = job.ledger.remembered(job.run.scope, frame.loc[is_open(frame), "key"])
        yield leave_out_known(frame, known)


def _keep(job: _Job, rows: Iterable[pd.DataFrame]) -> int:
    """Keep all rows in the ledger, so that the run can be told from it alone, and return how many are to be sent."""
    to_send = 0
    for part, frame in enumerate(rows):
        job.ledger.keep(job.run.run_id, part, frame)
        to_send += int(is_open(frame).sum())
    return to_send


def _send(job: _Job, to_send: int) -> Sent:
    patience = Patience(time.monotonic, job.stop.sleep, deadline=_deadline(job.settings))
    show = not (job.settings.quiet or job.settings.no_progress)
    with logs.progress("inviting", to_send, enabled=show) as on_progress:
        dispatcher = Dispatcher(
            job.run.run_id, job.opened.destination, job.ledger, patience, stop=job.stop, on_progress=on_progress
        )
        return dispatcher.send(cut(job.ledger.rows(job.run.run_id)))


def _report(job: _Job, rows: Iterable[pd.DataFrame], folder: Folder) -> Tally:
    """Write the reconciliation report, and count its lines."""
    scope, run_id = job.run.scope, job.run.run_id
    rest = Disposition.DEFERRED if job.sends else Disposition.PLANNED
    context = Context(run_id, scope.destination, scope.account, _now().isoformat(), rest)
    tally = Tally()
    with open_reconciliation(folder) as report:
        for frame in rows:
            outcomes = job.ledger.outcomes(run_id, frame.index[0], frame.index[-1] + 1) if job.sends else NO_OUTCOMES
            lines = reconcile(frame, outcomes, context)
            report.append(lines)
            tally.add(lines)
    return tally


def _summarise(job: _Job, folder: Folder, tally: Tally, sent: Sent) -> Summary:
    counts = tally.total()
    ending = sent.ending
    if not any(counts.get(disposition) for disposition in Disposition if disposition not in UNUSABLE):
        ending = Ending(ExitCode.INPUT_REFUSED, "No row has a usable address; the report says why, row by row.")
    return Summary(
        run_id=job.run.run_id,
        command=job.run.command,
        version=__version__,
        started_at=job.run.started_at,
        ended_at=_now(),
        exit_code=_exit_code(counts, ending),
        message=ending.message if ending else "",
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
        folder=folder.name,
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
