"""A run or plan to many accounts: prepare and route the rows, ask the guards over all accounts, send on workers.

All rows are prepared together, and then each account has a run of its own. This module also closes the whole run.
``job`` has the settings of the accounts' runs, and ``worker`` has the work for one account.

::

    exports ──prepare──▶ rows, routed ──▶ one share for each account ──review──▶ guards ──send──▶ parts ──▶ manifest
             workers                        ledger                    workers     here   workers

The preparation looks for duplicates in all exports at once. So a person in two exports is invited to one account only.
Workers send the shares, each share at the pace of its account. If a worker dies, other workers take over its shares.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from functools import partial, reduce
from itertools import compress
from operator import add

import pandas as pd

from onboarding.destinations import DESTINATION_TYPES
from onboarding.exports import read_routes
from onboarding.model.errors import ConfigurationError, ExitCode, GuardHit, OnboardingError
from onboarding.model.news import News
from onboarding.model.routes import Routes
from onboarding.model.run import now
from onboarding.pipeline.accounts.closing import (
    WITHOUT_ACCOUNT,
    PartFolder,
    ending_of_parts,
    tally_of,
    write_manifest,
)
from onboarding.pipeline.accounts.guarding import guard_total, is_for_the_guards, last_whole_run, verdict_on_accounts
from onboarding.pipeline.accounts.job import AccountsJob, open_accounts_job
from onboarding.pipeline.accounts.reporting import report_without_account
from onboarding.pipeline.accounts.senders import AccountSenders
from onboarding.pipeline.accounts.shares import AccountShare, AccountShares, AccountTask
from onboarding.pipeline.answered_workbooks import WorkbookRows, workbooks_last
from onboarding.pipeline.baseline import Inputs
from onboarding.pipeline.deciding import exclusion_lists, policy_of
from onboarding.pipeline.job import s3_of
from onboarding.pipeline.named_exports import named_exports
from onboarding.pipeline.report_lines import plain_counts, summarise, with_next_command
from onboarding.pipeline.trend import with_story
from onboarding.preparing import (
    ExclusionLists,
    Rules,
    dask_workers,
    prepare_on_workers,
)
from onboarding.preparing.guards import GuardVerdict, LastRuns
from onboarding.reports import SendingFigures, Summary
from onboarding.runtime.aws import LazyS3Client
from onboarding.runtime.destination_registry import destinations
from onboarding.runtime.progress import Advance
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
    """Carry out a run to many accounts: read, decide and route the rows, send the shares, and report.

    If ``stop_after_plan`` is set, send nothing, and report what would be sent. ``invocation`` says how the operator
    started the run; with None, the summary suggests no command. ``stop`` says when to stop the run; with None, a signal
    to the process stops the run. Raises an ``OnboardingError`` if the run cannot begin; in that case nothing was sent.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_of(settings))
        command = "plan" if stop_after_plan else "run"
        open_job = partial(open_accounts_job, settings, s3=s3, command=command, invocation=invocation, stop=stop)
        routes = _routes_or_refusal(settings, s3, open_job)
        job = open_job(stack)
        exports = workbooks_last(named_exports(settings, s3, routing_columns=routes.columns))
        lists = exclusion_lists(settings, s3)
        workbooks = WorkbookRows.read(exports, job.ledger, job.run.run_id)
        policy, may_be_empty = policy_of(settings, lists), settings.roster == "partial"
        rules = Rules(policy, settings.suspicions(), settings.date_order, routes, workbooks.book, may_be_empty)
        workers = stack.enter_context(
            dask_workers(settings.scheduler, settings.state_folder(), raise_if_stopped=job.stop.raise_if_stopped)
        )
        part_bytes = job.settings.footprint().part_bytes
        rows = prepare_on_workers(exports, rules, workers, part_bytes=part_bytes, on_read=job.bars.bar("reading"))
        shares, without_account = _divide(job, lists.over(workbooks.behind_exports(rows)))
        inputs = [asdict(export.facts) for export in exports]
        tasks = job.tasks(shares, inputs)
        senders = AccountSenders(workers, job.ledger, job.folder, job.bars)
        limits = settings.guard_limits()
        is_reviewed = [task.share.open > 0 or is_for_the_guards(task.share, limits) for task in tasks]
        senders.report([task for task, reviewed in zip(tasks, is_reviewed, strict=True) if not reviewed])
        carry_out = _plan if stop_after_plan else _send
        last = last_whole_run(job, {share.run.scope.account for share in shares})
        verdict = carry_out(job, senders, list(compress(tasks, is_reviewed)), without_account, last)
        if stop_after_plan:
            job.ledger.drop_rows(share.run.run_id for share in shares)
        return _close(job, {WITHOUT_ACCOUNT: without_account, **senders.summaries}, inputs, verdict, lists)


def _routes_or_refusal(settings: Settings, s3: LazyS3Client, open_job: Callable[[ExitStack], AccountsJob]) -> Routes:
    """Return what ``_routes`` returns. If it refuses the routes, record a run that was refused.

    Nothing is recorded if the ledger, which ``open_job`` opens, cannot be opened.
    """
    try:
        return _routes(settings, s3)
    except OnboardingError:
        with suppress(OnboardingError), ExitStack() as stack:
            open_job(stack)
            raise
        raise


