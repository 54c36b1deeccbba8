"""How is one account's share looked at, planned and sent, on whichever machine?

As any run is, but for two things: its rows are in the ledger already, and the process belongs to others as well. So it
listens to no signal and shows no progress, and is told by ``until`` when the whole run is to end.

Each of these may be done again by another worker because the first one died: what that one had sent is in the ledger,
and what it was sending is in doubt, and settled first.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Self

import pandas as pd
import structlog

from onboarding.ledger import Ledger
from onboarding.model.errors import ConfigurationError, DeadlinePassed, DestinationHeld, ExitCode
from onboarding.model.plan import Scope
from onboarding.model.run import Run, now
from onboarding.model.sent import Ending, Sent
from onboarding.pipeline import run as pipeline
from onboarding.pipeline.accounts.parts import part_folder
from onboarding.pipeline.accounts.shares import ROWS_OF_A_PART, Order
from onboarding.pipeline.accounts.telling import shared_ledger, tell
from onboarding.pipeline.admission import admit
from onboarding.pipeline.closing import close
from onboarding.pipeline.job import Job, open_job
from onboarding.pipeline.rounds import outcomes_of
from onboarding.preparing import Guarded, OnStop
from onboarding.reports import Summary
from onboarding.runtime import logs
from onboarding.runtime.aws import Access, s3_at_need
from onboarding.runtime.s3 import SCHEME
from onboarding.runtime.signals import StopSignal

log = structlog.get_logger()

HELD_SECONDS = 90.0
"""How long the database may take to free what a worker held that died."""

AGAIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Looked:
    """What an account's share comes to before anything is sent."""

    order: Order
    invites: int
    guarded: Guarded | None


class Told(StopSignal):
    """Hear nothing of signals, which are for the process that was started; be asked to stop by that one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was set up."""


def look(order: Order, until: OnStop) -> Looked:
    """Departure out who is there or was mailed, and hear the guards. Raises an ``OnboardingError``.

    Nothing of it can be resumed as yet: whether anybody is mailed is for the guards over all accounts to say.
    """
    with ExitStack() as stack:
        job = _open(order, stack, "resume", until)
        job.ledger.repack(job.run.run_id, ROWS_OF_A_PART)
        _admit(job, order)
        log.info("account.looked_at", invites=job.census.invites)
        return Looked(order, job.census.invites, job.guarded)


def send(looked: Looked, until: OnStop, *, confirmed: bool) -> Summary:
    """Send a share that was looked at, unless a guard was hit and nobody has ``confirmed`` it; report in any case."""
    order = looked.order
    is_stopped = looked.guarded is not None and looked.guarded.is_stopped
    if is_stopped and confirmed:
        order = replace(order, settings=order.settings.with_values({"confirm": looked.invites}))
    with ExitStack() as stack:
        job = _open(order, stack, "resume", until)
        reports = partial(part_folder, order.settings.out, order.run_id, order.share.number, job.s3)
        if is_stopped and (stopped := _admit(job, order)):
            # On record before the run is complete, from where on it could be resumed.
            job.ledger.end(job.run.run_id, exit_code=ExitCode.GUARD, counts={})
            job.ledger.record_inputs(job.run.run_id, order.inputs)
            folder = stack.enter_context(reports())
            return close(job, folder, job.ledger.rows(job.run.run_id), lambda: order.inputs, Sent(ending=stopped))
        job.ledger.record_inputs(job.run.run_id, order.inputs)
        return pipeline.carry_on(job, stack, reports)


def plan(order: Order, until: OnStop) -> Summary:
    """Report who of a share would be invited."""
    with ExitStack() as stack:
        job = _open(order, stack, "plan", until)
        folder = stack.enter_context(part_folder(order.settings.out, order.run_id, order.share.number, job.s3))
        rows = job.census.over(map(job.leave_out_known, job.ledger.rows(job.run.run_id)))
        return close(job, folder, rows, lambda: order.inputs, Sent())


def report(order: Order, _until: OnStop) -> Summary:
    """Report a share of whom nobody is to be invited, so that its account need not be asked for anything."""
    _check_place(order)
    return tell(order, None)


def _admit(job: Job, order: Order) -> Ending | None:
    """Look again at all rows of a share; note in the job what the guards say, and return why nothing may be sent."""
    for _ in job.census.over(_looked_at(job)):
        pass
    return admit(job, order.inputs)


def _looked_at(job: Job) -> Iterator[pd.DataFrame]:
    for part, frame in enumerate(job.ledger.rows(job.run.run_id)):
        # What has been sent already, by who did this before, is not somebody else's.
        looked_at = pipeline.look_again(job, frame, outcomes_of(job, frame))
        if looked_at is not frame:
            job.ledger.keep(job.run.run_id, part, looked_at)
        yield looked_at


def _open(order: Order, stack: ExitStack, command: str, until: OnStop) -> Job:
    """Open what the share needs; wait while a worker that has died seems to hold its account still."""
    settings, run = order.settings, replace(order.share.run, inputs=tuple(order.inputs))
    _check_place(order)
    if order.ends_at:
        if (left := order.ends_at - now()) <= timedelta():
            raise DeadlinePassed("The deadline came before its turn; run again.")
        settings = settings.with_values({"deadline": left})
    _log_as(settings.log_level, settings.log_format)
    s3 = stack.enter_context(s3_at_need(Access(profile=settings.profile, region=settings.region)))
    stop = Told()
    stack.enter_context(until(stop.request))
    give_up_at = time.monotonic() + HELD_SECONDS
    while True:
        with ExitStack() as opened:
            try:
                job = open_job(
                    settings,
                    opened,
                    command=command,
                    s3=s3,
                    choose=partial(_checked, run),
                    stop=stop,
                    shared=shared_ledger(settings),
                )
            except DestinationHeld:
                if time.monotonic() > give_up_at:
                    raise
            else:
                stack.push(opened.pop_all())
                return job
        stop.sleep(AGAIN_SECONDS)
        stop.raise_if_stopped()


def _checked(run: Run, _ledger: Ledger, scope: Scope) -> Run:
    """Return the run if this process would send where the whole run is to send."""
    if scope != run.scope:
        there, here = (place.endpoint or "the vendor's own endpoint" for place in (run.scope, scope))
        raise ConfigurationError(
            f"A worker would send to {here}, and the run is to {there}; name one with --endpoint-url, or set the same"
            " for all workers."
        )
    return run


def _check_place(order: Order) -> None:
    """Refuse a folder for reports that is another than the one where the whole run's are, which is there already."""
    out = order.settings.out
    if not out.startswith(SCHEME) and not (Path(out) / order.run_id).is_dir():
        raise ConfigurationError(
            f"Reports cannot be written to {out!r}: a worker does not see that folder; name one with --out that all"
            " workers share, or one in S3."
        )


@cache
def _log_as(level: str | None, log_format: str) -> None:
    """Let this process log as the run does, once."""
    logs.configure(level=level, log_format=log_format)
