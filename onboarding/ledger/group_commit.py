"""Group commit: if several threads want to write at the same moment, their items share one transaction.

While one thread writes, other threads add their items to a line and wait. As soon as the writing thread has finished,
the first thread in the line writes the items of all threads in the line. So a thread waits for at most one transaction
of other threads, and then for the transaction with its own item.
"""

import copy
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class _InLine(Generic[T]):
    """A thread in the line, with its item. ``result`` is None before the item is written, then a result or an error."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.is_next = Event()
        self.result: bool | BaseException | None = None


class GroupCommit(Generic[T]):
    """Writes the items of several threads together. ``write_all`` writes a list of items in one transaction.

    ``write_all`` returns True when all items are on disk. It returns False if it has written no item, because one item
    must be written alone. It raises an error if no item can be written, or if it does not know which items are on disk.
    """

    def __init__(self, write_all: Callable[[Sequence[T]], bool]) -> None:
        self._write_all = write_all
        self._lock = Lock()
        self._line: list[_InLine[T]] = []
        self._is_writing = False

    def write(self, item: T) -> bool:
        """Write an item, together with the items of all waiting threads, and return True when it is on disk.

        Return False if nothing was written, because an item of a waiting thread must be written alone. Then the caller
        must write its own item alone. Raises the errors of ``write_all``.
        """
        this = _InLine(item)
        with self._lock:
            self._line.append(this)
            is_first, self._is_writing = not self._is_writing, True
        if not is_first:
            this.is_next.wait()
        if this.result is None:
            self._write_line(this)
        if isinstance(this.result, BaseException):
            raise this.result
        return bool(this.result)

    def _write_line(self, writer: _InLine[T]) -> None:
        with self._lock:
            group, self._line = self._line, []
        result: bool | BaseException
        try:
            result = self._write_all([waiting.item for waiting in group])
        except BaseException as error:  # noqa: BLE001 - each thread of the group raises it
            result = error
        with self._lock:
            following = self._line[0] if self._line else None
            self._is_writing = following is not None
        for waiting in group:
            # Each thread raises its own copy of the error: a traceback must not grow in several threads at once.
            waiting.result = result
            if isinstance(result, BaseException) and waiting is not writer:
                waiting.result = _own_copy(result)
            waiting.is_next.set()
        if following:
            following.is_next.set()


def _own_copy(error: BaseException) -> BaseException:
    """Return a copy of an error, or the error itself if it cannot be copied."""
    try:
        return copy.copy(error)
    except Exception:  # noqa: BLE001 - no thread may wait for ever, and a constructor may fail in any way
        return error
