"""A run or plan to many accounts: prepare and route the rows, ask the guards over all accounts, send and report.

All rows are prepared together, and then each account has its own run. ``job`` has the settings of the accounts' runs,
and ``worker`` has the work for one account. ``carriers`` has the threads, or the workers of a cluster, that do the
work.

::

    exports ──prepare──▶ rows, routed ──▶ one share for each account ──review──▶ guards ──send──▶ parts ──▶ manifest
             engine                         ledger                    carrier     here   carrier

The preparation looks for duplicates in all exports at once. So a person in two exports is invited to one account only.
Each share is sent at the pace of its account. ``past`` resumes and reports a whole run from the ledger.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from onboarding.model.errors import ExitCode, GuardHit, OnboardingError
from onboarding.model.plan import EntryFigures
from onboarding.model.run import GuardFigures
from onboarding.pipeline.accounts.carriers import open_carrier
from onboarding.pipeline.accounts.closing import close_accounts
from onboarding.pipeline.accounts.job import AccountsJob, open_accounts_job
from onboarding.pipeline.accounts.senders import AccountSenders
from onboarding.pipeline.accounts.shares import WITHOUT_ACCOUNT, AccountShares, AccountTask
from onboarding.pipeline.answered_workbooks import workbooks_last
from onboarding.pipeline.baseline import Inputs
from onboarding.pipeline.deciding import decided_rows, exclusion_lists, policy_of
from onboarding.pipeline.guards_of_accounts import guard_total, is_for_the_guards, last_whole_run
from onboarding.pipeline.moved_people import MovedPeople
from onboarding.pipeline.named_exports import named_exports, named_routes
from onboarding.pipeline.plan_checks import check_inputs, check_scope
from onboarding.pipeline.plan_saving import save_accounts
from onboarding.pipeline.planned_settings import as_planned
from onboarding.pipeline.record import record_refusal
from onboarding.pipeline.s3_access import s3_of
from onboarding.pipeline.saved_plan import Header, check_savable, open_plan
from onboarding.preparing import choose_engine
from onboarding.preparing.guards import GuardVerdict, LastRuns, verdict_on_accounts
from onboarding.reports import Summary
from onboarding.runtime.signals import StopSignal
from onboarding.settings.invocation import Invocation
from onboarding.settings.settings import Settings


def run(
    settings: Settings,
    *,
    stop_after_plan: bool = False,
    invocation: Invocation | None = None,
    stop: StopSignal | None = None,
) -> Summary:
    """Carry out a run to many accounts: read, decide and route the rows, send each account's rows, and report.

    If ``stop_after_plan`` is set, send nothing, and report what would be sent. ``invocation`` says how the operator
    started the run. With None, the summary suggests no command. ``stop`` says when to stop the run. With None, a signal
    to the process stops the run. Raises an ``OnboardingError`` if the run cannot begin. In that case, nothing was sent.
    """
    command = "plan" if stop_after_plan else "run"
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_of(settings))
        job = stack.enter_context(open_accounts_job(settings, s3, command=command, invocation=invocation, stop=stop))
        if settings.save:
            check_savable(Path(settings.save))
        routes = named_routes(settings, s3)
        prepare = choose_engine(settings.engine, settings.scheduler)
        exports = workbooks_last(named_exports(settings, s3, routing_columns=routes.columns))
        lists = exclusion_lists(settings, s3)
        policy = policy_of(settings, lists)
        rows = lists.over(decided_rows(job, prepare, exports, policy, routes=routes))
        return _carried_out(
            *(job, stack, rows, lambda: [asdict(export.facts) for export in exports]),
            accounts=routes.accounts,
            entries=lambda: EntryFigures(lists.figures(), policy.matches.figures(policy.filters)),
        )


def apply(
    settings: Settings, plan: str, *, invocation: Invocation | None = None, stop: StopSignal | None = None
) -> Summary:
    """Invite the people of a saved plan for many accounts, except people who were invited after the plan was made.

    ``plan`` is the path of the plan file. The other parameters, the result and the errors are the same as for ``run``.
    Also raises ``InputRefused`` if the plan, an export, a list or the destination has changed since the approval.
    """
    try:
        settings = as_planned(settings, Path(plan))
    except OnboardingError as error:
        record_refusal(settings, "apply", error)
        raise
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_of(settings))
        job = stack.enter_context(
            open_accounts_job(settings, s3, command="apply", invocation=invocation, plan=plan, stop=stop)
        )
        saved = stack.enter_context(open_plan(Path(plan), job.ledger.secret))
        check_inputs(saved.header, s3)
        check_scope(saved.header, job.run.scope)
        accounts = named_routes(settings, s3).accounts
        return _carried_out(
            *(job, stack, saved.rows(), lambda: saved.header.inputs), accounts=accounts, approved=saved.header
        )


def _carried_out(
    job: AccountsJob,
    stack: ExitStack,
    rows: Iterable[pd.DataFrame],
    inputs: Callable[[], Inputs],
    *,
    accounts: Sequence[str] = (),
    entries: Callable[[], EntryFigures] = EntryFigures,
    approved: Header | None = None,
) -> Summary:
    """Divide decided rows among the accounts, send each account's rows and report. A plan only reviews and reports.

    ``rows`` are frames with the columns of ``rows.DECIDED`` and ``ACCOUNT_COLUMN``. ``inputs`` returns the facts of the
    exports, and ``entries`` the figures of exclusion lists and rules. Both are called after the last frame.
    ``accounts`` are the accounts in the table of routes. ``approved`` is the header of a saved plan, or None without a
    plan.
    """
    settings = job.settings
    shares, advance = AccountShares(job.ledger, job.run, job.new_run), job.bars.bar("deciding")
    moved = MovedPeople(job.ledger, job.run.scope, accounts=accounts, moves=settings.invite_moved)
    for frame in rows:
        shares.take(moved.mark(frame))
        advance(len(frame), "")
    read = inputs()
    tasks = job.tasks(shares.finish(), read, approved)
    carrier = stack.enter_context(open_carrier(settings, job.ledger, job.stop))
    senders = AccountSenders(carrier, job.ledger, job.folder, job.bars)
    carry_out = _plan if job.command == "plan" else _send
    verdict = carry_out(job, senders, tasks, read)
    summary = close_accounts(
        *(job, senders.summaries, read),
        verdict=verdict,
        entries=entries(),
        moved=moved.stayed,
        can_be_resumed=senders.have_left_some,
    )
    if job.command == "plan":
        save_accounts(job.ledger, summary, settings, job.s3, [part for _, part in sorted(senders.summaries.items())])
        job.ledger.drop_rows(task.share.run.run_id for task in tasks)
    return summary


def _reported_and_others(
    job: AccountsJob, senders: AccountSenders, tasks: Sequence[AccountTask], inputs: Inputs
) -> tuple[list[AccountTask], LastRuns]:
    """Report the accounts that need no review. Return the tasks of all other accounts, and the last whole run.

    If an account has no row to send, it needs a review only if a guard would stop it.
    """
    limits = job.settings.guard_limits()
    shares = [task.share for task in tasks[1:]]
    asked = {share.number for share in shares if share.open or is_for_the_guards(share.counts, limits)}
    senders.report([task for task in tasks if task.share.number not in asked])
    accounts = {share.run.scope.account for share in shares}
    last = last_whole_run(job.ledger, job.run, inputs, accounts)
    return [task for task in tasks if task.share.number in asked], last


def _plan(job: AccountsJob, senders: AccountSenders, tasks: Sequence[AccountTask], inputs: Inputs) -> GuardVerdict:
    """Report which people would be invited, and return the verdict of the guards."""
    to_plan, last = _reported_and_others(job, senders, tasks, inputs)
    senders.plan(to_plan)
    senders.report_failed()
    parts = senders.summaries
    total = guard_total(job.settings, last, (), parts.values())
    if total.is_stopped:
        return total
    asked = {number: part.guards for number, part in sorted(parts.items()) if part.guards}
    verdicts = {parts[number].scope.account: verdict for number, verdict in asked.items()}
    verdict = verdict_on_accounts(total, verdicts, len(to_plan), confirm=job.settings.confirm, counts_all=True)
    for number in (number for number, part in asked.items() if part.is_stopped and not verdict.is_stopped):
        parts[number] = replace(parts[number], exit_code=ExitCode.SETTLED, message="")
    return verdict


def _send(job: AccountsJob, senders: AccountSenders, tasks: Sequence[AccountTask], inputs: Inputs) -> GuardVerdict:
    """Review the rows of all accounts, send to accounts that no guard stops, and return the verdict of the guards.

    If the guards over all rows stop the whole run, nothing is sent.
    """
    to_review, last = _reported_and_others(job, senders, tasks, inputs)
    reviewed = senders.review(to_review)
    approved = tasks[WITHOUT_ACCOUNT].approved
    results = [result for _, result in reviewed]
    total = guard_total(job.settings, last, results, senders.summaries.values(), approved)
    verdicts = {task.share.run.scope.account: result.verdict for task, result in reviewed if result.verdict}
    verdict = total
    if not total.is_stopped:
        confirm, of = job.settings.confirm, len(to_review)
        verdict = verdict_on_accounts(total, verdicts, of, confirm=confirm, counts_all=approved is not None)
    sent, passed = [], {}
    for task, result in reviewed:
        if total.is_stopped:
            senders.refuse(task, GuardHit(total.message))
        elif result.verdict and result.is_stopped_by_guard and not verdict.confirmed:
            senders.refuse(replace(task, verdict=result.verdict), GuardHit(result.verdict.message))
        else:
            found = result.confirmed() if result.is_stopped_by_guard else result
            sent.append(replace(task, verdict=found.verdict if result.is_stopped_by_guard else None))
            passed[task.share.number] = found.figures or GuardFigures()
    hits = None if total.is_stopped or not sent else GuardFigures(hits=tuple(hit.guard for hit in verdict.hits))
    job.record_inputs(tasks, inputs, passed, hits)
    senders.send(sent)
    senders.report_failed()
    return verdict
