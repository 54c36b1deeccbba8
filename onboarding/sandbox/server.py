"""The HTTP/1.1 server of the sandbox, built on ``http.server``, with a daemon thread for each connection.

Connections stay open between requests. On a fault the server cuts an answer short or resets the connection. The server
writes nothing to any log, since paths and queries contain addresses. The modules ``services`` and ``control`` make the
answers.
"""

import json
import re
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socketserver import TCPServer
from threading import Condition, Event, Thread
from typing import Any
from urllib.parse import parse_qsl

from onboarding.model.errors import ConfigurationError
from onboarding.sandbox.services import NoAnswer
from onboarding.sandbox.simulation.protocol import HttpAnswer, HttpRequest

MAX_BODY_BYTES = 1_000_000
"""The most bytes in the body of a request, far more than 50 addresses need. The server refuses larger bodies unread."""

STOP_SECONDS = 5
"""The longest time, in seconds, that ``stop`` waits for the answers under way."""


STOP_CHECK_SECONDS = 0.01
"""The longest time, in seconds, until the server notices a call of ``stop``."""


class SandboxServer:
    """An HTTP server that listens on one host and port until a call of ``stop``. Port 0 means any free port.

    ``answer`` returns the answer to each request. The server answers only requests for loopback names, for its own host
    and for ``allowed_hosts``. Otherwise a web page could send requests to the server: the owner of the page can let its
    host name point to this machine. Raises ``ConfigurationError`` if the server cannot listen.
    """

    def __init__(
        self, answer: Callable[[HttpRequest], HttpAnswer], *, host: str, port: int, allowed_hosts: Iterable[str] = ()
    ) -> None:
        try:
            self._http = _HttpServer((host, port), answer, frozenset(map(str.lower, (host, *allowed_hosts))))
        except (OSError, OverflowError) as error:
            raise ConfigurationError(
                f"The sandbox cannot listen on {host} port {port}: {error}. Choose another host or port (0: any)."
            ) from error
        self.url = f"http://{host}:{self._http.server_address[1]}"
        self._thread = Thread(target=self._http.serve_forever, args=(STOP_CHECK_SECONDS,), name="sandbox", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until another thread stops the server."""
        self._http.stopping.wait()

    def stop(self) -> None:
        """Accept no more connections, finish the answers under way, and close idle connections."""
        self._http.stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.close_connections()
        self._http.server_close()


class _HttpServer(ThreadingHTTPServer):
    """An HTTP server that remembers its open connections, so that it can close idle connections when it stops."""

    request_queue_size = 128  # with the default of 5, each connection of a burst would wait a second

    def __init__(
        self, address: tuple[str, int], answer: Callable[[HttpRequest], HttpAnswer], hosts: frozenset[str]
    ) -> None:
        self.answer = answer
        self._hosts = hosts
        self.stopping = Event()
        self._connections: set[socket.socket] = set()
        self._changed = Condition()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind the server to its port. Unlike ``HTTPServer``, do not look up this machine's name in the DNS."""
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing.

        If a client hangs up, this is no error. If the sandbox itself fails, the server has answered 500 already.
        """

    def is_for_us(self, host: str) -> bool:
        """Return whether a request with the header ``Host`` is for this server.

        ``host`` is the value of the header: a name or an IP address, perhaps with a port.
        """
        name = re.sub(r":[0-9]*$", "", host).lower().removesuffix(".")
        if name in self._hosts or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            return ip_address(name.removeprefix("[").removesuffix("]")).is_loopback
        except ValueError:
            return False

    def close_connections(self) -> None:
        with self._changed:
            for connection in self._connections:
                # This ends only reading. An answer under way still gets out; then the thread sees the end and finishes.
                _shut_reading(connection)
            self._changed.wait_for(lambda: not self._connections, timeout=STOP_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # buffered: status line, headers and body leave in one packet
    disable_nagle_algorithm = True  # or every answer on a kept connection waits 45 ms
    server: _HttpServer

    def do_GET(self) -> None:
        body = self._body()
        if body is None or not self._is_for_us():
            return
        path, _, query = self.path.partition("?")
        parameters = dict(parse_qsl(query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            answer = self.server.answer(HttpRequest(self.command, path, parameters, headers, body))
        except NoAnswer as no_answer:
            self.server.stopping.wait(no_answer.hold_seconds)
            self._reset()
        except Exception as error:  # noqa: BLE001 - after any error, the client gets an answer and stderr no traceback
            self._send(_failure(HTTPStatus.INTERNAL_SERVER_ERROR, f"The sandbox failed: {type(error).__name__}."))
        else:
            self._send(answer)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks up

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Log nothing, since a request line may contain an address."""

    def _is_for_us(self) -> bool:
        """Return whether the request is for this server. Answer any other request with 421."""
        hosts = self.headers.get_all("Host", [])
        if all(map(self.server.is_for_us, hosts)):
            return True
        # The answer does not quote the host's name: the client chose it, and a person may read the answer.
        port = self.server.server_address[1]
        message = (
            f"This request is for another host. Ask http://127.0.0.1:{port}, or start the sandbox with"
            " --allow-host and the name of that host."
        )
        self._send(_failure(HTTPStatus.MISDIRECTED_REQUEST, message))
        return False

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif not length.isascii() or not length.isdecimal():
            self._refuse(HTTPStatus.BAD_REQUEST)
        elif int(length) > MAX_BODY_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            return self.rfile.read(int(length))
        return None

    def _refuse(self, status: HTTPStatus) -> None:
        # The request's body stays unread, so the connection cannot be used again.
        self.close_connection = True
        self._send(_failure(status, status.description or status.phrase))

    def _send(self, answer: HttpAnswer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        promised = len(answer.body) if answer.promised_bytes is None else answer.promised_bytes
        self.send_header("Content-Length", str(promised))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)
        if promised != len(answer.body):
            self.close_connection = True

    def _reset(self) -> None:
        # With a linger time of 0, close sends a RST. The client sees it as "connection reset by peer".
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.connection.detach())
        self.close_connection = True


def _failure(status: HTTPStatus, message: str) -> HttpAnswer:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "InternalFailure"}
    return HttpAnswer(int(status), json.dumps({"Message": message}).encode(), headers)


def _shut_reading(connection: socket.socket) -> None:
    with suppress(OSError):  # the client has closed the connection already
        connection.shutdown(socket.SHUT_RD)
