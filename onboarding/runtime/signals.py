"""The request to stop a run, by SIGINT, SIGTERM or a thread, and sleep that such a request cuts short.

The first signal asks for a clean stop: the run finishes what is in flight, defers the rest and writes the report. The
second signal ends the process at once, as if the process had no handler. The ledger loses nothing in either case.
"""

import signal
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Self

from onboarding.model.errors import ExitCode, Interrupted

EXIT_CODES = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


class StopSignal:
    """The request to stop a run. Inside its ``with`` block (main thread only), signals make the request.

    A request cuts ``sleep`` short. ``exit_code`` is None until there is a request.
    """

    def __init__(self) -> None:
        # The handler may interrupt the very thread that sleeps. Event.set() would then wait forever for the lock that
        # Event.wait() holds. SimpleQueue is made for this.
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
        """Return whether a stop was requested."""
        return self.exit_code is not None

    def raise_if_stopped(self) -> None:
        """Raise ``Interrupted`` if a stop was requested."""
        if self.exit_code is not None:
            raise Interrupted(self.exit_code)

    def request(self, exit_code: ExitCode = ExitCode.INTERRUPTED) -> None:
        """Ask for a clean stop, from any thread."""
        self.exit_code = exit_code
        self._wake.put(None)

    def sleep(self, seconds: float) -> None:
        """Sleep until the time is over or a stop is requested."""
        with suppress(Empty):
            self._wake.put(self._wake.get(timeout=seconds))  # put back at once, for the next thread that sleeps

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        for listened in EXIT_CODES:
            signal.signal(listened, signal.SIG_DFL)
        self.request(EXIT_CODES[signal.Signals(number)])
