"""A run or plan to many accounts: prepare and route the rows, ask the guards over all accounts, send and report.

All rows are prepared together, and then each account has a run of its own. ``job`` has the settings of the accounts'
runs, ``worker`` the work for one account, and ``carriers`` those who carry it out: threads, or workers of a cluster.

::

    exports ──prepare──▶ rows, routed ──▶ one share for each account ──review──▶ guards ──send──▶ parts ──▶ manifest
             engine                         ledger                    carrier     here   carrier

The preparation looks for duplicates in all exports at once. So a person in two exports is invited to one account only.
Each share is sent at the pace of its account. ``past`` resumes and reports a whole run from the ledger.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import asdict, replace
from functools import partial

from onboarding.exports import read_routes
from onboarding.model.errors import ConfigurationError, ExitCode, GuardHit, OnboardingError
from onboarding.model.plan import EntryFigures
from onboarding.model.routes import Routes
from onboarding.model.run import GuardFigures
from onboarding.pipeline.accounts.carriers import open_carrier
from onboarding.pipeline.accounts.closing import close_accounts
from onboarding.pipeline.accounts.guarding import guard_total, is_for_the_guards, last_whole_run
from onboarding.pipeline.accounts.job import AccountsJob, open_accounts_job
from onboarding.pipeline.accounts.senders import AccountSenders
from onboarding.pipeline.accounts.shares import AccountShares, AccountTask
from onboarding.pipeline.answered_workbooks import workbooks_last
from onboarding.pipeline.baseline import Inputs
from onboarding.pipeline.deciding import decided_rows, exclusion_lists, policy_of
from onboarding.pipeline.job import s3_of
from onboarding.pipeline.moved_people import MovedPeople
from onboarding.pipeline.named_exports import named_exports
from onboarding.preparing import choose_engine
from onboarding.preparing.guards import GuardVerdict, LastRuns, verdict_on_accounts
from onboarding.reports import Summary
from onboarding.runtime.aws import LazyS3Client
from onboarding.runtime.destination_registry import destinations
from onboarding.runtime.signals import StopSignal
from onboarding.settings.invocation import Invocation
from onboarding.settings.options import account_flag
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
    started the run; with None, the summary suggests no command. ``stop`` says when to stop the run; with None, a signal
    to the process stops the run. Raises an ``OnboardingError`` if the run cannot begin; in that case nothing was sent.
    """
    command = "plan" if stop_after_plan else "run"
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_of(settings))
        open_job = partial(open_accounts_job, settings, s3, command=command, invocation=invocation, stop=stop)
        routes = _routes_or_refusal(settings, s3, open_job)
        job = stack.enter_context(open_job())
        prepare = choose_engine(settings.engine, settings.scheduler)
        exports = workbooks_last(named_exports(settings, s3, routing_columns=routes.columns))
        lists = exclusion_lists(settings, s3)
        policy = policy_of(settings, lists)
        shares, advance = AccountShares(job.ledger, job.run, job.new_run), job.bars.bar("deciding")
        moved = MovedPeople(job.ledger, job.run.scope, accounts=routes.accounts, moves=settings.invite_moved)
        for frame in lists.over(decided_rows(job, prepare, exports, policy, routes=routes)):
            shares.take(moved.mark(frame))
            advance(len(frame), "")
        inputs = [asdict(export.facts) for export in exports]
        tasks = job.tasks(shares.finish(), inputs)
        carrier = stack.enter_context(open_carrier(settings, job.ledger, job.stop))
        senders = AccountSenders(carrier, job.ledger, job.folder, job.bars)
        carry_out = _plan if stop_after_plan else _send
        verdict = carry_out(job, senders, tasks, inputs)
        if stop_after_plan:
            job.ledger.drop_rows(task.share.run.run_id for task in tasks)
        return close_accounts(
            job,
            senders.summaries,
            inputs,
            verdict=verdict,
            entries=EntryFigures(lists.figures(), policy.matches.figures(policy.filters)),
            moved=moved.stayed,
            can_be_resumed=senders.have_left_some,
        )


def _routes_or_refusal(
    settings: Settings, s3: LazyS3Client, open_job: Callable[[], AbstractContextManager[AccountsJob]]
) -> Routes:
    """Return what ``_routes`` returns. If it refuses the routes, record a run that was refused.

    Nothing is recorded if the ledger, which ``open_job`` opens, cannot be opened.
    """
    try:
        return _routes(settings, s3)
    except OnboardingError:
        with suppress(OnboardingError), open_job():
            raise
        raise


def _routes(settings: Settings, s3: LazyS3Client) -> Routes:
    """Return how rows are routed to accounts: by a table of routes, or by a column of the exports.

    Raises ``ConfigurationError`` if the settings name one account for all rows.
    """
    if settings.account:
        flag = account_flag(settings.destination)
        raise ConfigurationError(f"{flag} is for a run to one account; drop it, or --account-column or --routes.")
    account = destinations()[settings.destination].account.pattern
    if settings.routes:
        return read_routes(settings.routes, s3=s3, account=account)
    return Routes((str(settings.account_column),), account)


def _reported_and_others(
    job: AccountsJob, senders: AccountSenders, tasks: Sequence[AccountTask]
) -> tuple[list[AccountTask], LastRuns]:
    """Report the accounts that need no review. Return the tasks of the other accounts, and the last whole run.

    An account without a row to send needs a review only if a guard would stop it.
    """
    limits = job.settings.guard_limits()
    shares = [task.share for task in tasks[1:]]
    asked = {share.number for share in shares if share.open or is_for_the_guards(share, limits)}
    senders.report([task for task in tasks if task.share.number not in asked])
    accounts = {share.run.scope.account for share in shares}
    return [task for task in tasks if task.share.number in asked], last_whole_run(job, accounts)


def _plan(job: AccountsJob, senders: AccountSenders, tasks: Sequence[AccountTask], _inputs: Inputs) -> GuardVerdict:
    """Report which people would be invited, and return the verdict of the guards."""
    to_plan, last = _reported_and_others(job, senders, tasks)
    senders.plan(to_plan)
    senders.report_failed()
    parts = senders.summaries
    total = guard_total(job.settings, last, (), parts.values())
    if total.is_stopped:
        return total
    asked = {number: part.guards for number, part in sorted(parts.items()) if part.guards}
    verdicts = {parts[number].scope.account: verdict for number, verdict in asked.items()}
    verdict = verdict_on_accounts(total, verdicts, len(to_plan), confirm=job.settings.confirm)
    for number in (number for number, part in asked.items() if part.is_stopped and not verdict.is_stopped):
        parts[number] = replace(parts[number], exit_code=ExitCode.SETTLED, message="")
    return verdict


def _send(job: AccountsJob, senders: AccountSenders, tasks: Sequence[AccountTask], inputs: Inputs) -> GuardVerdict:
    """Review the rows of all accounts, send to those that no guard stops, and return the verdict of the guards.

    If the guards over all rows stop the whole run, nothing is sent.
    """
    to_review, last = _reported_and_others(job, senders, tasks)
    reviewed = senders.review(to_review)
    total = guard_total(job.settings, last, [result.census for _, result in reviewed], senders.summaries.values())
    verdicts = {task.share.run.scope.account: result.verdict for task, result in reviewed if result.verdict}
    verdict = total
    if not total.is_stopped:
        verdict = verdict_on_accounts(total, verdicts, len(to_review), confirm=job.settings.confirm)
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
