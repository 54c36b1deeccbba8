"""The work for one account of a run to many accounts: review, plan, send or report its rows, on any machine.

The rows of one account are a share. ``reporting`` reports a share without sending anything, even if its work failed.

The work is the same as in a run to one account, with two differences. The rows are in the ledger already, and the same
process also works for other accounts. So the work reacts to no signal and shows no progress. Instead, the parameter
``until`` of each function says when the whole run must stop. If a process dies, another process may do the work again.
The other process first settles the invites that the dead process left in doubt. On failure, functions raise an
``OnboardingError``.
"""

import time
from collections import deque
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog

from onboarding.ledger import Ledger
from onboarding.model.errors import ConfigurationError, DeadlinePassed
from onboarding.model.plan import Scope
from onboarding.model.run import Run, now
from onboarding.pipeline.accounts.reporting import report_from_ledger
from onboarding.pipeline.accounts.shares import ROWS_OF_A_PART, AccountTask
from onboarding.pipeline.baseline import forget_old_rosters
from onboarding.pipeline.closing import close_plan
from onboarding.pipeline.doubts import settle_doubts
from onboarding.pipeline.job import Job, open_job
from onboarding.pipeline.record import open_run
from onboarding.pipeline.review import Review
from onboarding.pipeline.review_result import ReviewResult
from onboarding.pipeline.run import resume_job
from onboarding.pipeline.s3_access import s3_of
from onboarding.pipeline.waiting import once_free
from onboarding.reports import Summary
from onboarding.reports.parts import PartFolder, part_folder
from onboarding.runtime.logs import get_logger
from onboarding.runtime.long_tasks import OnStop
from onboarding.runtime.signals import RemoteStop

log = get_logger()


def review_account(task: AccountTask, until: OnStop, ledger: Ledger) -> ReviewResult:
    """Review an account's rows: leave out known people, and ask the guards. The result contains no address.

    The account's run cannot be resumed yet, since the guards over all accounts decide later whether anything is sent.
    """
    with ExitStack() as stack:
        job = _open(task, stack, "resume", until, ledger)
        settle_doubts(job, may_release=True, may_send=False)
        ledger.repack(job.run.run_id, ROWS_OF_A_PART)
        review = Review(job, approved=task.approved)
        deque(review.over_kept(is_first=True), maxlen=0)
        result = review.ask_guards(task.inputs).without_addresses()
        log.info("account.reviewed", invites=result.census.invites)
        return result


def send_account(task: AccountTask, until: OnStop, ledger: Ledger) -> Summary:
    """Send and report the reviewed rows of an account that no guard stops, or rows that an earlier process left."""
    with ExitStack() as stack:
        job = _open(task, stack, "resume", until, ledger)
        if task.command == "resume":
            job = replace(job, run=ledger.begin_leg(job.run, "resume"))
        forget_old_rosters(job)
        settled = settle_doubts(job, may_release=True)
        return resume_job(job, stack, settled, partial(_part_folder, task, job), verdict=task.verdict)


def plan_account(task: AccountTask, until: OnStop, ledger: Ledger) -> Summary:
    """Report which people in an account's rows would be invited. The ledger keeps the rows for the plan file."""
    with ExitStack() as stack:
        job = _open(task, stack, "plan", until, ledger)
        folder = stack.enter_context(_part_folder(task, job))
        review = Review(job)
        rows = (frame for frame, _ in review.over_kept(is_first=True))
        return close_plan(job, folder, rows, partial(review.ask_guards, task.inputs))


def report_account(task: AccountTask, _until: OnStop, ledger: Ledger) -> Summary:
    """Report an account that has no open row, or whose run has ended. This function asks the service nothing."""
    settings = task.settings
    with s3_of(settings) as s3, part_folder(settings.out, task.run_id, task.share.number, s3) as folder:
        return report_from_ledger(task, ledger, folder)


def _open(task: AccountTask, stack: ExitStack, command: str, until: OnStop, ledger: Ledger) -> Job:
    """Open the job of an account, until ``stack`` closes.

    If another run holds the account, wait at most ``held_seconds`` of the task.

    Raises ``DeadlinePassed`` if the deadline of the whole run has come, or another ``OnboardingError`` if the account's
    run cannot go on.
    """
    settings, run = task.settings, replace(task.share.run, inputs=tuple(task.inputs))
    if task.ends_at:
        if (left := task.ends_at - now()) <= timedelta():
            raise DeadlinePassed("The deadline came before its turn; run again.")
        settings = settings.with_values({"deadline": left})
    stack.enter_context(structlog.contextvars.bound_contextvars(run_id=run.run_id))
    s3 = stack.enter_context(s3_of(settings))
    stop = RemoteStop()
    stack.enter_context(until(stop.request))
    choose = partial(_same_destination, run)
    begin = partial(open_run, settings, command=command, choose=choose, stop=stop, ledger=ledger)
    give_up_at = time.monotonic() + task.held_seconds
    return once_free(lambda opened: open_job(begin(opened), settings, opened, s3), stack, give_up_at, stop)


def _part_folder(task: AccountTask, job: Job) -> AbstractContextManager[PartFolder]:
    return part_folder(task.settings.out, task.run_id, task.share.number, job.s3)


def _same_destination(run: Run, _ledger: Ledger, scope: Scope) -> Run:
    """Return ``run`` if its scope is ``scope``, the scope of this process. If not, raise ``ConfigurationError``."""
    if scope != run.scope:
        there, here = (place.endpoint or "the vendor's own endpoint" for place in (run.scope, scope))
        raise ConfigurationError(
            f"A worker would send to {here}, and the run is to {there}; name one with --endpoint-url, or set the same"
            " for all workers."
        )
    return run
