"""How is something done beside the run, which neither waits for it for long nor fails with it?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread

from onboarding.reports.notify.webhook import DeliveryFailed

TIMED_OUT = "TimeoutError"
"""What is said of an errand that nobody waits for any longer."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to be done, and what kind of thing it is. What it does holds secrets."""

    kind: str
    do: Callable[[], None] = field(repr=False)


class BackgroundDelivery:
    """An errand on a thread of its own, which ends with the process if need be.

    Time-outs of connections are not enough: a name may be looked up for minutes, an answer may come byte by byte.
    """

    def __init__(self, errand: Delivery) -> None:
        self.kind = errand.kind
        self.error: str | None = TIMED_OUT
        self._errand = errand
        self._thread = Thread(target=self._run, name=f"notifier-{errand.kind}", daemon=True)
        self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it is done, but no longer than that."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._errand.do()
        except DeliveryFailed as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - told by its type; whatever it is must not end the run
            self.error = type(error).__name__
        else:
            self.error = None
