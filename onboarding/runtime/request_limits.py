"""Limit the time and the size of a call to a service.

botocore's time-outs start again with each byte, so a service that sends single bytes could delay a run for ever. In
this module, each call has its own thread, and the caller waits. When the time is over, the caller shuts the connection
down and goes on without the thread. A request that has not left yet then never leaves. The module ``limited_clients``
makes clients with these calls.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar, copy_context
from http import HTTPStatus
from math import inf
from threading import Event, Lock, Thread
from typing import Generic, Protocol, TypeVar

from botocore.exceptions import BotoCoreError

from onboarding.model.errors import ExitCode
from onboarding.model.values import dataclass
from onboarding.runtime.boot_clock import this_boot_clock

LARGEST_ANSWER_BYTES = 10_000_000
CHECK_SECONDS = 0.2
"""The longest time until a waiting caller notices the end of the run, in seconds."""

T = TypeVar("T")


class CutTime(Protocol):
    """The interface of an object that knows the early end of a run: a request to stop, or a deadline."""

    @property
    def exit_code(self) -> ExitCode | None:
        """The exit code of the run after a request to stop, and None without a request."""

    def cut_at(self) -> float:
        """Return the time on ``time.monotonic`` at which the end of the run cuts off requests in flight.

        Infinity means never.
        """


class _Never:
    exit_code: ExitCode | None = None

    def cut_at(self) -> float:
        return inf


NEVER: CutTime = _Never()


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """The limits of one call: its time, and the size of its answer.

    ``answer_bytes`` is the size of the largest answer. If ``step_bytes`` is 0, the whole call may take ``seconds``.
    Otherwise a call consists of steps, in each of which it sends or receives ``step_bytes`` bytes. Each step may take
    ``seconds``, so a large object may take hours. When the run ends, a step may take only ``last_seconds``.
    """

    seconds: float = 60.0
    answer_bytes: float = LARGEST_ANSWER_BYTES
    step_bytes: int = 0
    last_seconds: float = 0.0


class RequestCut(BotoCoreError):
    """The error for a call that was cut off, since it took too long, its answer was too large, or the run ends.

    ``has_left`` is true if the service may have received the request. ``run_ends`` is the exit code of the run if the
    end of the run cut the call off, and otherwise None.
    """

    fmt = "{why}"

    def __init__(self, why: str, *, has_left: bool, run_ends: ExitCode | None = None) -> None:
        super().__init__(why=why)
        self.has_left = has_left
        self.run_ends = run_ends


class Exchange:
    """One call with its time limit, its connection, and the number of its bytes so far. All methods are thread-safe.

    If ``streams`` is true, the content of the answer may have any size. ``clock`` returns seconds, and goes on while
    the machine is suspended; None means the boot clock.
    """

    def __init__(
        self,
        limits: RequestLimits,
        cut: CutTime = NEVER,
        *,
        streams: bool = False,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._limits = limits
        self._cut = cut
        self._streams = streams
        self._lock = Lock()
        self._clock = clock or this_boot_clock().seconds
        self._begun = self._clock()
        self._since = time.monotonic()
        self._moved = self._received = 0
        self._largest = limits.answer_bytes
        self._connection: socket.socket | None = None
        self._has_left = self._is_over = False
        self.too_large: RequestCut | None = None
        self.is_unwatched = False
        """Whether the call itself must check the time before each read, since no other thread watches the time."""

    def seconds_left(self) -> float:
        """Return the remaining seconds of the call, which are 0 or less when its time is over."""
        if self.too_large:
            return 0
        return min(self._since + self._limits.seconds, self._run_ends_at()) - time.monotonic()

    def begin_step(self) -> None:
        """Begin a new step now, if the call consists of steps."""
        if self._limits.step_bytes:
            self._moved, self._since = 0, time.monotonic()

    def move(self, size: int) -> None:
        """Count ``size`` sent or received bytes. After each ``step_bytes`` bytes, begin a new step."""
        self._moved += size
        if self._moved >= self._limits.step_bytes:
            self.begin_step()

    def receive(self, size: int) -> None:
        """Count ``size`` received bytes. Raises ``RequestCut`` if the answer is too large."""
        self.move(size)
        self._received += size
        if self._received > self._largest:
            why = f"an answer of more than {self._limits.answer_bytes / 1e6:.0f} MB"
            self.too_large = RequestCut(why, has_left=True)
            raise self.too_large

    def leave(self, connection: socket.socket | None) -> None:
        """Record that the request leaves now, on ``connection``. Raises ``RequestCut`` if the call is over."""
        with self._lock:
            if self._is_over or self._has_slept():
                raise self._error()
            self._connection, self._has_left = connection, True
            self._received = 0
        self.begin_step()

    def hold(self, connection: socket.socket | None) -> None:
        """Record the connection of the request before the request leaves. Raises ``RequestCut`` if the call is over."""
        with self._lock:
            if self._is_over:
                raise self._error()
            self._connection = connection

    def answer(self, status: int) -> None:
        """Record that the head of the answer has arrived.

        After a ``status`` of success, the content of a stream may have any size.
        """
        if self._streams and status < HTTPStatus.MULTIPLE_CHOICES:
            self._largest = inf

    def end(self) -> RequestCut:
        """Cut the call off, shut its connection down, and return the error for the caller.

        A request that has not left yet never leaves.
        """
        with self._lock:
            self._is_over, connection = True, self._connection
        if isinstance(connection, socket.socket):
            with suppress(OSError):
                # Not ``SSLSocket.shutdown``, after which another thread would go on without encryption.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        return self._error()

    def _has_slept(self) -> bool:
        """Say whether the time of the call is over because the machine was suspended before the request left."""
        return not self._limits.step_bytes and self._clock() - self._begun > self._limits.seconds

    def _error(self) -> RequestCut:
        if self.too_large:
            return self.too_large
        if self._run_ends_at() <= time.monotonic():
            exit_code = self._cut.exit_code or ExitCode.STOPPED
            return RequestCut("no whole answer before the run ends", has_left=self._has_left, run_ends=exit_code)
        return RequestCut(f"no whole answer within {self._limits.seconds:g} seconds", has_left=self._has_left)

    def _run_ends_at(self) -> float:
        cut_at = self._cut.cut_at()
        return max(cut_at, self._since + self._limits.last_seconds) if self._limits.step_bytes else cut_at


EXCHANGE: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The call of the current thread, or None outside of calls."""


