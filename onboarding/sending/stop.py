"""Was the run asked to stop?

The first SIGINT or SIGTERM asks for a clean stop: what is in flight is finished, the rest is deferred, the report is
written. The second ends the process at once, as if nobody had listened; the ledger loses nothing either way.
"""

import signal
from threading import Event
from types import FrameType
from typing import Self

from onboarding.errors import ExitCode

EXIT_CODES = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


class Stop:
    """Listen for signals while entered (main thread only), and cut short the waits of ``sleep``."""

    def __init__(self) -> None:
        self._event = Event()
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
        return self._event.is_set()

    def sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until a signal comes."""
        self._event.wait(seconds)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.exit_code = EXIT_CODES[signal.Signals(number)]
        self._event.set()
        for listened in EXIT_CODES:
            signal.signal(listened, signal.SIG_DFL)
