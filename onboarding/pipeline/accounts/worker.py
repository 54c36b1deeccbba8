"""The work for one account, on any machine: review, plan, send or report its share.

A share is sent as any run is, with two differences: its rows are in the ledger already, and the process belongs to
other accounts as well. So the worker listens to no signal and shows no progress, and ``until`` tells it when the whole
run is to end.

Another worker may do any of this again because the first worker died. What the first worker had sent is then in the
ledger, and what it was sending is in doubt, and is settled first.
"""

import atexit
import time
from collections import deque
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import Self

import structlog

from onboarding.ledger import Ledger
from onboarding.model.errors import ConfigurationError, DeadlinePassed, DestinationHeld
from onboarding.model.plan import Scope
from onboarding.model.run import Run, now
from onboarding.pipeline.accounts.closing import PartFolder, part_folder
from onboarding.pipeline.accounts.from_ledger import report_from_ledger
from onboarding.pipeline.accounts.shares import ROWS_OF_A_PART, AccountTask
from onboarding.pipeline.closing import close, close_plan
from onboarding.pipeline.job import Job, open_job, s3_of
from onboarding.pipeline.review import Review, ReviewResult, complete
from onboarding.pipeline.rounds import SendingResult, settle_doubts
from onboarding.pipeline.run import resume_job
from onboarding.preparing import OnStop
from onboarding.reports import Summary
from onboarding.runtime import logs
from onboarding.runtime.s3 import SCHEME
from onboarding.runtime.signals import StopSignal

log = structlog.get_logger()

HELD_SECONDS = 90.0
"""How long the database may take to free the account that a dead worker held."""

SECONDS_BETWEEN_TRIES = 2.0

_OPENING = Lock()


@dataclass(frozen=True, slots=True)
class ReviewedAccount:
    """An account's task, and what the review of its rows found before anything is sent."""

    task: AccountTask
    result: ReviewResult

    @property
    def invites(self) -> int:
        """How many people would be invited."""
        return self.result.census.invites

    @property
    def why(self) -> str:
        """What the guards have against it, in words."""
        return self.result.guarded.why if self.result.guarded else ""


class RemoteStop(StopSignal):
    """A stop that the process which started the run requests. Signals to this process are not heard."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave signals as they are."""


def review_account(task: AccountTask, until: OnStop) -> ReviewedAccount:
    """Leave out the people who are known, and ask the guards. Raises an ``OnboardingError``.

    The account's run cannot be resumed yet: the guards over all accounts say later whether people are mailed.
    """
    with ExitStack() as stack:
        job = _open(task, stack, "resume", until)
        settle_doubts(job)
        job.ledger.repack(job.run.run_id, ROWS_OF_A_PART)
        review = Review(job)
        deque(review.over_kept(), maxlen=0)
        result = review.guarded_result(task.inputs)
        log.info("account.reviewed", invites=result.census.invites)
        return ReviewedAccount(task, result)


def send_account(reviewed: ReviewedAccount, until: OnStop, *, confirmed: bool) -> Summary:
    """Send a share that was reviewed, unless a guard has stopped it and ``confirmed`` is not said; report it anyway."""
    task, result = reviewed.task, reviewed.result
    is_confirmed = confirmed and result.stopped is not None
    if is_confirmed:
        result = result.confirmed()
    with ExitStack() as stack:
        job = _open(task, stack, "resume", until)
        settled = settle_doubts(job)
        open_reports = partial(_part_folder, task, job)
        complete(job, result)
        if result.stopped:
            folder = stack.enter_context(open_reports())
            return close(job, folder, result, SendingResult(settled=settled))
        return resume_job(job, stack, settled, open_reports, guarded=result.guarded if is_confirmed else None)


def plan_account(task: AccountTask, until: OnStop) -> Summary:
    """Report which people of a share would be invited."""
    with ExitStack() as stack:
        job = _open(task, stack, "plan", until)
        folder = stack.enter_context(_part_folder(task, job))
        review = Review(job)
        rows = review.over(job.ledger.rows(job.run.run_id))
        return close_plan(job, folder, rows, partial(review.guarded_result, task.inputs))


def report_account(task: AccountTask, _until: OnStop) -> Summary:
    """Report a share without open rows, so that its account need not be asked anything."""
    _check_place(task)
    settings = task.settings
    with s3_of(settings) as s3, part_folder(settings.out, task.run_id, task.share.number, s3) as folder:
        return report_from_ledger(task, _shared_ledger(settings.ledger_place()), folder)


def _open(task: AccountTask, stack: ExitStack, command: str, until: OnStop) -> Job:
    """Open what the share needs; wait while a dead worker seems to hold its account still."""
    settings, run = task.settings, replace(task.share.run, inputs=tuple(task.inputs))
    _check_place(task)
    if task.ends_at:
        if (left := task.ends_at - now()) <= timedelta():
            raise DeadlinePassed("The deadline came before its turn; run again.")
        settings = settings.with_values({"deadline": left})
    _log_as(settings.log_level, settings.log_format)
    s3 = stack.enter_context(s3_of(settings))
    stop = RemoteStop()
    stack.enter_context(until(stop.request))
    choose = partial(_same_destination, run)
    give_up_at = time.monotonic() + HELD_SECONDS
    while True:
        with ExitStack() as opened:
            try:
                ledger = _shared_ledger(settings.ledger_place())
                job = open_job(settings, opened, command=command, s3=s3, choose=choose, stop=stop, ledger=ledger)
            except DestinationHeld:
                if time.monotonic() > give_up_at:
                    raise
            else:
                stack.push(opened.pop_all())
                return job
        stop.sleep(SECONDS_BETWEEN_TRIES)
        stop.raise_if_stopped()


def _part_folder(task: AccountTask, job: Job) -> AbstractContextManager[PartFolder]:
    return part_folder(task.settings.out, task.run_id, task.share.number, job.s3)


def _same_destination(run: Run, _ledger: Ledger, scope: Scope) -> Run:
    """Return the run if this process would send where the whole run is to send."""
    if scope != run.scope:
        there, here = (place.endpoint or "the vendor's own endpoint" for place in (run.scope, scope))
        raise ConfigurationError(
            f"A worker would send to {here}, and the run is to {there}; name one with --endpoint-url, or set the same"
            " for all workers."
        )
    return run


def _check_place(task: AccountTask) -> None:
    """Refuse a folder for reports that is not the folder of the whole run, which exists already."""
    out = task.settings.out
    if not out.startswith(SCHEME) and not (Path(out) / task.run_id).is_dir():
        raise ConfigurationError(
            f"Reports cannot be written to {out!r}: a worker does not see that folder; name one with --out that all"
            " workers share, or one in S3."
        )


def _shared_ledger(place: str | Path) -> Ledger:
    """Return the ledger that all accounts on this worker share. Raises ``ConfigurationError``."""
    with _OPENING:
        return _ledger_of_this_process(place)


@cache
def _ledger_of_this_process(place: str | Path) -> Ledger:
    """Open a ledger until the process ends. A ledger for each account would take too many connections."""
    ledger = Ledger.open(place, clock=now)
    atexit.register(ledger.close)
    return ledger


@cache
def _log_as(level: str | None, log_format: str) -> None:
    """Let this process log as the run does, once."""
    logs.configure(level=level, log_format=log_format)
