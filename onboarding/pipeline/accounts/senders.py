"""How are all accounts looked at, planned and sent to? Each on a worker; what none could do is told from here."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from onboarding.model.errors import OnboardingError
from onboarding.pipeline.accounts import sender
from onboarding.pipeline.accounts.sender import HELD_SECONDS, Looked
from onboarding.pipeline.accounts.shares import Order
from onboarding.pipeline.accounts.telling import tell, untold
from onboarding.preparing import DaskWorkers
from onboarding.reports import Folder, Summary
from onboarding.runtime.terminal import ProgressBars

TELLERS = 8
"""How many accounts are told of at a time."""


class Senders:
    """All accounts of one run; an account that fails keeps nobody from the others.

    ``folder`` is that of the whole run's reports.
    """

    def __init__(self, workers: DaskWorkers, folder: Folder, shown: ProgressBars) -> None:
        self.summaries: dict[int, Summary] = {}
        """How the accounts' runs have ended, by number. One whose ``files`` are none has no part in the report."""
        self._workers = workers
        self._folder = folder
        self._shown = shown
        self._failed: list[tuple[Order, OnboardingError]] = []

    def look(self, orders: Sequence[Order]) -> list[Looked]:
        """Return what shares come to, in their order, without those that fail."""
        found: list[Looked] = self._each(sender.look, orders, "looking at accounts")
        return sorted(found, key=lambda one: one.order.share.number)

    def send(self, looked: Sequence[Looked], *, confirmed: bool) -> None:
        """Send shares that were looked at."""
        self._each(partial(sender.send, confirmed=confirmed), looked, "inviting accounts")

    def plan(self, orders: Sequence[Order]) -> None:
        """Report who of the shares would be invited."""
        self._each(sender.plan, orders, "planning accounts")

    def report(self, orders: Sequence[Order]) -> None:
        """Report shares of whom nobody is to be invited."""
        self._each(sender.report, orders, "reporting accounts")

    def refuse(self, looked: Sequence[Looked], why: OnboardingError) -> None:
        """Have shares told of for this reason, and not sent."""
        self._failed += [(one.order, why) for one in looked]

    def tell_failed(self) -> None:
        """Report all that failed, once nothing else is under way."""
        tell_one = partial(self._told, give_up_at=time.monotonic() + HELD_SECONDS)
        with ThreadPoolExecutor(TELLERS, "telling") as pool:
            for (order, _), summary in zip(self._failed, pool.map(tell_one, self._failed), strict=True):
                self.summaries[order.share.number] = summary
        self._failed = []

    def _told(self, failed: tuple[Order, OnboardingError], *, give_up_at: float) -> Summary:
        order, error = failed
        try:
            return tell(order, error, give_up_at=give_up_at)
        except OnboardingError as failure:
            return untold(order, self._folder, failure)

    def _each(self, work: Callable[..., Any], orders: Sequence[Any], label: str) -> list[Any]:
        """Have some work done for each; note how it ended or failed, and return what else came of it."""
        advance = self._shown.bar(label, len(orders))
        others = []
        for number, found in self._workers.each(work, orders):
            one = orders[number]
            order = one.order if isinstance(one, Looked) else one
            if isinstance(found, OnboardingError):
                self._failed.append((order, found))
            elif isinstance(found, Summary):
                self.summaries[order.share.number] = found
            else:
                others.append(found)
            advance(1, "")
        return others
