"""Resume and report a whole run to many accounts from the ledger alone, when its process has died or has ended.

As soon as the guards have let the whole run pass, the ledger has the rows of all accounts and the rows without an
account. Threads of this process, or the workers of ``--scheduler``, carry out a resumed run.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

from onboarding.model.errors import DeadlinePassed
from onboarding.model.run import Run
from onboarding.pipeline.accounts.carriers import open_carrier
from onboarding.pipeline.accounts.closing import close_accounts
from onboarding.pipeline.accounts.job import AccountsJob, open_accounts_job
from onboarding.pipeline.accounts.senders import AccountSenders
from onboarding.pipeline.accounts.shares import WITHOUT_ACCOUNT, AccountShare, AccountTask
from onboarding.pipeline.baseline import Inputs
from onboarding.pipeline.s3_access import s3_of
from onboarding.reports import Summary
from onboarding.runtime.signals import StopSignal
from onboarding.settings.invocation import Invocation
from onboarding.settings.settings import Settings

NOT_READY = "Its rows were not ready to send when the run ended; run again."


def resume(
    settings: Settings, run: Run, *, invocation: Invocation | None = None, stop: StopSignal | None = None
) -> Summary:
    """Send the remaining rows of a whole run, account by account, and write its report. Raises an ``OnboardingError``.

    ``run`` is the whole run. If an account's run went well, or if a guard stopped it, the account is only reported.
    """
    return _again(settings, run, "resume", invocation, stop)


def report(settings: Settings, run: Run, *, invocation: Invocation | None = None) -> Summary:
    """Write the report of a run to many accounts again, from the ledger. Raises an ``OnboardingError``."""
    return _again(settings, run, "report", invocation, None)


def _again(
    settings: Settings, earlier: Run, command: str, invocation: Invocation | None, stop: StopSignal | None
) -> Summary:
    inputs = earlier.inputs or ()
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_of(settings))
        job = stack.enter_context(
            open_accounts_job(settings, s3, command=command, earlier=earlier, invocation=invocation, stop=stop)
        )
        carrier = stack.enter_context(open_carrier(settings, job.ledger, job.stop))
        senders = AccountSenders(carrier, job.ledger, job.folder, job.bars)
        tasks = job.tasks(list(_shares_of(job, inputs)), inputs)
        left = [task for task in tasks if command == "resume" and _has_left_some(task)]
        senders.report([task for task in tasks if task not in left])
        for task in left:
            if task.share.run.guards is None:
                senders.refuse(task, DeadlinePassed(NOT_READY))
        senders.send([task for task in left if task.share.run.guards is not None])
        senders.report_failed()
        return close_accounts(job, senders.summaries, inputs, can_be_resumed=senders.have_left_some)


def _has_left_some(task: AccountTask) -> bool:
    """Return whether the run to an account was interrupted, or ended before all its people were settled."""
    run = task.share.run
    is_ended = run.exit_code is not None and (run.guards is None or run.went_well)
    return task.share.number != WITHOUT_ACCOUNT and not is_ended


def _shares_of(job: AccountsJob, inputs: Inputs) -> Iterator[AccountShare]:
    """Yield each account's share of the rows of a run on record, ordered by number, with its rows from each source.

    ``inputs`` are the facts of all exports. Rows in ``inputs`` that no account has are the rows without an account.
    """
    runs = job.ledger.runs_of_accounts(job.run.run_id)
    without = _rows_of(inputs)
    for run in runs:
        without -= _rows_of(run.inputs or ())
    yield AccountShare(WITHOUT_ACCOUNT, job.run, without, open=0)
    for run in runs:
        yield AccountShare(int(run.run_id.rpartition("-")[2]), run, _rows_of(run.inputs or ()), open=0)


def _rows_of(inputs: Inputs) -> Counter[str]:
    """Return the number of rows from each source, from the facts of exports."""
    return Counter({str(facts["source"]): int(str(facts["rows"])) for facts in inputs})
