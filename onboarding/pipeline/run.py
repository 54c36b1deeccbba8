"""The path of a run to one account, from the exports to the report: run, plan, apply a saved plan, or resume.

Read this module first. A run to many accounts is in ``accounts``.

::

    exports ──load──▶ rows ──normalise──▶ ──decide──▶ ──deduplicate──▶ ──leave out people who are known──▶ plan
    plan ──guards──▶ ──send──▶ outcomes ──confirm what is in doubt──▶ ──reconcile──▶ report: every row one disposition

Each step returns its result, and the next step uses this result. All checks that may refuse a run come before the first
invite is sent. Policy comes before duplicates. Otherwise a row that policy excludes could make the active record of the
same person a duplicate, and the person would not be invited.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pandas as pd

from onboarding.exports import Export, open_exports
from onboarding.model.errors import ConfigurationError, DestinationClosed, OnboardingError, StillThrottled
from onboarding.model.sent import SettledDoubts
from onboarding.pipeline.answered_workbooks import workbooks_last
from onboarding.pipeline.baseline import Inputs
from onboarding.pipeline.carry_over import CarryOver, carry_over
from onboarding.pipeline.closing import close, close_plan
from onboarding.pipeline.deciding import decided_rows, exclusion_lists, policy_of
from onboarding.pipeline.doubts import settle_doubts
from onboarding.pipeline.endings import ending_unasked
from onboarding.pipeline.history import run_to_resume
from onboarding.pipeline.job import Job, on_record, open_job
from onboarding.pipeline.move_from import member_exports
from onboarding.pipeline.named_exports import group_columns, named_exports
from onboarding.pipeline.plan_checks import check_inputs, check_scope
from onboarding.pipeline.planned_settings import as_planned
from onboarding.pipeline.record import begun_run, record_refusal
from onboarding.pipeline.review import Review
from onboarding.pipeline.review_result import ReviewResult, complete
from onboarding.pipeline.s3_access import s3_of
from onboarding.pipeline.saved_plan import check_savable, open_plan
from onboarding.pipeline.send import SendingResult, send_and_settle, send_reviewed, unsent_of
from onboarding.preparing import choose_engine
from onboarding.preparing.guards import GuardVerdict
from onboarding.reports import Folder, Summary, open_folder
from onboarding.runtime.logs import get_logger
from onboarding.runtime.signals import StopSignal
from onboarding.settings.invocation import Invocation
from onboarding.settings.next_command import NO_ORIGIN, origin_of
from onboarding.settings.settings import Settings

log = get_logger()


def run(
    settings: Settings,
    *,
    stop_after_plan: bool = False,
    invocation: Invocation | None = None,
    stop: StopSignal | None = None,
) -> Summary:
    """Carry out a run to one account: read and decide the rows, send, confirm, reconcile and report.

    If ``stop_after_plan`` is set, send nothing, and report what would be sent. ``invocation`` says how the operator
    started the run. With None, the summary suggests no command. ``stop`` says when to stop the run. With None, a signal
    to the process stops the run. Raises an ``OnboardingError`` if the run is refused. In that case, nothing was sent.
    After a later error, the ledger has a record of what was sent.
    """
    if settings.is_to_many_accounts:
        raise ConfigurationError("--account-column and --routes are for onboard run and onboard plan.")
    command, origin = ("plan", NO_ORIGIN) if stop_after_plan else ("run", origin_of(invocation))
    with begun_run(settings, command, stop=stop, origin=origin) as begun, ExitStack() as stack:
        if settings.save:
            check_savable(Path(settings.save))
        prepare = choose_engine(settings.engine, settings.scheduler)
        s3 = stack.enter_context(s3_of(settings))
        # A run that moves the members of an account needs no export.
        exports = named_exports(settings, s3) if settings.exports or not settings.move_from else ()
        lists = exclusion_lists(settings, s3)
        policy = policy_of(settings, lists)
        job = replace(open_job(begun, settings, stack, s3, keeps_members=True), invocation=invocation)
        job, settled = _settled(job)
        carried = _carried_over(job, stack)
        exports = (*workbooks_last(exports), *_own_exports(job, stack, carried))
        rows = decided_rows(job, prepare, exports, policy)
        rows = carried.without_newer(rows) if carried else rows
        review = Review(job, lists=lists, policy=policy)
        return execute(job, stack, review, rows, lambda: [asdict(export.facts) for export in exports], settled)


def apply(
    settings: Settings, plan: str, *, invocation: Invocation | None = None, stop: StopSignal | None = None
) -> Summary:
    """Invite the people of a saved plan, except people who were invited after the plan was made.

    ``plan`` is the path of the plan file. The other parameters, the result and the errors are the same as for ``run``.
    Also raises ``InputRefused`` if the plan, an export, a list of exclusions or the destination has changed since the
    approval.
    """
    try:
        settings = as_planned(settings, Path(plan))
    except OnboardingError as error:
        record_refusal(settings, "apply", error)
        raise
    with (
        begun_run(settings, "apply", stop=stop, origin=origin_of(invocation, plan=plan)) as begun,
        ExitStack() as stack,
    ):
        s3 = stack.enter_context(s3_of(settings))
        saved = stack.enter_context(open_plan(Path(plan), begun.ledger.secret))
        check_inputs(saved.header, s3)
        job = replace(open_job(begun, settings, stack, s3, keeps_members=True), invocation=invocation)
        check_scope(saved.header, job.run.scope)
        job, settled = _settled(job)
        review = Review(job, approved=saved.header.approved())
        return execute(job, stack, review, saved.rows(), lambda: saved.header.inputs, settled)


def resume(
    settings: Settings,
    run_id: str | None = None,
    *,
    of_command: str | None = None,
    invocation: Invocation | None = None,
    stop: StopSignal | None = None,
) -> Summary:
    """Continue an interrupted run: settle doubts, send the remaining rows, and write the reports of the run again.

    The settings name the account. ``run_id`` names the run. None means the latest run to the account, which must have
    been interrupted. ``of_command`` is the command that must have begun the latest run. None allows any command. The
    other parameters, the result and the errors are the same as for ``run``. Also raises ``NothingToResume``.
    """
    choose = partial(run_to_resume, run_id=run_id, of_command=of_command)
    with begun_run(settings, "resume", choose=choose, stop=stop) as begun, ExitStack() as stack:
        s3 = stack.enter_context(s3_of(settings))
        job = replace(open_job(begun, settings, stack, s3, keeps_members=True), invocation=invocation)
        settled = settle_doubts(job, may_release=True)
        folder = partial(open_folder, settings.out, job.run.run_id, s3)
        return resume_job(job, stack, settled, folder)


def execute(
    job: Job,
    stack: ExitStack,
    review: Review,
    rows: Iterable[pd.DataFrame],
    inputs: Callable[[], Inputs],
    settled: SettledDoubts,
) -> Summary:
    """Review the decided rows, keep them in the ledger, send the open rows and report. A plan only reviews and reports.

    ``rows`` are frames with the columns of ``rows.DECIDED``, in which the rows to send are open. ``inputs`` returns the
    facts of the exports, and is called after the last frame. ``settled`` says how earlier doubts were settled. Raises
    an ``OnboardingError``.
    """
    with on_record(job):
        folder = stack.enter_context(open_folder(job.settings.out, job.run.run_id, job.s3))
        if not job.sends:
            return close_plan(job, folder, review.over(rows), lambda: review.ask_guards(inputs()))
        reviewed = keep_reviewed(job, review, rows, inputs)
        if reviewed.stopped:
            sending = SendingResult(settled=settled)
        else:
            sending = send_reviewed(job, reviewed.census.invites, settled)
        return close(job, folder, reviewed, sending)


def keep_reviewed(job: Job, review: Review, rows: Iterable[pd.DataFrame], inputs: Callable[[], Inputs]) -> ReviewResult:
    """Review the rows, keep them in the ledger and ask the guards.

    Return the review's result, with the guards' verdict. The run can then be reported and resumed from the ledger
    alone. ``inputs`` returns the facts of the exports, and is called after the last frame.
    """
    with job.timer.phase("prepare"):
        advance = job.bars.bar("deciding")
        for part, frame in enumerate(review.over(rows)):
            job.ledger.keep(job.run.run_id, part, frame)
            advance(len(frame), "")
        reviewed = review.ask_guards(inputs())
        complete(job, reviewed)
        return reviewed


def resume_job(
    job: Job,
    stack: ExitStack,
    settled: SettledDoubts,
    open_reports: Callable[[], AbstractContextManager[Folder]],
    *,
    verdict: GuardVerdict | None = None,
) -> Summary:
    """Review the kept rows of a run again, send the open rows and report. The guards do not check the run again.

    ``open_reports`` opens the folder for the reports. ``verdict`` is the earlier verdict of the guards. With None, the
    reports do not mention the guards. Raises an ``OnboardingError``.
    """
    with on_record(job):
        folder = stack.enter_context(open_reports())
        review = Review(job)
        with job.timer.phase("prepare"):
            unsent = unsent_of(review.over_kept())
        reviewed = review.result(job.run.inputs or (), verdict)
        sending = send_and_settle(job, unsent, settled)
        return close(job, folder, reviewed, sending)


def _settled(job: Job) -> tuple[Job, SettledDoubts]:
    """Settle earlier doubts, and return the job and how the doubts were settled.

    If the service cannot be asked, the returned job has the reason in ``unasked``. No request is repeated yet: if the
    run is refused or stopped later, it must send nothing. Raises an ``OnboardingError`` if the service cannot be asked
    and the command is neither ``run`` nor ``apply``.
    """
    if job.unasked:
        return job, SettledDoubts()
    try:
        return job, settle_doubts(job, may_release=True, may_send=False)
    except (StillThrottled, DestinationClosed) as error:
        return replace(job, unasked=ending_unasked(job.command, error)), SettledDoubts()


def _carried_over(job: Job, stack: ExitStack) -> CarryOver | None:
    """Return the people to carry over from the last run, or None if there are no such people.

    Also return None if the settings do not ask for a carry-over.
    """
    if not job.settings.carry_over:
        return None
    return stack.enter_context(carry_over(job.ledger, job.run, job.settings.state_folder()))


def _own_exports(job: Job, stack: ExitStack, carried: CarryOver | None) -> tuple[Export, ...]:
    """Open the files that the run makes for itself: members of another account first, people to carry over last."""
    settings = job.settings
    members: dict[str, str] = {}
    if settings.move_from:
        members = stack.enter_context(member_exports(job, settings.move_from, settings.state_folder()))
    last = {carried.path: carried.source} if carried else {}
    return (
        *(open_exports(members, s3=job.s3) if members else ()),
        *(open_exports(last, s3=job.s3, routing_columns=group_columns(settings)) if last else ()),
    )
