"""Threads that carry out calls to a service, one after the other, while the caller of a call waits.

The start of a thread takes about as long as the work of a request. So a thread whose call has ended waits for the next
call, for at most ``IDLE_SECONDS``, and then ends.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread

IDLE_SECONDS = 0.5
"""How long a thread waits for its next call, in seconds."""

_idle_by_process: dict[int, list["_RequestThread"]] = {}


class _RequestThread:
    """A thread for calls. ``idle`` is the list of all threads that wait for a call."""

    def __init__(self, idle: list["_RequestThread"]) -> None:
        self._idle = idle
        self._calls: SimpleQueue[tuple[Callable[[], None], Event]] = SimpleQueue()
        Thread(target=self._work, name="request", daemon=True).start()

    def carry_out(self, call: Callable[[], None], has_ended: Event) -> None:
        self._calls.put((call, has_ended))

    def _work(self) -> None:
        while True:
            try:
                call, has_ended = self._calls.get(timeout=IDLE_SECONDS)
            except Empty:
                with suppress(ValueError):  # a caller has just taken this thread, so its call follows
                    self._idle.remove(self)
                    return
                continue
            call()
            self._idle.append(self)  # first, so that the caller finds this thread again
            has_ended.set()
            del call, has_ended  # the result of a call may be large


def carry_out(call: Callable[[], None], has_ended: Event) -> bool:
    """Carry out a call in another thread, and set ``has_ended`` when the call has ended. ``call`` must not raise.

    Return whether a thread carries out the call. It is False if the system gives the process no more threads.
    """
    # A process that was forked has none of the threads of its parent.
    idle = _idle_by_process.setdefault(os.getpid(), [])
    thread = None
    with suppress(IndexError):
        thread = idle.pop()
    try:
        thread = thread or _RequestThread(idle)
    except RuntimeError:
        return False
    thread.carry_out(call, has_ended)
    return True
