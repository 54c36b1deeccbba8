"""Start a run to one account or to many accounts, and send the notices about its beginning and its end.

The command line, the ready-made jobs and Python programs all start runs in this way. ``run`` is the usual path.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from onboarding.model.errors import ConfigurationError, RunToBeginAgain
from onboarding.pipeline import run as pipeline
from onboarding.pipeline.history import check_resumable
from onboarding.pipeline.interrupted import as_interrupted, to_name_again
from onboarding.pipeline.named_exports import check_exports_named
from onboarding.pipeline.news import note_told
from onboarding.pipeline.record import record_refusal
from onboarding.pipeline.saved_plan import is_for_many_accounts
from onboarding.reports.notify import notifier_for

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.runtime.signals import StopSignal
    from onboarding.settings.invocation import Invocation
    from onboarding.settings.settings import Settings


def run_or_plan(
    settings: "Settings",
    *,
    stop_after_plan: bool,
    invocation: "Invocation | None" = None,
    stop: "StopSignal | None" = None,
) -> "Summary":
    """Carry out a run or plan to one account or to many accounts, as the settings say, and return the summary.

    If ``stop_after_plan`` is set, send nothing, and report what would be sent. ``invocation`` says how the operator
    started the run, or is None. ``stop`` says when to stop the run. With None, a signal to the process stops the run.
    Raises an ``OnboardingError`` if the run is refused. In that case, nothing was sent.
    """
    try:
        check_exports_named(settings)
    except ConfigurationError as error:
        record_refusal(settings, "plan" if stop_after_plan else "run", error)
        raise
    if settings.is_to_many_accounts:
        from onboarding.pipeline.accounts import run as accounts  # noqa: PLC0415 - few runs need it

        return accounts.run(settings, stop_after_plan=stop_after_plan, invocation=invocation, stop=stop)
    return pipeline.run(settings, stop_after_plan=stop_after_plan, invocation=invocation, stop=stop)


def apply(
    settings: "Settings", plan: str, *, invocation: "Invocation | None" = None, stop: "StopSignal | None" = None
) -> "Summary":
    """Invite exactly the people of a saved plan, to one account or to many accounts, and return the summary.

    ``plan`` is the path of the plan file. The other parameters are the same as for ``run_or_plan``. Raises
    ``InputRefused`` if the plan, an export, a list or the destination has changed, or another ``OnboardingError`` if
    the run is refused.
    """
    if is_for_many_accounts(Path(plan)):
        from onboarding.pipeline.accounts import run as accounts  # noqa: PLC0415 - few runs need it

        return accounts.apply(settings, plan, invocation=invocation, stop=stop)
    return pipeline.apply(settings, plan, invocation=invocation, stop=stop)


def resume(
    settings: "Settings",
    run_id: str | None = None,
    *,
    invocation: "Invocation | None" = None,
    stop: "StopSignal | None" = None,
) -> "Summary":
    """Continue an interrupted run to one account or to many accounts, and return the summary.

    ``run_id`` names the run. None means the latest run, which must have been interrupted. The run's record in the
    ledger gives its accounts and the way to reach them, if the settings do not name them. The other parameters are the
    same as for ``run_or_plan``. Raises ``NothingToResume``, or another ``OnboardingError`` if the run is refused.
    """
    try:
        found, run = as_interrupted(settings, run_id)
        if run is None or run.scope.account:
            run_id = run.run_id if run else run_id
            return pipeline.resume(found, run_id, invocation=invocation, stop=stop)
        from onboarding.pipeline.accounts import past  # noqa: PLC0415 - few runs need it

        check_resumable(run)
        return past.resume(found, run, invocation=invocation, stop=stop)
    except RunToBeginAgain as error:
        error.settings = to_name_again(error.settings, settings)
        raise


@contextmanager
def notices(
    settings: "Settings", command: str, invocation: "Invocation | None" = None
) -> Iterator[Callable[["Summary"], None]]:
    """Tell the monitor and the receivers in the settings how a run begins and ends.

    The block gets a function, shows the summary of its run, and then calls the function with the summary. If the block
    raises an error, the notices are about this error. ``command`` is the name of the command, and ``invocation`` says
    how the operator started it. Raises ``ConfigurationError`` if a receiver is unknown.
    """
    with notifier_for(settings, command, invocation) as notifier:
        yield lambda summary: note_told(settings, summary, has_arrived=notifier.ended(summary))
