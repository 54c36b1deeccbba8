"""What happens in one run, from the exports to the report? Read this first.

::

    exports ──load──▶ rows ──normalise──▶ ──decide──▶ ──deduplicate──▶ ──leave out who is there or was mailed──▶ plan
    plan ──send──▶ outcomes ──confirm what is in doubt──▶ ──reconcile──▶ report: every row exactly one disposition

Everything that can be refused is refused before anything is sent. Policy comes before duplicates, so that a row that
is excluded never stands in for a colleague's second, active record.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import structlog

from onboarding.exports import Export, open_exports
from onboarding.model.errors import ConfigurationError
from onboarding.model.outcomes import State
from onboarding.model.rows import is_open
from onboarding.model.run import now
from onboarding.model.sent import Ending, Sent
from onboarding.pipeline.admission import Inputs, admit
from onboarding.pipeline.carry_over import LeftOver, left_over
from onboarding.pipeline.closing import close, close_plan
from onboarding.pipeline.history import run_to_resume
from onboarding.pipeline.job import Job, on_record, open_job
from onboarding.pipeline.move_from import rosters
from onboarding.pipeline.past_reports import open_ledger
from onboarding.pipeline.rounds import final, outcomes_of, send
from onboarding.pipeline.saved_plan import as_planned, check_inputs, check_savable, check_scope, open_plan
from onboarding.preparing import Engine, Policy, Rules, choose_engine, read_exclusions
from onboarding.reports import Folder, Summary, open_folder
from onboarding.runtime.aws import Access, s3_at_need
from onboarding.settings.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = structlog.get_logger()


def run(settings: Settings, *, stop_after_plan: bool = False) -> Summary:
    """Read, decide, send, confirm, reconcile and report; with ``stop_after_plan``, report what would be sent.

    Raises an ``OnboardingError``, and has sent nothing, where it cannot begin; an error later leaves what was sent in
    the ledger.
    """
    with ExitStack() as stack:
        if settings.by_account:
            raise ConfigurationError("--account-column and --routes are for onboard run and onboard plan.")
        if settings.save:
            check_savable(Path(settings.save))
        prepare = choose_engine(settings.engine, settings.scheduler)
        s3 = stack.enter_context(s3_at_need(Access(profile=settings.profile, region=settings.region)))
        exports = _named_exports(settings, s3)
        policy = policy_of(settings, s3)
        job = open_job(settings, stack, command="plan" if stop_after_plan else "run", s3=s3)
        left = _left_over(job, stack)
        exports += open_exports(own, s3=s3) if (own := _own_exports(job, stack, left)) else ()
        rows = _decide(job, prepare, exports, policy)
        rows = left.outweighed(rows) if left else rows
        return carry_out(job, stack, map(job.leave_out_known, rows), partial(_facts, exports))


def apply(settings: Settings, plan: str) -> Summary:
    """Send exactly what a saved plan says, but to nobody who was invited since.

    Raises as ``run`` does, and ``InputRefused`` if the plan, one of its inputs or its destination is another by now.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_at_need(Access(profile=settings.profile, region=settings.region)))
        settings = as_planned(settings, Path(plan))
        with open_ledger(settings) as ledger:
            secret = ledger.secret
        saved = stack.enter_context(open_plan(Path(plan), secret))
        check_inputs(saved.header, s3)
        job = open_job(settings, stack, command="apply", s3=s3)
        check_scope(saved.header, job.run.scope)
        job.approved = saved.header
        return carry_out(job, stack, map(job.leave_out_known, saved.rows()), lambda: saved.header.inputs)


