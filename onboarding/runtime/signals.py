"""The request to stop a run (``StopSignal``), from a signal or a thread, and a sleep that the request ends early.

The signals are SIGINT, SIGTERM and SIGHUP; Windows has SIGBREAK in place of SIGHUP. The first signal asks for a clean
stop: the run waits a few seconds at most for the answers to its requests in flight. The run then defers the people whom
it has not invited yet, and writes the report. The second signal ends the process at once. In both cases the ledger
loses nothing. A process under ``nohup`` continues to ignore SIGHUP.
"""

import signal
import time
from contextlib import suppress
from math import inf
from queue import Empty, SimpleQueue
from threading import current_thread, main_thread
from types import FrameType
from typing import Self

from onboarding.model.errors import ExitCode, Interrupted

EXIT_CODES = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
    **{getattr(signal, name): ExitCode.TERMINATED for name in ("SIGHUP", "SIGBREAK") if hasattr(signal, name)},
}

_LONGEST_WAIT_SECONDS = 0.5
"""The longest single wait of a thread, in seconds.

On Windows, a waiting thread notices a signal only after its wait.
"""

GRACE_SECONDS = 3.0
"""The time for requests in flight after the request to stop or after the run's deadline, in seconds."""


class StopSignal:
    """The request to stop a run. Inside a ``with`` block of the main thread, signals make the request.

    In any other thread, this class does not handle signals; the program that uses the package calls ``request``. A
    request ends ``sleep`` early. ``exit_code`` is None until there is a request. ``ends_at`` is the deadline of the
    run, as a time on ``time.monotonic``. ``grace_seconds`` is the time for requests in flight after a request to stop
    or after the deadline.
    """

    def __init__(self, *, grace_seconds: float = GRACE_SECONDS) -> None:
        # The handler may interrupt the very thread that sleeps. Event.set() would then wait forever for the lock of
        # Event.wait(). SimpleQueue is made for this case.
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._previous: dict[signal.Signals, object] = {}
        self._grace_seconds = grace_seconds
        self._requested_at = inf
        self.ends_at = inf
        self.exit_code: ExitCode | None = None

    def __enter__(self) -> Self:
        if current_thread() is not main_thread():
            return self
        heard = [number for number in EXIT_CODES if not (_is_hang_up(number) and _is_ignored(number))]
        self._previous = {number: signal.signal(number, self._receive) for number in heard}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type] # signal.signal's own return value

    def is_requested(self) -> bool:
        """Say whether a signal or a caller has requested a stop."""
        return self.exit_code is not None

    def raise_if_stopped(self) -> None:
        """Raise ``Interrupted`` if a signal or a caller has requested a stop."""
        if self.exit_code is not None:
            raise Interrupted(self.exit_code)

    def request(self, exit_code: ExitCode = ExitCode.INTERRUPTED) -> None:
        """Ask for a clean stop. Any thread may call this method. ``exit_code`` becomes the exit code of the run."""
        self._requested_at = min(self._requested_at, time.monotonic())
        self.exit_code = exit_code
        self._wake.put(None)

    def cut_at(self) -> float:
        """Return the time on ``time.monotonic`` at which the end of the run cuts off requests in flight."""
        return min(self._requested_at, self.ends_at) + self._grace_seconds

    def sleep(self, seconds: float) -> None:
        """Sleep until the time is over, or until a signal or a caller requests a stop."""
        ends_at = time.monotonic() + seconds
        while True:
            with suppress(Empty):
                left = max(0.0, min(ends_at - time.monotonic(), _LONGEST_WAIT_SECONDS))
                self._wake.put(self._wake.get(timeout=left))  # put back at once, for the next thread that sleeps
                return
            if time.monotonic() >= ends_at:
                return

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        for listened in self._previous:
            signal.signal(listened, signal.SIG_DFL)
        self.request(EXIT_CODES[signal.Signals(number)])


class RemoteStop(StopSignal):
    """A request to stop a run. Only a call of ``request`` can make this request.

    This class does not handle signals of the process.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing, since this class has not changed the handling of signals."""


def _is_hang_up(number: signal.Signals) -> bool:
    return number.name == "SIGHUP"


def _is_ignored(number: signal.Signals) -> bool:
    return signal.getsignal(number) is signal.SIG_IGN
