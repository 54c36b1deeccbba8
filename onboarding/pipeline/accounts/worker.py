"""The work for one account of a run to many accounts: review, plan, send or report its rows, on any machine.

The rows of one account are a share. ``reporting`` reports a share without sending anything, even if no worker could
finish this share.

A worker sends a share as any run sends its rows, with two differences. The rows are in the ledger already, and the
worker's process also works for other accounts. So the worker listens to no signal and shows no progress. Instead, each
function learns through its parameter ``until`` that the whole run must stop. If a worker dies, another worker may do
the work again. It first settles what the dead worker left in doubt. On failure, functions raise an ``OnboardingError``.
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
from onboarding.model.errors import ConfigurationError, DeadlinePassed
from onboarding.model.plan import Scope
from onboarding.model.run import Run, now
from onboarding.pipeline.accounts.closing import PartFolder, part_folder
from onboarding.pipeline.accounts.reporting import HELD_SECONDS, once_free, report_from_ledger
from onboarding.pipeline.accounts.shares import ROWS_OF_A_PART, AccountTask
from onboarding.pipeline.closing import close, close_plan
from onboarding.pipeline.doubts import settle_doubts
from onboarding.pipeline.job import Job, open_job, s3_of
from onboarding.pipeline.record import open_run
from onboarding.pipeline.review import Review
from onboarding.pipeline.review_result import ReviewResult, complete
from onboarding.pipeline.run import resume_job
from onboarding.pipeline.send import SendingResult
from onboarding.preparing import OnStop
from onboarding.reports import Summary
from onboarding.runtime import logs
from onboarding.runtime.s3 import SCHEME
from onboarding.runtime.signals import StopSignal

log = logs.get_logger()

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


class RemoteStop(StopSignal):
    """A ``StopSignal`` that only ``request`` sets. It leaves the signals of the worker's process alone."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave signals as they are."""


def review_account(task: AccountTask, until: OnStop) -> ReviewedAccount:
    """Review an account's rows: leave out known people, and ask the guards. Raises an ``OnboardingError``.

    The account's run cannot be resumed yet, since the guards over all accounts decide later whether anything is sent.
    """
    with ExitStack() as stack:
        job = _open(task, stack, "resume", until)
        settle_doubts(job, may_release=True, may_send=False)
        job.ledger.repack(job.run.run_id, ROWS_OF_A_PART)
        review = Review(job)
        deque(review.over_kept(is_first=True), maxlen=0)
        result = review.ask_guards(task.inputs).without_addresses()
        log.info("account.reviewed", invites=result.census.invites)
        return ReviewedAccount(task, result)


def send_account(reviewed: ReviewedAccount, until: OnStop, *, confirmed: bool) -> Summary:
    """Send and report the reviewed rows of an account.

    If a guard stopped the rows, they are only reported. ``confirmed`` says that the operator wants them sent even so.
    """
    task, result = reviewed.task, reviewed.result
    is_confirmed = confirmed and result.stopped is not None
    if is_confirmed:
        result = result.confirmed()
    with ExitStack() as stack:
        job = _open(task, stack, "resume", until)
        settled = settle_doubts(job, may_release=True, may_send=not result.stopped)
        open_reports = partial(_part_folder, task, job)
        complete(job, result)
        if result.stopped:
            return close(job, stack.enter_context(open_reports()), result, SendingResult(settled=settled))
        return resume_job(job, stack, settled, open_reports, verdict=result.verdict if is_confirmed else None)


def plan_account(task: AccountTask, until: OnStop) -> Summary:
    """Report which people of a share would be invited."""
    with ExitStack() as stack:
        job = _open(task, stack, "plan", until)
        folder = stack.enter_context(_part_folder(task, job))
        review = Review(job)
        rows = review.over(job.ledger.rows(job.run.run_id))
        return close_plan(job, folder, rows, partial(review.ask_guards, task.inputs))


def report_account(task: AccountTask, _until: OnStop) -> Summary:
    """Report a share that has no open rows. This function asks the service nothing."""
    _check_place(task)
    settings = task.settings
    with s3_of(settings) as s3, part_folder(settings.out, task.run_id, task.share.number, s3) as folder:
        return report_from_ledger(task, _shared_ledger(settings.ledger_place()), folder)


def _open(task: AccountTask, stack: ExitStack, command: str, until: OnStop) -> Job:
    """Open the job of an account, until ``stack`` closes.

    If another run holds the account, wait for at most ``HELD_SECONDS``.

    Raises ``DeadlinePassed`` if the deadline of the whole run has come, or another ``OnboardingError`` if the account's
    run cannot go on.
    """
    settings, run = task.settings, replace(task.share.run, inputs=tuple(task.inputs))
    _check_place(task)
    if task.ends_at:
        if (left := task.ends_at - now()) <= timedelta():
            raise DeadlinePassed("The deadline came before its turn; run again.")
        settings = settings.with_values({"deadline": left})
    _log_as(settings.log_level, settings.log_format)
    stack.enter_context(structlog.contextvars.bound_contextvars(run_id=run.run_id))
    s3 = stack.enter_context(s3_of(settings))
    stop = RemoteStop()
    stack.enter_context(until(stop.request))
    choose, ledger = partial(_same_destination, run), _shared_ledger(settings.ledger_place())
    begin = partial(open_run, settings, command=command, choose=choose, stop=stop, ledger=ledger)
    give_up_at = time.monotonic() + HELD_SECONDS
    return once_free(lambda opened: open_job(begin(opened), settings, opened, s3), stack, give_up_at, stop)


def _part_folder(task: AccountTask, job: Job) -> AbstractContextManager[PartFolder]:
    return part_folder(task.settings.out, task.run_id, task.share.number, job.s3)


def _same_destination(run: Run, _ledger: Ledger, scope: Scope) -> Run:
    """Return ``run`` if it goes to ``scope``, to which this worker would send. If not, raise ``ConfigurationError``."""
    if scope != run.scope:
        there, here = (place.endpoint or "the vendor's own endpoint" for place in (run.scope, scope))
        raise ConfigurationError(
            f"A worker would send to {here}, and the run is to {there}; name one with --endpoint-url, or set the same"
            " for all workers."
        )
    return run


def _check_place(task: AccountTask) -> None:
    """Raise ``ConfigurationError`` if this worker does not see the folder that the whole run has made for its reports.

    A place in S3 is not checked.
    """
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
    """Open a ledger for the life of the process. One ledger for each account would take too many connections."""
    ledger = Ledger.open(place, clock=now)
    atexit.register(ledger.close)
    return ledger


@cache
def _log_as(level: str | None, log_format: str) -> None:
    """Configure the log of this process like that of the whole run, once for each pair of level and format."""
    logs.configure(level=level, log_format=log_format)
