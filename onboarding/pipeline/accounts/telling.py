"""How is an account told of that nobody can ask, or need not ask? From the ledger alone.

A worker that cannot be reached may send on. So whoever tells holds the account, or says that somebody else does.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

from onboarding.ledger import Ledger
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import DestinationHeld, GuardHit, OnboardingError
from onboarding.model.run import now
from onboarding.model.sent import Ending
from onboarding.pipeline.accounts.parts import part_folder
from onboarding.pipeline.accounts.shares import Order
from onboarding.pipeline.closing import append_all, context_of, summarise
from onboarding.pipeline.past_reports import open_ledger
from onboarding.reports import RECONCILIATION, Folder, Report, Summary, Tally, open_reconciliation
from onboarding.runtime.aws import Access, s3_at_need
from onboarding.settings.settings import Settings

AGAIN_SECONDS = 1.0


def tell(order: Order, error: OnboardingError | None, *, give_up_at: float = 0.0) -> Summary:
    """Report a share that could not be looked at or sent to its end for an ``error``, or that has nobody to send to.

    Until ``give_up_at`` (``time.monotonic``) it is waited for who holds the account. Raises an ``OnboardingError``.
    """
    settings = order.settings
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_at_need(Access(profile=settings.profile, region=settings.region)))
        folder = stack.enter_context(part_folder(settings.out, order.run_id, order.share.number, s3))
        ledger = stack.enter_context(shared_ledger(settings))
        if _is_begun(ledger, order):
            try:
                _hold(stack, ledger, order, give_up_at)
            except DestinationHeld as held:
                return untold(order, folder, held)
            ledger.doubt(order.share.run.scope)
        ending = Ending(error.exit_code, str(error)) if error else None
        return _told(order, ledger, folder, ending, is_guard=isinstance(error, GuardHit))


def untold(order: Order, folder: Folder, error: OnboardingError) -> Summary:
    """Return what there is to say of a share of which nobody knows now what became of it; write nothing."""
    run = order.share.run
    tally = Tally.of({source: Counter({Disposition.IN_DOUBT: rows}) for source, rows in order.share.rows.items()})
    told = f"{str(error).removesuffix('.')}; what became of its rows, onboard report {run.run_id} tells later."
    ending = Ending(error.exit_code, told)
    return summarise(run, tally, order.inputs, folder, ending=ending, ended_at=now(), files=())


def _is_begun(ledger: Ledger, order: Order) -> bool:
    """Say whether sending ever began: else nothing of the share is on its way, whoever holds the account."""
    found = ledger.find_run(order.share.run.run_id)
    return found is not None and found.resumed_at is not None


def _hold(stack: ExitStack, ledger: Ledger, order: Order, give_up_at: float) -> None:
    """Hold the account until the stack is left. Raises ``DestinationHeld`` if somebody else does."""
    while True:
        try:
            stack.enter_context(ledger.hold(order.share.run))
        except DestinationHeld:
            if time.monotonic() > give_up_at:
                raise
        else:
            return
        time.sleep(AGAIN_SECONDS)


def _told(order: Order, ledger: Ledger, folder: Folder, ending: Ending | None, *, is_guard: bool = False) -> Summary:
    run = order.share.run
    context = context_of(run, rest=Disposition.DEFERRED, decided_at=now())
    context = context.stopped_by_guard() if is_guard else context
    with open_reconciliation(folder) as reconciliation:
        reports: tuple[Report, ...] = (reconciliation,)
        tally = append_all(ledger.rows(run.run_id), reports, context, outcomes=ledger)
    summary = summarise(
        run, tally, order.inputs, folder, ending=ending, ended_at=now(), files=(folder.called(RECONCILIATION),)
    )
    summary.write(folder)
    counts = {str(fate): count for fate, count in summary.counts.items()}
    ledger.end(run.run_id, exit_code=summary.exit_code, counts=counts)
    if is_guard:  # only now, since what a guard has stopped is never resumed
        ledger.record_inputs(run.run_id, order.inputs)
    return summary


@contextmanager
def shared_ledger(settings: Settings) -> Iterator[Ledger]:
    """Give the ledger that the accounts of this process have in common, open for as long as one of them needs it.

    One for each would take too many connections. Raises ``ConfigurationError``.
    """
    place = str(settings.ledger_place())
    with _OPENING:
        ledger, users = _OPEN.get(place) or (open_ledger(settings), 0)
        _OPEN[place] = ledger, users + 1
    try:
        yield ledger
    finally:
        with _OPENING:
            ledger, users = _OPEN.pop(place)
            if users > 1:
                _OPEN[place] = ledger, users - 1
            else:
                ledger.close()


_OPEN: dict[str, tuple[Ledger, int]] = {}
"""The ledgers that are open in this process, by their place, and how many accounts need each."""

_OPENING = Lock()
