"""A server over raw sockets that treats each request as a test says: it drips, hangs, floods or never stops talking."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

ENDLESS = 10**9
CREATED = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"

Behaviour = Callable[[socket.socket, threading.Event], None]
"""What the server does with a connection, until the event says that the test has ended."""


@dataclass
class HostileServer:
    """A server on a loopback port. ``accepted`` counts connections, and ``requests`` holds the beginning of each."""

    behaviour: Behaviour
    url: str = ""
    accepted: int = 0
    requests: list[bytes] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def served(self) -> int:
        """How many requests have arrived until now."""
        return len(self.requests)

    def handle(self, connection: socket.socket) -> None:
        """Treat one connection."""
        self.accepted += 1
        with connection, suppress(OSError):
            self.behaviour(_Recorded(connection, self.requests), self.ended)


class _Recorded:
    """A connection that notes the first bytes of each request."""

    def __init__(self, connection: socket.socket, requests: list[bytes]) -> None:
        self._connection = connection
        self._requests = requests
        self.sendall = connection.sendall

    def recv(self, size: int) -> bytes:
        received = self._connection.recv(size)
        if received.split(b" ")[0] in (b"GET", b"POST", b"PUT", b"DELETE", b"CONNECT"):
            self._requests.append(received)
        return received


@contextmanager
def hostile_server(behaviour: Behaviour) -> Iterator[HostileServer]:
    """Serve one behaviour on a loopback port, in threads of their own."""
    server = HostileServer(behaviour)
    with accepting(server.handle, server.ended) as server.url:
        yield server


@contextmanager
def accepting(serve: Callable[[socket.socket], None], ended: threading.Event) -> Iterator[str]:
    """Accept connections on a loopback port, and serve each in a thread of its own. Yield the URL of the port.

    At the end of the block, ``ended`` is set and no more connections are accepted.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=_accept, args=(listener, serve, ended), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, serve: Callable[[socket.socket], None], ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def whole_request(connection: socket.socket) -> bytes:
    """Read a request to its end, as ``Content-Length`` says."""
    request = b""
    while b"\r\n\r\n" not in request:
        if not (received := connection.recv(65536)):
            raise ConnectionError
        request += received
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def dripping(beginning: bytes, drop: bytes = b"x", *, pause_seconds: float = 0.02) -> Behaviour:
    """Answer with a beginning, and then with a few bytes again and again."""

    def behave(connection: socket.socket, ended: threading.Event) -> None:
        whole_request(connection)
        connection.sendall(beginning)
        while not ended.wait(pause_seconds):
            connection.sendall(drop)

    return behave


def flooding(beginning: bytes, flood: bytes) -> Behaviour:
    """Answer with a beginning, and then with as many bytes as the network takes."""

    def behave(connection: socket.socket, ended: threading.Event) -> None:
        whole_request(connection)
        connection.sendall(beginning)
        while not ended.is_set():
            connection.sendall(flood)

    return behave


def silent(connection: socket.socket, ended: threading.Event) -> None:
    """Read the request, and never answer."""
    whole_request(connection)
    ended.wait()


def deaf(connection: socket.socket, ended: threading.Event) -> None:
    """Accept the connection, and never read."""
    del connection
    ended.wait()


def answering(*answers: bytes) -> Behaviour:
    """Give these answers on each connection, one to each request, and keep the connection."""

    def behave(connection: socket.socket, ended: threading.Event) -> None:
        for answer in answers:
            whole_request(connection)
            connection.sendall(answer)
        ended.wait()

    return behave


DRIPS = {
    "status line": dripping(b"HTTP/1.1 ", b"2"),
    "header": dripping(CREATED + b"X-Long: "),
    "headers": dripping(CREATED, b"X-More: 1\r\n", pause_seconds=0.05),
    "continue": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": dripping(CREATED + b"Content-Length: %d\r\n\r\n" % ENDLESS),
    "body to the end of the connection": dripping(CREATED + b"\r\n"),
    "chunks": dripping(CREATED + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "length of a chunk": dripping(CREATED + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailers": dripping(CREATED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-More: 1\r\n"),
    "nothing": silent,
}
"""Behaviours that never end an answer, by what they repeat."""

_MEGABYTE = b"x" * 2**20
FLOODS = {
    "body": flooding(CREATED + b"Content-Length: %d\r\n\r\n" % ENDLESS, _MEGABYTE),
    "body to the end of the connection": flooding(CREATED + b"\r\n", _MEGABYTE),
    "chunks": flooding(CREATED + b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + _MEGABYTE + b"\r\n"),
    "refusal": flooding(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % ENDLESS, _MEGABYTE),
    "continue": flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "header": flooding(CREATED + b"X-Long: ", _MEGABYTE),
    "headers": flooding(CREATED, b"X-More: 1\r\n" * 1000),
    "trailers": flooding(CREATED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-More: 1\r\n" * 1000),
}
"""Behaviours that send for ever, by what they repeat."""


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until a condition holds. Fail after a time that is too long even for a busy machine."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)
