"""Was the run asked to stop?

The first SIGINT or SIGTERM asks for a clean stop: what is in flight is finished, the rest is deferred, the report is
written. The second ends the process at once, as if nobody had listened; the ledger loses nothing either way.
"""

import signal
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Self

from onboarding.model.errors import ExitCode, Interrupted

EXIT_CODES = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


class StopSignal:
    """Listen for signals while entered (main thread only), and cut short the waits of ``sleep``."""

    def __init__(self) -> None:
        # Of all that can wake a sleeper only this queue may be used by a handler that interrupts that very sleeper:
        # Event.set() waits for a lock that Event.wait() holds, for ever.
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._previous: dict[signal.Signals, object] = {}
        self.exit_code: ExitCode | None = None

    def __enter__(self) -> Self:
        self._previous = {number: signal.signal(number, self._receive) for number in EXIT_CODES}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type] # signal.signal's own return value

    def is_requested(self) -> bool:
        """Tell whether a signal came."""
        return self.exit_code is not None

    def raise_if_stopped(self) -> None:
        """Raise ``Interrupted`` if a signal came."""
        if self.exit_code is not None:
            raise Interrupted(self.exit_code)

    def request(self, exit_code: ExitCode = ExitCode.INTERRUPTED) -> None:
        """Ask for a clean stop, from any thread."""
        self.exit_code = exit_code
        self._wake.put(None)

    def sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until a signal comes."""
        with suppress(Empty):
            self._wake.put(self._wake.get(timeout=seconds))  # back at once, for the next sleeper

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        for listened in EXIT_CODES:
            signal.signal(listened, signal.SIG_DFL)
        self.request(EXIT_CODES[signal.Signals(number)])
