"""Clients of boto3 with limits for each call, and connections that count the bytes of a call.

botocore accepts no connections from callers. So ``LimitedClient`` uses botocore's internals ``_endpoint.http_session``
and ``_pool_classes_by_scheme``, and overrides ``_make_api_call``. Proxies, certificates and pools stay botocore's own.
"""

import io
import socket
import ssl
from collections.abc import Callable
from functools import partial
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSHTTPConnection, AWSHTTPSConnection
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from botocore.response import StreamingBody
from botocore.session import Session
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.util.wait import wait_for_read

from onboarding.runtime.aws_access import FailedCall
from onboarding.runtime.request_limits import (
    CHECK_SECONDS,
    EXCHANGE,
    CutTime,
    Exchange,
    RequestCut,
    RequestLimits,
    call_within,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class LimitedClient(BaseClient):
    """The base class of clients with limits.

    The function ``limited`` makes a subclass for each client, with its ``limits``, ``cut`` and ``session``. The cause
    of a botocore error of these clients is a ``FailedCall``, which names the service and the operation.
    """

    limits: RequestLimits
    cut: CutTime
    session: Session

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        watch(self._endpoint.http_session)  # type: ignore[attr-defined] # not in the stubs

    def _make_api_call(self, operation_name: str, api_params: Any) -> Any:
        operation = self.meta.service_model.operation_model(operation_name)
        exchange = Exchange(self.limits, self.cut, streams=operation.has_streaming_output)
        call = super()._make_api_call  # type: ignore[misc] # not in the stubs
        try:
            answer = call_within(exchange, partial(call, operation_name, api_params))
        except (BotoCoreError, ClientError) as error:
            service = self.meta.service_model.service_name
            raise error from FailedCall(service, operation_name, self.session, self.meta.endpoint_url)
        for name, value in answer.items():
            if isinstance(value, StreamingBody):
                answer[name] = LimitedBody(value, exchange)
        return answer


def watch(session: URLLib3Session) -> URLLib3Session:
    """Let a session use connections that respect the limits of each call, and return the session."""
    pool_classes = session._pool_classes_by_scheme  # type: ignore[attr-defined] # noqa: SLF001 - see the module
    pool_classes.update(_POOL_CLASSES)
    return session


def limited(limits: RequestLimits, cut: CutTime, session: Session) -> Callable[..., None]:
    """Return a handler of botocore's event ``creating-client-class`` that gives each new client its limits.

    ``cut`` says when a run ends early, and ``session`` is the session that makes the clients.
    """
    client_class = type("LimitedClient", (LimitedClient,), {"limits": limits, "cut": cut, "session": session})

    def handle(base_classes: list[type], **_: object) -> None:
        base_classes.insert(0, client_class)

    return handle


class LimitedBody:
    """The content of an object in S3. Each read ends within the limits of the call."""

    def __init__(self, body: StreamingBody, exchange: Exchange) -> None:
        self._body = body
        self._exchange = exchange

    def read(self, size: int | None = None) -> bytes:
        """Return the next bytes of the content, at most ``size`` bytes.

        If ``size`` is None, return all remaining bytes. Raises ``ReadTimeoutError`` if the bytes arrive too slowly, and
        ``RequestCut`` if the run ends.
        """
        self._exchange.begin_step()
        try:
            return call_within(self._exchange, partial(self._body.read, size))
        except RequestCut as cut:
            if cut.run_ends:
                raise
            raise ReadTimeoutError(endpoint_url="S3", error=cut) from None

    def close(self) -> None:
        """Close the connection, or return it to the pool."""
        self._body.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)


class _WatchedConnection(HTTPConnection):
    """A connection that reports the number of its bytes to its thread's call (``Exchange``)."""

    def connect(self) -> None:
        super().connect()
        if exchange := EXCHANGE.get():
            exchange.hold(self.sock)

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, *more: Any, **options: Any) -> Any:
        if exchange := EXCHANGE.get():
            if self.sock is None:
                self.connect()
            exchange.leave(self.sock)
        return super().request(method, url, body, headers, *more, **options)

    def send(self, data: Any) -> None:
        super().send(data)
        if (exchange := EXCHANGE.get()) and isinstance(data, bytes):
            exchange.move(len(data))

    def getresponse(self) -> Any:
        if not (exchange := EXCHANGE.get()):
            return super().getresponse()
        chosen = self.response_class
        self.response_class = partial(_counted, chosen, exchange)  # type: ignore[assignment] # a factory will do
        try:
            response = super().getresponse()
        finally:
            self.response_class = chosen
        exchange.answer(response.status)
        return response


class _WatchedHttpConnection(_WatchedConnection, AWSHTTPConnection):  # type: ignore[misc] # the stubs disagree
    """A connection over HTTP, without encryption, that counts its bytes."""


class _WatchedHttpsConnection(_WatchedConnection, AWSHTTPSConnection):  # type: ignore[misc] # the stubs disagree
    """A connection over HTTPS, with encryption, that counts its bytes."""


class _WatchedHttpPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHttpConnection


class _WatchedHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHttpsConnection


_POOL_CLASSES = {"http": _WatchedHttpPool, "https": _WatchedHttpsPool}


def _counted(
    answer_class: Callable[..., HTTPResponse], exchange: Exchange, connection: socket.socket, *more: Any, **options: Any
) -> HTTPResponse:
    return answer_class(_CountedSocket(connection, exchange), *more, **options)


class _CountedSocket:
    """Stands in for the socket of a connection. ``http.client`` reads an answer from the file of ``makefile``."""

    def __init__(self, connection: socket.socket, exchange: Exchange) -> None:
        self._connection = connection
        self._exchange = exchange

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_CountedFile(self._connection, self._exchange))


class _CountedFile(io.RawIOBase):
    """A file that counts the read bytes of an answer: status line, headers and content."""

    def __init__(self, connection: socket.socket, exchange: Exchange) -> None:
        self._connection = connection
        self._file = connection.makefile("rb", 0)
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        while self._exchange.is_unwatched and not self._has_bytes():
            pass
        size = self._file.readinto(buffer)
        self._exchange.receive(size or 0)
        return size

    def _has_bytes(self) -> bool:
        """Wait a moment for bytes, and say whether bytes have arrived.

        Raises ``RequestCut`` if the time of the call is over.
        """
        if (seconds := self._exchange.seconds_left()) <= 0:
            raise self._exchange.end()
        if isinstance(self._connection, ssl.SSLSocket) and self._connection.pending():
            return True
        return wait_for_read(self._connection, min(CHECK_SECONDS, seconds))

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()
        super().close()