def resume(settings: Settings, run_id: str | None = None, *, of_command: str | None = None) -> Summary:
    """Settle what is in doubt, send what an interrupted run left, and write its report again.

    Without a ``run_id``, the latest run if it was interrupted, and begun by that command if one is named. Raises as
    ``run`` does, and ``NothingToResume``.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_at_need(Access(profile=settings.profile, region=settings.region)))
        job = open_job(
            settings,
            stack,
            command="resume",
            s3=s3,
            choose=partial(run_to_resume, run_id=run_id, of_command=of_command),
        )
        return carry_on(job, stack)


def carry_out(job: Job, stack: ExitStack, rows: Iterable[pd.DataFrame], inputs: Callable[[], Inputs]) -> Summary:
    """Walk the rest of the path with rows that are decided, or open if they are to be sent.

    ``rows`` are frames with the columns of ``rows.DECIDED``; ``inputs`` tells what they were read from once the last
    one was taken. The stack is left by whoever gave it.
    """
    stack.enter_context(on_record(job))
    folder = stack.enter_context(open_folder(job.settings.out, job.run.run_id, job.s3))
    rows = job.census.over(rows)
    if not job.sends:
        return close_plan(job, stack, folder, rows, inputs)
    stopped = approve(job, rows, inputs)
    sent = Sent(ending=stopped) if stopped else send(job, job.census.invites, after=0)
    return close(job, folder, job.ledger.rows(job.run.run_id), inputs, sent)


def approve(job: Job, rows: Iterable[pd.DataFrame], inputs: Callable[[], Inputs]) -> Ending | None:
    """Keep rows that the census counts while they pass by, so that the run can be told from the ledger alone.

    Then let the guards see them; return why nothing of it may be sent, if they say so.
    """
    with job.timed("prepare"):
        advance = job.bars.bar("deciding")
        for part, frame in enumerate(rows):
            job.ledger.keep(job.run.run_id, part, frame)
            advance(len(frame), "")
        stopped = admit(job, inputs())
        if stopped:
            # On record before the run is complete, from where on it could be resumed.
            job.ledger.end(job.run.run_id, exit_code=stopped.exit_code, counts={})
        job.ledger.record_inputs(job.run.run_id, inputs())
        return stopped


def carry_on(
    job: Job, stack: ExitStack, reports: Callable[[], AbstractContextManager[Folder]] | None = None
) -> Summary:
    """Walk the rest of the path with the rows that an interrupted run has kept.

    ``reports`` opens the folder for them, if it is not the run's own.
    """
    stack.enter_context(on_record(job))
    reports = reports or partial(open_folder, job.settings.out, job.run.run_id, job.s3)
    folder = stack.enter_context(reports())
    with job.timed("prepare"):
        to_send, chunks, invited = _look_again(job)
    sent = send(job, to_send, after=chunks, invited=invited)
    return close(job, folder, job.ledger.rows(job.run.run_id), lambda: job.run.inputs or (), sent)


def policy_of(settings: Settings, s3: "Callable[[], S3Client]") -> Policy:
    """Return whom the settings say to invite. Raises ``InputRefused`` for a list that cannot be read."""
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


def _named_exports(settings: Settings, s3: "Callable[[], S3Client]") -> tuple[Export, ...]:
    """Open the exports that were named; none need be where an account is moved from."""
    if settings.move_from and not settings.exports:
        return ()
    return open_exports(
        settings.exports,
        email_column=settings.email_column,
        sheet=settings.sheet,
        encoding=settings.encoding,
        block_bytes=settings.footprint().block_bytes,
        s3=s3,
    )


def _own_exports(job: Job, stack: ExitStack, left: LeftOver | None) -> list[str]:
    """Return the files that the run makes for itself, whom the last run left as the last."""
    settings = job.settings
    moved: list[str] = []
    if settings.move_from:
        moved = stack.enter_context(rosters(job, settings.move_from, settings.state_folder()))
    return [*moved, left.path] if left else moved


def _decide(job: Job, prepare: Engine, exports: Sequence[Export], policy: Policy) -> Iterator[pd.DataFrame]:
    """Yield all rows, decided, or open if they are to be sent."""
    settings = job.settings
    return prepare(
        exports,
        Rules(policy, settings.suspicions(), settings.date_order),
        scratch=settings.state_folder(),
        footprint=settings.footprint(),
        on_read=job.bars.bar("reading"),
        raise_if_stopped=job.stop.raise_if_stopped,
    )


def _left_over(job: Job, stack: ExitStack) -> LeftOver | None:
    """Return whom the last run left, if they are to be carried over."""
    if not job.settings.carry_over:
        return None
    return stack.enter_context(left_over(job.ledger, job.run.scope, job.settings.state_folder()))


def _facts(exports: Sequence[Export]) -> Inputs:
    return [asdict(export.facts) for export in exports]


def look_again(job: Job, frame: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return rows that a run has kept without those whom others have invited since.

    What it has settled itself, as ``outcomes`` say, stays as it is. Raises as ``Job.leave_out_known``.
    """
    unsent = frame.loc[is_open(frame) & ~frame.index.isin(final(outcomes))]
    looked_at = job.leave_out_known(unsent)
    return frame if looked_at.equals(unsent) else pd.concat([frame.drop(unsent.index), looked_at]).sort_index()


def _look_again(job: Job) -> tuple[int, int, int]:
    """Look again at all rows; return how many are to be sent, and how many chunks and people were."""
    to_send = chunks = invited = 0
    for part, frame in enumerate(job.census.over(job.ledger.rows(job.run.run_id))):
        outcomes = outcomes_of(job, frame)
        looked_at = look_again(job, frame, outcomes)
        if looked_at is not frame:
            job.ledger.keep(job.run.run_id, part, looked_at)
        to_send += int((is_open(looked_at) & ~looked_at.index.isin(final(outcomes))).sum())
        invited += int((outcomes["state"] == State.INVITED).sum())
        chunks = max(chunks, int(outcomes["chunk"].max()) if len(outcomes) else 0)
    return to_send, chunks, invited
