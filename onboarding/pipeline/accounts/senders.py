"""Spread the work for all accounts of one run over threads or workers, and report the accounts whose work failed.

``worker`` has the work for one account. ``carriers`` has the threads and workers that do the work.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from onboarding.ledger import Ledger
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import OnboardingError
from onboarding.pipeline.accounts import worker
from onboarding.pipeline.accounts.carriers import Carrier, Work
from onboarding.pipeline.accounts.reporting import outcome_unknown, report_from_ledger
from onboarding.pipeline.accounts.shares import AccountTask
from onboarding.pipeline.review_result import ReviewResult
from onboarding.reports import Folder, Summary
from onboarding.reports.parts import PartFolder
from onboarding.runtime.progress import ProgressBars

REPORTERS = 8
"""The most failed accounts that are reported at a time."""


class AccountSenders:
    """Review, plan, send or report all accounts of one run. If one account fails, the work for all others goes on.

    ``carrier`` carries out the work. ``ledger`` and ``folder`` belong to the whole run.
    """

    def __init__(self, carrier: Carrier, ledger: Ledger, folder: Folder, bars: ProgressBars) -> None:
        self.summaries: dict[int, Summary] = {}
        """The summary of each account's run, by the number of the account.

        If a summary has no ``files``, the report has no part for that account.
        """
        self._carrier = carrier
        self._ledger = ledger
        self._folder = folder
        self._bars = bars
        self._sent: list[int] = []
        self._failed: list[tuple[AccountTask, OnboardingError]] = []

    def review(self, tasks: Sequence[AccountTask]) -> list[tuple[AccountTask, ReviewResult]]:
        """Review the rows of each account, and return the tasks with their results in the order of their numbers.

        Accounts that failed are left out.
        """
        found = self._each(worker.review_account, tasks, "reviewing accounts")
        return sorted(found, key=lambda reviewed: reviewed[0].share.number)

    def send(self, tasks: Sequence[AccountTask]) -> None:
        """Send the rows of the accounts that no guard stops."""
        self._sent = [task.share.number for task in tasks]
        self._summarise(worker.send_account, tasks, "inviting accounts")

    @property
    def have_left_some(self) -> bool:
        """Whether accounts that no guard stops have rows that were not sent, or whose outcome is in doubt."""
        left = (self.summaries[number].counts for number in self._sent if number in self.summaries)
        return any(counts.get(each) for counts in left for each in (Disposition.DEFERRED, Disposition.IN_DOUBT))

    def plan(self, tasks: Sequence[AccountTask]) -> None:
        """Report which people of the accounts would be invited."""
        self._summarise(worker.plan_account, tasks, "planning accounts")

    def report(self, tasks: Sequence[AccountTask]) -> None:
        """Report accounts without open rows, and accounts whose runs have ended."""
        self._summarise(worker.report_account, tasks, "reporting accounts")

    def refuse(self, task: AccountTask, why: OnboardingError) -> None:
        """Remember that nothing may be sent to an account. ``report_failed`` later reports the reason ``why``."""
        self._failed.append((task, why))

    def report_failed(self) -> None:
        """Report all accounts that failed. Call this only after all work has ended."""
        report = partial(self._report_failed, now=time.monotonic())
        with ThreadPoolExecutor(REPORTERS, "reporting") as pool:
            for (task, _), summary in zip(self._failed, pool.map(report, self._failed), strict=True):
                self.summaries[task.share.number] = summary
        self._failed = []

    def _report_failed(self, failed: tuple[AccountTask, OnboardingError], *, now: float) -> Summary:
        task, error = failed
        folder = PartFolder(self._folder, task.share.number)
        try:
            return report_from_ledger(task, self._ledger, folder, error, give_up_at=now + task.held_seconds)
        except OnboardingError as failure:
            return outcome_unknown(task, folder, failure)

    def _summarise(self, work: Work, tasks: Sequence[AccountTask], label: str) -> None:
        for task, summary in self._each(work, tasks, label):
            self.summaries[task.share.number] = summary

    def _each(self, work: Work, tasks: Sequence[AccountTask], label: str) -> Iterator[tuple[AccountTask, Any]]:
        """Do ``work`` for each task, and yield each task with its result when the work for the task ends.

        If the work for a task fails, yield nothing for the task, and remember the failure for ``report_failed``.
        """
        advance = self._bars.bar(label, len(tasks))
        for number, found in self._carrier.each(work, tasks):
            if isinstance(found, OnboardingError):
                self.refuse(tasks[number], found)
            else:
                yield tasks[number], found
            advance(1, "")
