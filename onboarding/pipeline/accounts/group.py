"""What happens in a run to many accounts? One preparation, and for each account a run of its own.

::

    exports ──prepare──▶ rows, routed ──▶ one share for each account ──look──▶ guards ──send──▶ parts ──▶ manifest
             workers                        ledger                   workers    here   workers

Everybody is looked for in all exports at once, so whoever is in two of them is invited to one account. Shares are sent
by workers, each at the pace of its account, and a worker that dies leaves them to the others.
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
from onboarding.exports import Export, open_exports, read_routes
from onboarding.ledger import Ledger
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ConfigurationError, ExitCode, GuardHit
from onboarding.model.plan import Scope
from onboarding.model.routes import ACCOUNT_PATTERNS, Routes
from onboarding.model.run import Run, now
from onboarding.pipeline.accounts.ending import counts_by_source, ending_of, too_many, unconfirmed
from onboarding.pipeline.accounts.parts import MANIFEST, NOBODYS, Entry, PartFolder, write_manifest, write_one_file
from onboarding.pipeline.accounts.senders import Senders
from onboarding.pipeline.accounts.shares import Order, Share, Shares
from onboarding.pipeline.accounts.telling import shared_ledger
from onboarding.pipeline.admission import Inputs
from onboarding.pipeline.closing import append_all, summarise
from onboarding.pipeline.run import policy_of
from onboarding.preparing import DaskWorkers, Rules, dask_workers, prepare_on_workers
from onboarding.reports import RECONCILIATION, Folder, Report, ReportContext, Summary, open_folder, open_reconciliation
from onboarding.runtime.aws import Access, s3_at_need
from onboarding.runtime.s3 import SCHEME
from onboarding.runtime.signals import StopSignal
from onboarding.runtime.terminal import Advance, ProgressBars, progress_bars
from onboarding.settings.settings import Settings

OF_THE_WHOLE = {
    "scheduler": None,
    "notify": (),
    "ping_url": None,
    "metric_namespace": None,
    "max_invites": None,
    "confirm": None,
    "deadline": None,
    "quiet": True,
}
"""Settings that are not an account's: what concerns all of them, and whom the whole run tells."""

CONCURRENCY = 4
"""How many requests to one account are under way at a time, unless a number was named: a worker has many accounts."""


@dataclass(slots=True)
class Group:
    """A run to many accounts with everything it needs."""

    settings: Settings
    command: str
    run_id: str
    scope: Scope
    ledger: Ledger
    folder: Folder
    stop: StopSignal
    shown: ProgressBars
    ends_at: datetime | None
    """When nothing more is to be sent."""
    unconfirmed: str = ""
    """What guards say of several accounts together."""

    def of(self, account: str) -> Settings:
        """Return the settings of one account's run: a worker's own environment shall lead it nowhere else."""
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
            settings=self.of(account).public(),
        )


def run(settings: Settings, *, stop_after_plan: bool = False) -> Summary:
    """Read, decide, route, send and report; with ``stop_after_plan``, report what would be sent.

    Raises an ``OnboardingError``, and has sent nothing, where it cannot begin.
    """
    if settings.account:
        flag = DESTINATION_TYPES[settings.destination].flag
        raise ConfigurationError(f"{flag} is for a run to one account; drop it, or --account-column or --routes.")
    started_at = now()
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_at_need(Access(profile=settings.profile, region=settings.region)))
        account = ACCOUNT_PATTERNS[settings.destination]
        column = str(settings.account_column)
        routes = read_routes(settings.routes, s3=s3, account=account) if settings.routes else Routes((column,), account)
        exports = open_exports(
            settings.exports,
            email_column=settings.email_column,
            also=routes.columns,
            sheet=settings.sheet,
            encoding=settings.encoding,
            block_bytes=settings.footprint().block_bytes,
            s3=s3,
        )
        rules = Rules(policy_of(settings, s3), settings.suspicions(), settings.date_order, routes)
        run_id = f"{started_at:%Y%m%dT%H%M%SZ}-{token_hex(3)}"
        stack.enter_context(structlog.contextvars.bound_contextvars(run_id=run_id))
        stop = stack.enter_context(StopSignal())
        group = Group(
            settings=settings,
            command="plan" if stop_after_plan else "run",
            run_id=run_id,
            scope=_scope(settings),
            ledger=stack.enter_context(shared_ledger(settings)),
            folder=stack.enter_context(open_folder(settings.out, run_id, s3)),
            stop=stop,
            shown=stack.enter_context(progress_bars(enabled=not (settings.quiet or settings.no_progress))),
            ends_at=started_at + settings.deadline if settings.deadline else None,
        )
        workers = stack.enter_context(
            dask_workers(settings.scheduler, settings.state_folder(), raise_if_stopped=stop.raise_if_stopped)
        )
        shares, nobodys = _shares(group, exports, rules, workers)
        inputs = [asdict(export.facts) for export in exports]
        orders = [_order(group, share, inputs) for share in shares]
        senders = Senders(workers, group.folder, group.shown)
        senders.report([order for order in orders if not order.share.open])
        carry_out = _plan if stop_after_plan else _send
        carry_out(group, senders, [order for order in orders if order.share.open])
        if stop_after_plan:
            group.ledger.drop_rows(share.run.run_id for share in shares)
        return _close(group, {NOBODYS: nobodys, **senders.summaries}, inputs, started_at)


def settings_of(settings: Settings, account: str) -> Settings:
    """Return the settings of one account's run. Raises ``ConfigurationError`` if it can be none."""
    place = settings.out if settings.out.startswith(SCHEME) else str(Path(settings.out).absolute())
    concurrency = settings.concurrency if "concurrency" in settings.model_fields_set else CONCURRENCY
    return settings.to(account).with_values({**OF_THE_WHOLE, "out": place, "concurrency": concurrency})


