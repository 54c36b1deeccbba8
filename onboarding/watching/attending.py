"""Who do the settings say is told of a run?"""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from onboarding.watching.watch import Watch, Watching, watched

if TYPE_CHECKING:
    from onboarding.settings import Settings


def attended(settings: "Settings", command: str) -> AbstractContextManager[Watching]:
    """Tell that a run begins, and how it ends if the block raises; a block that ends well says so itself.

    A monitor hears nothing of a plan: it waits for a run that sends.
    """
    sends = command != "plan"
    return watched(
        Watch(
            notify=settings.notify,
            notify_when=settings.notify_when,
            ping_url=settings.ping_url if sends else None,
            metric_namespace=settings.metric_namespace if sends else None,
            profile=settings.profile,
            command=command,
            destination=settings.destination,
            account=settings.account or "",
            is_rehearsal=settings.sandbox,
        )
    )
