"""A run to many accounts: one preparation, and for each account a run of its own.

::

    exports ──prepare──▶ rows, routed ──▶ one share for each account ──review──▶ guards ──send──▶ parts ──▶ manifest
             workers                        ledger                    workers     here   workers

People are looked for in all exports at once, so that a person in two of them is invited to one account. Workers send
the shares, each at the pace of its account, and a worker that dies leaves its shares to the other workers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from secrets import token_hex

import pandas as pd
import structlog

from onboarding import __version__
from onboarding.destinations import DESTINATION_TYPES, open_destination
from onboarding.exports import Export, read_routes
from onboarding.ledger import Ledger
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ConfigurationError, ExitCode, GuardHit
from onboarding.model.plan import Scope
from onboarding.model.routes import ACCOUNT_PATTERNS, Routes
from onboarding.model.run import Run, now
from onboarding.pipeline.accounts.closing import (
    WITHOUT_ACCOUNT,
    PartFolder,
    counts_by_source,
    ending_of,
    guards_stopped,
    write_parts,
)
from onboarding.pipeline.accounts.senders import AccountSenders
from onboarding.pipeline.accounts.shares import AccountShare, AccountShares, AccountTask
from onboarding.pipeline.closing import append_all, context_of, summarise
from onboarding.pipeline.job import named_exports, s3_of
from onboarding.pipeline.past_reports import open_ledger
from onboarding.pipeline.review import Inputs, guard_total
from onboarding.pipeline.run import policy_of
from onboarding.preparing import DaskWorkers, Rules, dask_workers, prepare_on_workers
from onboarding.reports import RECONCILIATION, Folder, Report, SendingFigures, Summary, open_folder, open_reconciliation
from onboarding.runtime.aws import S3AtNeed
from onboarding.runtime.s3 import SCHEME
from onboarding.runtime.signals import StopSignal
from onboarding.runtime.terminal import Advance, ProgressBars, progress_bars
from onboarding.settings.settings import Settings

OF_THE_WHOLE_RUN = {
    "scheduler": None,
    "notify": (),
    "ping_url": None,
    "metric_namespace": None,
    "max_invites": None,
    "confirm": None,
    "deadline": None,
    "quiet": True,
}
"""The settings that an account's run has not, because they concern the whole run, which also sends the notices."""

CONCURRENCY = 4
"""How many requests to one account are under way at a time unless the settings say so: a worker has many accounts."""


@dataclass(frozen=True, slots=True)
class AccountsJob:
    """Everything that a run to many accounts works with. ``scope`` names no account."""

    settings: Settings
    command: str
    run_id: str
    started_at: datetime
    scope: Scope
    ledger: Ledger
    folder: Folder
    stop: StopSignal
    bars: ProgressBars

    @property
    def sends(self) -> bool:
        """Whether people are mailed; False where the path stops after the plan."""
        return self.command != "plan"

    def settings_of(self, account: str) -> Settings:
        """Return the settings of one account's run. No worker's own environment leads it to another endpoint."""
        settings = settings_of(self.settings, account)
        return settings.with_values({"endpoint_url": self.scope.endpoint}) if self.scope.endpoint else settings

    def new_run(self, number: int, account: str) -> Run:
        """Return a new run of one account."""
        return Run(
            run_id=f"{self.run_id}-{number:05}",
            scope=replace(self.scope, account=account),
            command=self.command,
            version=__version__,
            started_at=now(),
            settings=self.settings_of(account).public(),
        )

    def task(self, share: AccountShare, inputs: Inputs) -> AccountTask:
        """Return what a worker needs for a share."""
        ends_at = self.started_at + self.settings.deadline if self.settings.deadline else None
        settings = self.settings_of(share.run.scope.account)
        return AccountTask(settings, share, share.inputs(inputs), self.run_id, ends_at)


