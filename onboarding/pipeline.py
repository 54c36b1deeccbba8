"""What happens in one run, from the exports to the report? Read this first.

::

    exports ──load──▶ rows ──normalise──▶ ──decide──▶ ──deduplicate──▶ ──leave out who is there or was mailed──▶ plan
    plan ──send──▶ outcomes ──confirm what is in doubt──▶ ──reconcile──▶ report: every row exactly one disposition

Everything that can be refused is refused before anything is sent. Policy comes before duplicates, so that a row that
is excluded never stands in for a colleague's second, active record.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import structlog

from onboarding import logs
from onboarding.aws import Access, s3_at_need
from onboarding.closing import Inputs, close
from onboarding.engines import prepare
from onboarding.errors import DestinationClosed, Interrupted
from onboarding.exclusions import read_exclusions
from onboarding.exports import Export, open_exports
from onboarding.job import Job, now, on_record, open_job
from onboarding.outcomes import State
from onboarding.past import run_to_resume
from onboarding.plan import cut
from onboarding.policy import Policy
from onboarding.reports import Summary, open_folder
from onboarding.rows import is_open
from onboarding.sending import Dispatcher, Ending, Sent, StillThrottled, stopped_by_signal
from onboarding.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = structlog.get_logger()

ROUNDS = 3
"""How often a run sends what turned out not to have arrived, the first time included."""


def run(settings: Settings, *, stop_after_plan: bool = False) -> Summary:
    """Read, decide, send, confirm, reconcile and report; with ``stop_after_plan``, report what would be sent.

    Raises an ``OnboardingError``, and has sent nothing, where it cannot begin; an error later leaves what was sent in
    the ledger.
    """
    with ExitStack() as stack:
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
        job = open_job(settings, stack, command="plan" if stop_after_plan else "run", s3=s3)
        return carry_out(job, stack, _decide(job, exports, policy), partial(_facts, exports))


def resume(settings: Settings, run_id: str | None = None) -> Summary:
    """Settle what is in doubt, send what an interrupted run left, and write its report again.

    Without a ``run_id``, the latest run if it was interrupted. Raises as ``run`` does, and ``NothingToResume``.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_at_need(Access(profile=settings.profile, region=settings.region)))
        job = open_job(settings, stack, command="resume", s3=s3, choose=partial(run_to_resume, run_id=run_id))
        return carry_on(job, stack)


def carry_out(job: Job, stack: ExitStack, rows: Iterable[pd.DataFrame], inputs: Callable[[], Inputs]) -> Summary:
    """Walk the rest of the path with rows that are decided, or open if they are to be sent.

    ``rows`` are frames with the columns of ``rows.DECIDED``; ``inputs`` tells what they were read from once the last
    one was taken. The stack is left by whoever gave it.
    """
    stack.enter_context(on_record(job))
    folder = stack.enter_context(open_folder(job.settings.out, job.run.run_id, job.s3))
    sent = Sent()
    if job.sends:
        with job.timed("prepare"):
            to_send = _keep(job, rows, inputs)
        sent = _send(job, to_send, after=0)
        rows = job.ledger.rows(job.run.run_id)
    return close(job, folder, rows, inputs, sent)


def carry_on(job: Job, stack: ExitStack) -> Summary:
    """Walk the rest of the path with the rows that an interrupted run has kept."""
    stack.enter_context(on_record(job))
    folder = stack.enter_context(open_folder(job.settings.out, job.run.run_id, job.s3))
    with job.timed("prepare"):
        to_send, chunks = _look_again(job)
    sent = _send(job, to_send, after=chunks)
    return close(job, folder, job.ledger.rows(job.run.run_id), lambda: job.run.inputs or (), sent)


def _policy(settings: Settings, s3: "Callable[[], S3Client]") -> Policy:
    exclusions = read_exclusions(settings.exclude, s3=s3)
    if settings.exclude:
        log.info("exclusions.read", addresses=len(exclusions.keys), employee_ids=len(exclusions.employee_ids))
    return Policy(
        # The day it is where the job runs, which is the day that people there mean.
        today=now().astimezone().date(),
        starts_before=settings.starts_before,
        allowed_domains=settings.allow_domain,
        exclusions=exclusions,
    )


