"""What surrounds a run: the choice of its path, for one account or for many, and the notices of how it ended.

The command line, the ready-made jobs and Python programs all start runs in this way. ``run`` is the usual path.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from onboarding.pipeline import run as pipeline
from onboarding.pipeline.news import note_told
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
    """Run the pipeline to one account or to many accounts, as the settings say, and return the summary.

    The parameters and errors are those of ``pipeline.run.run``.
    """
    if settings.is_to_many_accounts:
        from onboarding.pipeline.accounts import run as accounts  # noqa: PLC0415 - few runs need it

        return accounts.run(settings, stop_after_plan=stop_after_plan, invocation=invocation, stop=stop)
    return pipeline.run(settings, stop_after_plan=stop_after_plan, invocation=invocation, stop=stop)


@contextmanager
def notices(
    settings: "Settings", command: str, invocation: "Invocation | None" = None
) -> Iterator[Callable[["Summary"], None]]:
    """Tell the monitor and the receivers in the settings how a run begins and ends.

    The block calls the function that it gets with the summary of its run, when it has shown the summary. If the block
    raises an error, the notices say so. Raises ``ConfigurationError`` if a receiver is unknown. The parameters are
    those of ``notifier_for``.
    """
    with notifier_for(settings, command, invocation) as notifier:
        yield lambda summary: note_told(settings, summary, has_arrived=notifier.ended(summary))
