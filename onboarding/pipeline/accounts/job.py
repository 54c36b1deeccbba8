"""The job of a whole run to many accounts: all that the run works with, and the settings and runs of its accounts."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from onboarding.destinations import open_destination
from onboarding.ledger import Ledger
from onboarding.model.run import Run, now
from onboarding.pipeline.accounts.shares import AccountShare, AccountTask
from onboarding.pipeline.baseline import Inputs
from onboarding.pipeline.record import new_run, open_ledger, refusal_on_record
from onboarding.reports import Folder, open_folder
from onboarding.runtime.aws import LazyS3Client
from onboarding.runtime.logs import name_run
from onboarding.runtime.progress import ProgressBars, progress_bars
from onboarding.runtime.s3 import absolute_place
from onboarding.runtime.signals import StopSignal
from onboarding.settings.invocation import Invocation
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
"""Settings that an account's run must not have, since they concern the whole run, and the values that replace them."""

CONCURRENCY = 4
"""The number of concurrent requests to one account if the settings give none: few, as a worker has many accounts."""


@dataclass(frozen=True, slots=True)
class AccountsJob:
    """Everything that a run to many accounts works with. ``run`` is the whole run, and its scope names no account."""

    run: Run
    settings: Settings
    ledger: Ledger
    folder: Folder
    stop: StopSignal
    bars: ProgressBars
    invocation: Invocation | None

    def settings_of(self, account: str) -> Settings:
        """Return the settings of one account's run. If the whole run has an endpoint, these settings name it.

        So the environment of a worker cannot lead the account's run to another endpoint.
        """
        settings = settings_of(self.settings, account)
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

    def tasks(self, shares: Sequence[AccountShare], inputs: Inputs) -> list[AccountTask]:
        """Return a task for each share, with all that a worker needs. A share has the rows of one account.

        ``inputs`` are the facts of all exports.
        """
        ends_at = self.run.started_at + self.settings.deadline if self.settings.deadline else None
        return [
            AccountTask(
                self.settings_of(share.run.scope.account), share, share.inputs(inputs), self.run.run_id, ends_at
            )
            for share in shares
        ]


def open_accounts_job(
    settings: Settings,
    stack: ExitStack,
    s3: LazyS3Client,
    *,
    command: str,
    invocation: Invocation | None = None,
    stop: StopSignal | None = None,
) -> AccountsJob:
    """Open all that the whole run needs, keep it open until ``stack`` closes, and record that the run has begun.

    ``stop`` says when to stop the run; with None, a signal to the process stops the run.
    """
    with open_destination(settings_of(settings, "00000000")) as opened:
        scope = replace(opened.destination.scope, account="")
    run = new_run(scope, command, settings)
    s3.cut = stop = stop or StopSignal()
    name_run(run.run_id)
    ledger = stack.enter_context(open_ledger(settings))
    ledger.begin(run)
    stack.enter_context(refusal_on_record(ledger, run))
    return AccountsJob(
        run=run,
        settings=settings,
        ledger=ledger,
        folder=stack.enter_context(open_folder(settings.out, run.run_id, s3)),
        stop=stack.enter_context(stop),
        bars=stack.enter_context(progress_bars(enabled=not (settings.quiet or settings.no_progress))),
        invocation=invocation,
    )


def settings_of(settings: Settings, account: str) -> Settings:
    """Return the settings of one account's run. Raises ``ConfigurationError`` if ``account`` is no account id."""
    concurrency = settings.concurrency if "concurrency" in settings.model_fields_set else CONCURRENCY
    return settings.for_account(account).with_values(
        {**OF_THE_WHOLE_RUN, "out": absolute_place(settings.out), "concurrency": concurrency}
    )