def _decide(job: Job, exports: Sequence[Export], policy: Policy) -> Iterator[pd.DataFrame]:
    """Yield all rows, decided, or open if they are to be sent."""
    settings = job.settings
    rows = prepare(
        exports,
        policy,
        holds=settings.suspicions(),
        date_order=settings.date_order,
        scratch=settings.state_folder(),
        noted_bytes=settings.footprint().noted_bytes,
    )
    return map(job.leave_out_known, rows)


def _facts(exports: Sequence[Export]) -> Inputs:
    return [asdict(export.facts) for export in exports]


def _keep(job: Job, rows: Iterable[pd.DataFrame], inputs: Callable[[], Inputs]) -> int:
    """Keep all rows in the ledger, so that the run can be told from it alone, and return how many are to be sent."""
    to_send = 0
    for part, frame in enumerate(rows):
        job.ledger.keep(job.run.run_id, part, frame)
        to_send += int(is_open(frame).sum())
    job.ledger.complete(job.run.run_id, inputs())
    return to_send


def _look_again(job: Job) -> tuple[int, int]:
    """Leave out whom others have invited since; return how many are to be sent, and how many chunks were."""
    to_send = chunks = 0
    for part, frame in enumerate(job.ledger.rows(job.run.run_id)):
        outcomes = _outcomes(job, frame)
        unsent = frame.loc[is_open(frame) & ~frame.index.isin(_final(outcomes))]
        looked_at = job.leave_out_known(unsent)
        if not looked_at.equals(unsent):
            job.ledger.keep(job.run.run_id, part, pd.concat([frame.drop(unsent.index), looked_at]).sort_index())
        to_send += int(is_open(looked_at).sum())
        chunks = max(chunks, int(outcomes["chunk"].max()) if len(outcomes) else 0)
    return to_send, chunks


def _send(job: Job, to_send: int, *, after: int) -> Sent:
    """Send all that is open and has no outcome, and again what turned out not to have arrived."""
    sent = Sent()
    show = not (job.settings.quiet or job.settings.no_progress)
    for _ in range(ROUNDS):
        with job.timed("send"), logs.progress("inviting", to_send, enabled=show) as advance:
            dispatcher = Dispatcher(
                job.run.run_id,
                job.opened.destination,
                job.ledger,
                job.sending_patience,
                pace=job.pace,
                concurrency=job.settings.concurrency,
                stop=job.stop,
            )
            chunks = cut(_unsent(job), after=after + sent.chunks)
            sent += dispatcher.send(chunks, lambda count, so_far: advance(count, so_far.as_text()))
        to_send, ending = (0, sent.ending) if sent.ending else _released(job)
        sent += Sent(ending=ending)
        if not to_send:
            break
    job.remember_rate()
    return sent


def _released(job: Job) -> tuple[int, Ending | None]:
    """Settle what is in doubt; return how many addresses may be sent again, and why the run ends if a signal came."""
    try:
        return job.settle_doubts().released, None
    except (StillThrottled, DestinationClosed) as error:
        log.warning("doubt.left", error=type(error).__name__)
        return 0, None
    except Interrupted as stopped:
        return 0, stopped_by_signal(stopped.exit_code)


def _unsent(job: Job) -> Iterator[pd.DataFrame]:
    """Yield a run's rows without those whose outcome is final."""
    for frame in job.ledger.rows(job.run.run_id):
        yield frame.drop(frame.index.intersection(_final(_outcomes(job, frame))))


def _outcomes(job: Job, frame: pd.DataFrame) -> pd.DataFrame:
    return job.ledger.outcomes(job.run.run_id, int(frame.index[0]), int(frame.index[-1]) + 1)


def _final(outcomes: pd.DataFrame) -> pd.Index:
    return outcomes.index[outcomes["state"] != State.RELEASED]