def _scope(settings: Settings) -> Scope:
    """Return where invites to any of the accounts count, but for its account."""
    with open_destination(settings_of(settings, "00000000")) as opened:
        return opened.destination.scope


def _shares(
    group: Group, exports: Sequence[Export], rules: Rules, workers: DaskWorkers
) -> tuple[Sequence[Share], Summary]:
    """Prepare all rows; bring each to its account's share, and those without one to their part of the report.

    Return what became of these as well.
    """
    settings = group.settings
    shares = Shares(group.ledger, group.new_run)
    rows = prepare_on_workers(
        exports,
        rules,
        workers,
        part_bytes=settings.footprint().part_bytes,
        on_read=group.shown.bar("reading"),
    )
    context = ReportContext(group.run_id, group.scope.destination, "", now().isoformat(), Disposition.DEFERRED)
    folder = PartFolder(group.folder, NOBODYS)
    with open_reconciliation(folder) as reconciliation:
        reports: tuple[Report, ...] = (reconciliation,)
        tally = append_all(_nobodys(rows, shares, group.shown.bar("deciding")), reports, context, outcomes=None)
    nobody = Run(run_id=group.run_id, scope=replace(group.scope, account=""), command="", version="", started_at=now())
    inputs = [{"source": source, "rows": sum(counts.values())} for source, counts in tally.by_source().items()]
    told = summarise(
        nobody, tally, inputs, folder, exit_code=ExitCode.SETTLED, message="", files=(folder.called(RECONCILIATION),)
    )
    return shares.finish(), told


def _nobodys(rows: Iterable[pd.DataFrame], shares: Shares, advance: Advance) -> Iterator[pd.DataFrame]:
    """Bring rows to their shares; yield those that no account is known for."""
    for frame in rows:
        left = shares.take(frame)
        advance(len(frame), "")
        if len(left):
            yield left


def _order(group: Group, share: Share, inputs: Inputs) -> Order:
    settings = group.of(share.run.scope.account)
    return Order(settings, share, share.inputs(inputs), group.run_id, group.ends_at)


def _plan(group: Group, senders: Senders, orders: Sequence[Order]) -> None:
    """Report who would be invited, and whether the guards would let that happen."""
    senders.plan(orders)
    senders.tell_failed()
    planned = [part for part in senders.summaries.values() if part.planned]
    invites = sum(part.planned.invites for part in planned if part.planned)
    stopped = [part for part in planned if part.guards and part.guards.is_stopped]
    group.unconfirmed = too_many(group.settings, invites)
    if stopped and group.settings.confirm == invites:
        for number, part in senders.summaries.items():
            if part in stopped:
                senders.summaries[number] = replace(part, exit_code=ExitCode.SETTLED, message="")
    elif stopped and not group.unconfirmed:
        first = min(stopped, key=lambda part: part.run_id)
        why = first.guards.why if first.guards else ""
        group.unconfirmed = unconfirmed(len(stopped), len(orders), f"{first.account}: {why}", invites)


def _send(group: Group, senders: Senders, orders: Sequence[Order]) -> None:
    """Look at all shares, and send them unless that is too much."""
    looked = senders.look(orders)
    invites = sum(one.invites for one in looked)
    confirmed = group.settings.confirm == invites
    if why := too_many(group.settings, invites):
        group.unconfirmed = why
        senders.refuse(looked, GuardHit(why))
    else:
        senders.send(looked, confirmed=confirmed)
    stopped = [one for one in looked if one.guarded and one.guarded.is_stopped]
    if stopped and not why and not confirmed:
        first, number = stopped[0], sum(one.invites for one in stopped)
        why = f"{first.order.share.run.scope.account}: {first.guarded.why if first.guarded else ''}"
        group.unconfirmed = unconfirmed(len(stopped), len(orders), why, number)
    senders.tell_failed()


def _close(group: Group, summaries: Mapping[int, Summary], inputs: Inputs, started_at: datetime) -> Summary:
    """Check the sums over all parts, and write what there is to say of all of them."""
    numbers = sorted(summaries)
    parts = [summaries[number] for number in numbers]
    by_source = counts_by_source(parts, inputs)
    counts = sum(by_source.values(), Counter[Disposition]())
    write_manifest(group.folder, [Entry.of(number, summaries[number]) for number in numbers])
    files = [MANIFEST, f"{RECONCILIATION.removesuffix('.csv')}/part-*.csv"]
    if group.settings.one_file:
        write_one_file(group.folder, [number for number in numbers if summaries[number].files])
        files.append(RECONCILIATION)
    exit_code, message = ending_of(parts, counts, signalled=group.stop.exit_code, unconfirmed=group.unconfirmed)
    summary = Summary(
        run_id=group.run_id,
        command=group.command,
        version=__version__,
        started_at=started_at,
        ended_at=now(),
        exit_code=exit_code,
        message=message,
        destination=group.scope.destination,
        account=f"{len(parts) - 1} accounts",
        account_name="",
        endpoint=group.scope.endpoint,
        rows_read=sum(counts.values()),
        counts=dict(counts),
        counts_by_source={source: dict(of_source) for source, of_source in by_source.items()},
        inputs=inputs,
        requests=sum(part.requests or 0 for part in parts),
        throttled=sum(part.throttled or 0 for part in parts),
        seconds={},
        settings=group.settings.public(),
        folder=group.folder.name,
        files=tuple(files),
    )
    summary.write(group.folder)
    return summary