class _Call(Generic[T]):
    """A function that sends requests on its own thread, and the result of the function."""

    def __init__(self, work: Callable[[], T], exchange: Exchange) -> None:
        self._work = work
        self._exchange = exchange
        self._result: tuple[T] | BaseException | None = None
        self.has_ended = Event()

    def run(self) -> None:
        EXCHANGE.set(self._exchange)
        try:
            self._result = (self._work(),)
        except BaseException as error:  # noqa: BLE001 - the caller gets it
            self._result = error
        self.has_ended.set()

    @property
    def has_failed(self) -> bool:
        return isinstance(self._result, BaseException)

    def result(self) -> T:
        if isinstance(self._result, tuple):
            return self._result[0]
        raise self._exchange.too_large or self._result or AssertionError


def call_within(exchange: Exchange, work: Callable[[], T]) -> T:
    """Call ``work``, which sends requests, within the limits of ``exchange``, and return its result.

    Raises the error of ``work``, or ``RequestCut`` if the call exceeds its limits or the run ends.
    """
    if EXCHANGE.get():  # a request for credentials, as part of a call
        return work()
    if exchange.seconds_left() <= 0:
        raise exchange.end()
    call = _Call(work, exchange)
    try:
        Thread(target=copy_context().run, args=(call.run,), name="request", daemon=True).start()
    except RuntimeError:  # the system gives the process no more threads
        return _call_unwatched(exchange, call)
    try:
        while not call.has_ended.wait(min(CHECK_SECONDS, exchange.seconds_left())):
            if exchange.seconds_left() <= 0:
                raise exchange.end()
    except KeyboardInterrupt:
        exchange.end()
        raise
    return call.result()


def _call_unwatched(exchange: Exchange, call: _Call[T]) -> T:
    """Carry out a call in this thread. The call itself checks its time before each read (``Exchange.is_unwatched``)."""
    exchange.is_unwatched = True
    copy_context().run(call.run)
    exchange.is_unwatched = False
    if call.has_failed and exchange.seconds_left() <= 0:
        raise exchange.end()
    return call.result()
