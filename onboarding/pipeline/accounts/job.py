"""The job of a whole run to many accounts: all things that the run uses, and the settings and runs of its accounts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from onboarding.destinations import open_destination
from onboarding.ledger import Ledger
from onboarding.model.plan import Scope
from onboarding.model.run import GuardFigures, Run, now
from onboarding.model.values import dataclass
from onboarding.pipeline.accounts.shares import AccountShare, AccountTask
from onboarding.pipeline.baseline import Inputs
from onboarding.pipeline.record import new_run, open_ledger, refusal_on_record
from onboarding.pipeline.saved_plan import Header
from onboarding.reports import Folder, open_folder
from onboarding.runtime.aws import LazyS3Client
from onboarding.runtime.logs import name_run
from onboarding.runtime.progress import ProgressBars, progress_bars
from onboarding.runtime.signals import StopSignal
from onboarding.settings.invocation import Invocation
from onboarding.settings.many_accounts import settings_of_account
from onboarding.settings.next_command import origin_of
from onboarding.settings.settings import Settings

HELD_SECONDS = 90.0
"""The longest time, in seconds, until the database frees the account of a dead worker."""


@dataclass(frozen=True, slots=True)
class AccountsJob:
    """All things that a run to many accounts uses. ``run`` is the whole run, and its scope names no account.

    ``command`` is the command of this process: ``resume`` continues a run that the command ``run`` began.
    """

    run: Run
    settings: Settings
    ledger: Ledger
    folder: Folder
    s3: LazyS3Client
    stop: StopSignal
    bars: ProgressBars
    command: str
    invocation: Invocation | None

    def settings_of(self, account: str) -> Settings:
        """Return the settings of one account's run. If the whole run has an endpoint, these settings name it, too.

        So the environment of a worker cannot change the endpoint of the account's run.
        """
        settings = settings_of_account(self.settings, account)
        endpoint = settings.endpoint_url or self.run.scope.endpoint
        return settings.with_values({"endpoint_url": endpoint}) if endpoint else settings

    def new_run(self, number: int, account: str) -> Run:
        """Return a new run to one account. Its id is the id of the whole run, followed by the number of the account."""
        return replace(
            self.run,
            run_id=f"{self.run.run_id}-{number:05}",
            scope=replace(self.run.scope, account=account),
            started_at=now(),
            settings=self.settings_of(account).public(),
        )

    def tasks(
        self, shares: Sequence[AccountShare], inputs: Inputs, approved: Header | None = None
    ) -> list[AccountTask]:
        """Return a task for each share. A share has the rows of one account, or the rows without an account.

        ``inputs`` are the facts of all exports. ``approved`` is the header of the saved plan, or None without a plan.
        """
        started_at = self.run.resumed_at or self.run.started_at
        ends_at = started_at + self.settings.deadline if self.settings.deadline else None
        held_seconds = HELD_SECONDS if self.settings.scheduler else 0.0
        return [
            AccountTask(
                self.settings_of(account) if (account := share.run.scope.account) else self.settings,
                share,
                share.inputs(inputs),
                self.run.run_id,
                ends_at,
                held_seconds,
                approved=approved.approved(account) if approved else None,
                command=self.command,
            )
            for share in shares
        ]

    def record_inputs(
        self,
        tasks: Sequence[AccountTask],
        inputs: Inputs,
        passed: Mapping[int, GuardFigures],
        hits: GuardFigures | None,
    ) -> None:
        """Record that the ledger keeps all rows, so that the whole run and its parts can be reported and resumed.

        ``passed`` has the figures that the guards checked, by the number of each account whose rows may be sent.
        ``hits`` names the guards that the whole run has hit, or is None if nothing may be sent. Raises ``HoldLost`` if
        another whole run may have begun.
        """
        self.ledger.check_hold(self.run.scope)
        of_accounts = ((task.share.run.run_id, task.inputs, passed.get(task.share.number)) for task in tasks[1:])
        self.ledger.record_inputs_of_runs([*of_accounts, (self.run.run_id, inputs, hits)])


@contextmanager
def open_accounts_job(
    settings: Settings,
    s3: LazyS3Client,
    *,
    command: str,
    earlier: Run | None = None,
    invocation: Invocation | None = None,
    plan: str = "",
    stop: StopSignal | None = None,
) -> Iterator[AccountsJob]:
    """Open all things that the whole run uses, for the length of the block, and record that the run has begun.

    ``earlier`` is the whole run to resume or to report. None begins a new run. ``plan`` is the path of the plan that
    the run sends, or empty. ``stop`` says when to stop the run. With None, a signal to the process stops the run. A run
    that sends holds the group of accounts. Raises ``DestinationHeld`` if another whole run holds the group.
    """
    with ExitStack() as stack:
        stop = stop or StopSignal()
        s3.cut = stop
        ledger = stack.enter_context(open_ledger(settings))
        run = earlier or new_run(_group_of(settings), command, settings)
        name_run(run.run_id)
        if earlier is None:
            ledger.begin(run := replace(run, settings={**run.settings, **origin_of(invocation, plan=plan)}))
        elif command == "resume":
            run = ledger.begin_leg(run.resumed(), command)
        if command != "report":
            stack.enter_context(refusal_on_record(ledger, run))
        if command not in ("plan", "report"):
            stack.enter_context(ledger.hold(run))
        if command == "resume":
            run = ledger.reopen(run.run_id, leg=run.leg)
        yield AccountsJob(
            run=run,
            settings=settings,
            ledger=ledger,
            folder=stack.enter_context(open_folder(settings.out, run.run_id, s3)),
            s3=s3,
            stop=stack.enter_context(stop),
            bars=stack.enter_context(progress_bars(enabled=not (settings.quiet or settings.no_progress))),
            command=command,
            invocation=invocation,
        )


def _group_of(settings: Settings) -> Scope:
    """Return the scope of a whole run: its destination and endpoint, without an account."""
    with open_destination(settings_of_account(settings, "00000000")) as opened:
        return replace(opened.destination.scope, account="")