def run(settings: Settings, *, stop_after_plan: bool = False) -> Summary:
    """Read, decide, route, send and report; with ``stop_after_plan``, report what would be sent.

    Raises an ``OnboardingError``, and has sent nothing, where it cannot begin.
    """
    if settings.account:
        flag = DESTINATION_TYPES[settings.destination].flag
        raise ConfigurationError(f"{flag} is for a run to one account; drop it, or --account-column or --routes.")
    with ExitStack() as stack:
        started_at = now()
        s3 = stack.enter_context(s3_of(settings))
        routes = _routes(settings, s3)
        exports = named_exports(settings, s3, also=routes.columns)
        rules = Rules(policy_of(settings, s3), settings.suspicions(), settings.date_order, routes)
        job = _open(settings, stack, s3, started_at, command="plan" if stop_after_plan else "run")
        workers = stack.enter_context(
            dask_workers(settings.scheduler, settings.state_folder(), raise_if_stopped=job.stop.raise_if_stopped)
        )
        shares, without_account = _divide(job, exports, rules, workers)
        inputs = [asdict(export.facts) for export in exports]
        tasks = [job.task(share, inputs) for share in shares]
        senders = AccountSenders(workers, job.ledger, job.folder, job.bars)
        senders.report([task for task in tasks if not task.share.open])
        to_invite = [task for task in tasks if task.share.open]
        stopped = _send(job, senders, to_invite) if job.sends else _plan(job, senders, to_invite)
        if not job.sends:
            job.ledger.drop_rows(share.run.run_id for share in shares)
        return _close(job, {WITHOUT_ACCOUNT: without_account, **senders.summaries}, inputs, stopped)


def settings_of(settings: Settings, account: str) -> Settings:
    """Return the settings of one account's run. Raises ``ConfigurationError`` for a name that is no account's."""
    place = settings.out if settings.out.startswith(SCHEME) else str(Path(settings.out).absolute())
    concurrency = settings.concurrency if "concurrency" in settings.model_fields_set else CONCURRENCY
    return settings.to(account).with_values({**OF_THE_WHOLE_RUN, "out": place, "concurrency": concurrency})


def _routes(settings: Settings, s3: S3AtNeed) -> Routes:
    """Return how rows are routed to accounts: by a table, or by a column of the exports."""
    account = ACCOUNT_PATTERNS[settings.destination]
    if settings.routes:
        return read_routes(settings.routes, s3=s3, account=account)
    return Routes((str(settings.account_column),), account)


def _open(settings: Settings, stack: ExitStack, s3: S3AtNeed, started_at: datetime, *, command: str) -> AccountsJob:
    """Open what the whole run needs, for as long as the stack."""
    run_id = f"{started_at:%Y%m%dT%H%M%SZ}-{token_hex(3)}"
    stack.enter_context(structlog.contextvars.bound_contextvars(run_id=run_id))
    stop = stack.enter_context(StopSignal())
    with open_destination(settings_of(settings, "00000000")) as opened:
        scope = replace(opened.destination.scope, account="")
    return AccountsJob(
        settings=settings,
        command=command,
        run_id=run_id,
        started_at=started_at,
        scope=scope,
        ledger=stack.enter_context(open_ledger(settings)),
        folder=stack.enter_context(open_folder(settings.out, run_id, s3)),
        stop=stop,
        bars=stack.enter_context(progress_bars(enabled=not (settings.quiet or settings.no_progress))),
    )


def _divide(
    job: AccountsJob, exports: Sequence[Export], rules: Rules, workers: DaskWorkers
) -> tuple[Sequence[AccountShare], Summary]:
    """Engine all rows and bring each to its account's share; report the rows without an account as part 0.

    Return the shares, and the summary of part 0.
    """
    shares = AccountShares(job.ledger, job.new_run)
    part_bytes = job.settings.footprint().part_bytes
    rows = prepare_on_workers(exports, rules, workers, part_bytes=part_bytes, on_read=job.bars.bar("reading"))
    no_run = Run(run_id=job.run_id, scope=job.scope, command="", version="", started_at=now())
    context = context_of(no_run, rest=Disposition.DEFERRED, decided_at=now())
    folder = PartFolder(job.folder, WITHOUT_ACCOUNT)
    with open_reconciliation(folder) as reconciliation:
        reports: tuple[Report, ...] = (reconciliation,)
        tally = append_all(_without_account(rows, shares, job.bars.bar("deciding")), reports, context, outcomes=None)
    inputs = [{"source": source, "rows": sum(counts.values())} for source, counts in tally.by_source().items()]
    summary = summarise(no_run, tally, inputs, folder)
    files = (folder.called(RECONCILIATION),)
    return shares.finish(), replace(summary, exit_code=ExitCode.SETTLED, message="", files=files)


