"""Reports of accounts from the ledger alone, where no worker could finish an account or none is needed.

A worker that cannot be reached may still be sending. So the account is held while it is reported. If another process
holds it, the report says that the outcome is not known.
"""

import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace

from onboarding.ledger import Ledger
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import DestinationHeld, GuardHit, OnboardingError
from onboarding.model.run import now
from onboarding.model.sent import Ending
from onboarding.pipeline.accounts.shares import AccountTask
from onboarding.pipeline.closing import append_all, context_of, plain_counts, summarise
from onboarding.reports import RECONCILIATION, Folder, Report, Summary, Tally, open_reconciliation

SECONDS_BETWEEN_TRIES = 1.0


def report_from_ledger(
    task: AccountTask,
    ledger: Ledger,
    folder: Folder,
    error: OnboardingError | None = None,
    *,
    give_up_at: float = 0.0,
) -> Summary:
    """Report a share that has no open row, or that an ``error`` kept from being reviewed or sent to its end.

    OnStop ``give_up_at`` (``time.monotonic``) it waits for the process that holds the account. Raises an
    ``OnboardingError``.
    """
    with ExitStack() as stack:
        if _is_begun(task, ledger):
            try:
                _hold(stack, ledger, task, give_up_at)
            except DestinationHeld as held:
                return outcome_unknown(task, folder, held)
            ledger.doubt(task.share.run.scope)
        return _report(task, ledger, folder, error)


def outcome_unknown(task: AccountTask, folder: Folder, error: OnboardingError) -> Summary:
    """Return the summary of a share whose outcome cannot be known now; write no report."""
    run = task.share.run
    tally = Tally.of({source: Counter({Disposition.IN_DOUBT: rows}) for source, rows in task.share.rows.items()})
    why = f"{str(error).removesuffix('.')}; onboard report {run.run_id} tells later what became of its rows."
    return replace(summarise(run, tally, task.inputs, folder, Ending(error.exit_code, why)), ended_at=now())


def _is_begun(task: AccountTask, ledger: Ledger) -> bool:
    """Say whether sending ever began. Else nothing of the share is on its way, whoever holds the account."""
    found = ledger.find_run(task.share.run.run_id)
    return found is not None and found.resumed_at is not None


def _hold(stack: ExitStack, ledger: Ledger, task: AccountTask, give_up_at: float) -> None:
    """Hold the account until the stack is left. Raises ``DestinationHeld`` if another process holds it."""
    while True:
        try:
            stack.enter_context(ledger.hold(task.share.run))
        except DestinationHeld:
            if time.monotonic() > give_up_at:
                raise
        else:
            return
        time.sleep(SECONDS_BETWEEN_TRIES)


def _report(task: AccountTask, ledger: Ledger, folder: Folder, error: OnboardingError | None) -> Summary:
    run = task.share.run
    is_guard = isinstance(error, GuardHit)
    context = context_of(run, rest=Disposition.DEFERRED, decided_at=now())
    context = context.stopped_by_guard() if is_guard else context
    with open_reconciliation(folder) as reconciliation:
        reports: tuple[Report, ...] = (reconciliation,)
        tally = append_all(ledger.rows(run.run_id), reports, context, outcomes=ledger)
    ending = Ending(error.exit_code, str(error)) if error else None
    summary = summarise(run, tally, task.inputs, folder, ending)
    summary = replace(summary, ended_at=now(), files=(folder.called(RECONCILIATION),))
    summary.write(folder)
    ledger.end(run.run_id, exit_code=summary.exit_code, counts=plain_counts(summary.counts))
    if is_guard:  # only now, since a run that a guard has stopped is never resumed
        ledger.record_inputs(run.run_id, task.inputs)
    return summary