def _routes(settings: Settings, s3: LazyS3Client) -> Routes:
    """Return how rows are routed to accounts: by a table of routes, or by a column of the exports.

    Raises ``ConfigurationError`` if the settings name one account for all rows.
    """
    if settings.account:
        flag = DESTINATION_TYPES[settings.destination].flag
        raise ConfigurationError(f"{flag} is for a run to one account; drop it, or --account-column or --routes.")
    account = destinations()[settings.destination].account.pattern
    if settings.routes:
        return read_routes(settings.routes, s3=s3, account=account)
    return Routes((str(settings.account_column),), account)


def _divide(job: AccountsJob, rows: Iterable[pd.DataFrame]) -> tuple[Sequence[AccountShare], Summary]:
    """Put each prepared row into the share of its account, and report the rows without an account.

    Return the shares, and the summary of part 0 of the report, which has the rows without an account.
    """
    shares = AccountShares(job.ledger, job.new_run)
    left = _without_account(rows, shares, job.bars.bar("deciding"))
    folder = PartFolder(job.folder, WITHOUT_ACCOUNT)
    without_account = report_without_account(job.run, job.ledger, folder, left)
    return shares.finish(), without_account


def _without_account(rows: Iterable[pd.DataFrame], shares: AccountShares, advance: Advance) -> Iterator[pd.DataFrame]:
    """Put each row into the share of its account, and yield frames of the rows without an account."""
    for frame in rows:
        left = shares.take(frame)
        advance(len(frame), "")
        if len(left):
            yield left


def _plan(
    job: AccountsJob, senders: AccountSenders, tasks: Sequence[AccountTask], without: Summary, last: LastRuns
) -> GuardVerdict:
    """Report which people would be invited, and return the verdict of the guards.

    ``without`` is the summary of the rows without an account, and ``last`` the last run to many accounts.
    """
    senders.plan(tasks)
    senders.report_failed()
    parts = senders.summaries
    total = guard_total(job.settings, last, (), [without, *parts.values()])
    if total.is_stopped:
        return total
    asked = {number: part.guards for number, part in sorted(parts.items()) if part.guards}
    verdicts = {parts[number].scope.account: verdict for number, verdict in asked.items()}
    verdict = verdict_on_accounts(total, verdicts, len(tasks), confirm=job.settings.confirm)
    for number in (number for number, part in asked.items() if part.is_stopped and not verdict.is_stopped):
        parts[number] = replace(parts[number], exit_code=ExitCode.SETTLED, message="")
    return verdict


def _send(
    job: AccountsJob, senders: AccountSenders, tasks: Sequence[AccountTask], without: Summary, last: LastRuns
) -> GuardVerdict:
    """Review all shares, send the shares that no guard stops, and return the verdict of the guards.

    ``without`` is the summary of the rows without an account, and ``last`` the last run to many accounts. If the guards
    over all rows stop the whole run, nothing is sent.
    """
    reported = [without, *senders.summaries.values()]
    reviewed = senders.review(tasks)
    total = guard_total(job.settings, last, [account.result.census for account in reviewed], reported)
    if total.is_stopped:
        senders.refuse(reviewed, GuardHit(total.message))
        senders.report_failed()
        return total
    verdicts = {account.task.share.run.scope.account: account.result.verdict for account in reviewed}
    asked = {account: verdict for account, verdict in verdicts.items() if verdict}
    verdict = verdict_on_accounts(total, asked, len(tasks), confirm=job.settings.confirm)
    senders.send(reviewed, confirmed=verdict.confirmed)
    senders.report_failed()
    return verdict


def _close(
    job: AccountsJob, summaries: Mapping[int, Summary], inputs: Inputs, verdict: GuardVerdict, lists: ExclusionLists
) -> Summary:
    """Check the sums over all parts of the report, and write the manifest and the summary of the whole run.

    If the settings ask for one file, also join the reconciliations of all parts. ``summaries`` has the summary of each
    part by the part's number. ``verdict`` is what the guards said of the whole run.
    """
    parts = [summary for _, summary in sorted(summaries.items())]
    summary = summarise(job.run, tally_of(parts, inputs), inputs, job.folder)
    files = write_manifest(job.folder, summaries, one_file=job.settings.one_file)
    exit_code, message = ending_of_parts(
        parts,
        summary.counts,
        signalled=job.stop.exit_code,
        stopped=verdict.ending,
        is_partial=job.run.is_partial,
    )
    summary = replace(
        summary,
        ended_at=now(),
        exit_code=exit_code,
        message=message,
        scope=replace(job.run.scope, account=f"{len(parts) - 1} accounts"),
        sending=SendingFigures(
            requests=sum(part.sending.requests or 0 for part in parts),
            throttled=sum(part.sending.throttled or 0 for part in parts),
        ),
        exclusions=lists.figures(),
        unchanged=tuple({export.source: export for part in parts for export in part.unchanged}.values()),
        news=sum((part.news for part in parts if part.news), News()),
        guards=verdict,
        planned=reduce(add, estimates) if (estimates := [part.planned for part in parts if part.planned]) else None,
        files=files,
    )
    summary = with_story(summary, job.ledger, verdict=verdict)
    if job.invocation:
        summary = with_next_command(summary, job.invocation, can_be_resumed=False, remedy_flags=verdict.remedy_flags)
        summary = replace(summary, hr_command="")  # a workbook is about one account
    summary.write(job.folder)
    job.ledger.end(job.run.run_id, exit_code=summary.exit_code, counts=plain_counts(summary.counts))
    return summary
