"""Wait until an account is free. A dead process holds the account until the database notices that the process died."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from onboarding.model.errors import DestinationHeld
from onboarding.runtime.signals import StopSignal

SECONDS_BETWEEN_TRIES = 1.0

Opened = TypeVar("Opened")


def once_free(
    work: Callable[[ExitStack], Opened], stack: ExitStack, give_up_at: float, stop: StopSignal | None = None
) -> Opened:
    """Return the result of ``work``. While another process holds the account, call ``work`` again.

    The things that ``work`` opens stay open until ``stack`` closes. Raises ``DestinationHeld`` if the account is still
    held after ``give_up_at`` (``time.monotonic``). A request to ``stop`` ends the wait with ``Interrupted``. If
    ``stop`` is None, nothing ends the wait early.
    """
    while True:
        with ExitStack() as opened:
            try:
                found = work(opened)
            except DestinationHeld:
                if time.monotonic() > give_up_at:
                    raise
            else:
                stack.push(opened.pop_all())
                return found
        if stop:
            stop.sleep(SECONDS_BETWEEN_TRIES)
            stop.raise_if_stopped()
        else:
            time.sleep(SECONDS_BETWEEN_TRIES)
