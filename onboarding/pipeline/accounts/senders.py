"""Spread the work for all accounts of one run over Dask workers, and report accounts that no worker could finish.

``worker`` has the work for one account.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from onboarding.ledger import Ledger
from onboarding.model.errors import OnboardingError
from onboarding.pipeline.accounts import worker
from onboarding.pipeline.accounts.closing import PartFolder
from onboarding.pipeline.accounts.reporting import HELD_SECONDS, outcome_unknown, report_from_ledger
from onboarding.pipeline.accounts.shares import AccountTask
from onboarding.pipeline.accounts.worker import ReviewedAccount
from onboarding.preparing import DaskWorkers, OnStop
from onboarding.reports import Folder, Summary
from onboarding.runtime.progress import ProgressBars

REPORTERS = 8
"""How many failed accounts are reported at a time."""

Given = TypeVar("Given", AccountTask, ReviewedAccount)
Found = TypeVar("Found", Summary, ReviewedAccount)


class AccountSenders:
    """Have workers review, plan, send or report all accounts of one run. An account that fails stops no other account.

    ``ledger`` and ``folder`` are those of the whole run.
    """

    def __init__(self, workers: DaskWorkers, ledger: Ledger, folder: Folder, bars: ProgressBars) -> None:
        self.summaries: dict[int, Summary] = {}
        """The summary of each account's run, by the number of the account.

        If a summary has no ``files``, the report has no part for that account.
        """
        self._workers = workers
        self._ledger = ledger
        self._folder = folder
        self._bars = bars
        self._failed: list[tuple[AccountTask, OnboardingError]] = []

    def review(self, tasks: Sequence[AccountTask]) -> list[ReviewedAccount]:
        """Review the rows of each account, and return the reviewed accounts in the order of their numbers.

        Accounts that failed are left out.
        """
        found = self._each(worker.review_account, tasks, tasks, "reviewing accounts")
        return sorted((reviewed for _, reviewed in found), key=lambda reviewed: reviewed.task.share.number)

    def send(self, reviewed: Sequence[ReviewedAccount], *, confirmed: bool) -> None:
        """Send the shares of reviewed accounts. With ``confirmed``, also send the shares that a guard has stopped."""
        work = partial(worker.send_account, confirmed=confirmed)
        self._summarise(work, reviewed, [account.task for account in reviewed], "inviting accounts")

    def plan(self, tasks: Sequence[AccountTask]) -> None:
        """Report which people of the shares would be invited."""
        self._summarise(worker.plan_account, tasks, tasks, "planning accounts")

    def report(self, tasks: Sequence[AccountTask]) -> None:
        """Report shares without open rows."""
        self._summarise(worker.report_account, tasks, tasks, "reporting accounts")

    def refuse(self, reviewed: Sequence[ReviewedAccount], why: OnboardingError) -> None:
        """Note that the shares of ``reviewed`` must not be sent.

        ``report_failed`` later reports these shares as failed with the error ``why``.
        """
        self._failed += [(account.task, why) for account in reviewed]

    def report_failed(self) -> None:
        """Report all accounts that failed. Call this only after all workers have finished."""
        report = partial(self._report_failed, give_up_at=time.monotonic() + HELD_SECONDS)
        with ThreadPoolExecutor(REPORTERS, "reporting") as pool:
            for (task, _), summary in zip(self._failed, pool.map(report, self._failed), strict=True):
                self.summaries[task.share.number] = summary
        self._failed = []

    def _report_failed(self, failed: tuple[AccountTask, OnboardingError], *, give_up_at: float) -> Summary:
        task, error = failed
        folder = PartFolder(self._folder, task.share.number)
        try:
            return report_from_ledger(task, self._ledger, folder, error, give_up_at=give_up_at)
        except OnboardingError as failure:
            return outcome_unknown(task, folder, failure)

    def _summarise(
        self, work: Callable[[Given, OnStop], Summary], given: Sequence[Given], tasks: Sequence[AccountTask], label: str
    ) -> None:
        for task, summary in self._each(work, given, tasks, label):
            self.summaries[task.share.number] = summary

    def _each(
        self, work: Callable[[Given, OnStop], Found], given: Sequence[Given], tasks: Sequence[AccountTask], label: str
    ) -> Iterator[tuple[AccountTask, Found]]:
        """Have workers do ``work`` for each item of ``given``.

        When the work for an item ends, yield the item's task and the result. ``tasks`` has the task of each item, in
        the same order. If the work fails, yield nothing for its item, and note the failure for ``report_failed``.
        """
        advance = self._bars.bar(label, len(tasks))
        for number, found in self._workers.each(work, given):
            if isinstance(found, OnboardingError):
                self._failed.append((tasks[number], found))
            else:
                yield tasks[number], found
            advance(1, "")
