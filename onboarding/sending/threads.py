"""The threads that send. All threads do the same work at the same time.

``dispatcher`` sends chunks in such threads, and ``replay`` repeats requests.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TypeVar

from onboarding.model.errors import ThreadsExhausted
from onboarding.runtime.logs import get_logger

log = get_logger()

SIGNAL_CHECK_SECONDS = 0.2
"""The longest time until the main thread notices a signal."""

T = TypeVar("T")


def work_in_threads(work: Callable[[], T], number: int) -> list[T]:
    """Call ``work`` in ``number`` threads at once, and return the results when all have ended. Raises the first error.

    If the system allows fewer threads, fewer threads work. Raises ``ThreadsExhausted`` if the system allows no thread.
    """
    with ThreadPoolExecutor(number, thread_name_prefix="send") as pool:
        threads = list(_start(pool, work, number))
        # Only this thread handles signals, and only while it is awake.
        while wait(threads, timeout=SIGNAL_CHECK_SECONDS).not_done:
            pass
    return [thread.result() for thread in threads]


def _start(pool: ThreadPoolExecutor, work: Callable[[], T], number: int) -> Iterator[Future[T]]:
    for started in range(number):
        try:
            # Each thread gets a copy of this context, in which structlog keeps the fields of every log line.
            yield pool.submit(copy_context().run, work)
        except RuntimeError:
            # The system lets this process have no more threads, so fewer threads send.
            log.warning("threads.few", wanted=number, started=started)
            if started == 0:
                raise ThreadsExhausted("The system lets this process have no thread; lift its limit.") from None
            return