def _without_account(rows: Iterable[pd.DataFrame], shares: AccountShares, advance: Advance) -> Iterator[pd.DataFrame]:
    """Bring rows to their shares; yield the rows without an account."""
    for frame in rows:
        left = shares.take(frame)
        advance(len(frame), "")
        if len(left):
            yield left


def _plan(job: AccountsJob, senders: AccountSenders, tasks: Sequence[AccountTask]) -> str:
    """Report which people would be invited; return why guards would stop accounts, or nothing if they would not."""
    senders.plan(tasks)
    senders.report_failed()
    planned = {number: part for number, part in senders.summaries.items() if part.planned}
    invites = sum(part.planned.invites for part in planned.values() if part.planned)
    if (total := guard_total(job.settings, invites)).is_stopped:
        return f"A guard was hit: {total.message}"
    stopped = {number: part for number, part in planned.items() if part.guards and part.guards.is_stopped}
    if job.settings.confirm == invites:
        for number, part in stopped.items():
            senders.summaries[number] = replace(part, exit_code=ExitCode.SETTLED, message="")
        return ""
    firsts = [(part.scope.account, part.guards.why) for _, part in sorted(stopped.items()) if part.guards]
    return guards_stopped(firsts, len(tasks), invites)


def _send(job: AccountsJob, senders: AccountSenders, tasks: Sequence[AccountTask]) -> str:
    """Review all shares, and send them unless guards stop them; return why guards stopped accounts, or nothing."""
    reviewed = senders.review(tasks)
    invites = sum(account.invites for account in reviewed)
    if (total := guard_total(job.settings, invites)).is_stopped:
        why = f"A guard was hit: {total.message}"
        senders.refuse(reviewed, GuardHit(why))
        senders.report_failed()
        return why
    confirmed = job.settings.confirm == invites
    senders.send(reviewed, confirmed=confirmed)
    senders.report_failed()
    stopped = [account for account in reviewed if account.result.stopped and not confirmed]
    firsts = [(account.task.share.run.scope.account, account.why) for account in stopped]
    return guards_stopped(firsts, len(tasks), sum(account.invites for account in stopped))


def _close(job: AccountsJob, summaries: Mapping[int, Summary], inputs: Inputs, stopped: str) -> Summary:
    """Check the sums over all parts, and write the reports of the whole run. ``stopped`` is why guards stopped it."""
    parts = [summary for _, summary in sorted(summaries.items())]
    by_source = counts_by_source(parts, inputs)
    counts = sum(map(Counter, by_source.values()), Counter[Disposition]())
    files = write_parts(job.folder, summaries, one_file=job.settings.one_file)
    exit_code, message = ending_of(parts, counts, signalled=job.stop.exit_code, stopped=stopped)
    summary = Summary(
        run_id=job.run_id,
        command=job.command,
        version=__version__,
        started_at=job.started_at,
        ended_at=now(),
        exit_code=exit_code,
        message=message,
        scope=replace(job.scope, account=f"{len(parts) - 1} accounts"),
        counts=dict(counts),
        counts_by_source=by_source,
        inputs=inputs,
        sending=SendingFigures(
            requests=sum(part.sending.requests or 0 for part in parts),
            throttled=sum(part.sending.throttled or 0 for part in parts),
        ),
        settings=job.settings.public(),
        folder=job.folder.name,
        files=files,
    )
    summary.write(job.folder)
    return summary
