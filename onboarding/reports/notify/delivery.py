"""The delivery of notifications: threads beside the run, HTTP posts to secret URLs, time limits, and the URLs of pings.

A ping tells a monitor that a run began or ended. Pings follow the convention of Healthchecks
(https://healthchecks.io/docs/http_api/). The first ping goes to ``URL/start``. The second goes to ``URL`` or
``URL/<exit code>``, with the same id of the run (``rid``). Healthchecks counts each exit code except 0 as a failure.
This is right for a run: after any other exit code, some people may still wait for their invitation.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import Thread, get_ident
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass
from uuid import UUID

from urllib3 import PoolManager, ProxyManager, Retry, Timeout, make_headers
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import parse_url

from onboarding import __version__
from onboarding.model.values import dataclass

TEMPORARY_STATUSES = (429, 500, 502, 503, 504)
"""The HTTP statuses after which a post is repeated."""

LOGGING_MODULES = ("connection", "connectionpool", "poolmanager", "response", "util.retry")
"""The modules of urllib3 that write to loggers. The logger of a module has a name such as ``urllib3.connection``."""


@dataclass(frozen=True, slots=True)
class DeliveryLimits:
    """The limits within which deliveries may delay the end of a run.

    All deliveries together may take ``total_seconds``, or ``last_seconds`` if a signal or the deadline has ended the
    run. Each attempt may take ``attempt_seconds``. A failed post is repeated at most ``repetitions`` times. The pauses
    between attempts grow, and ``pause_seconds`` sets their scale.
    """

    total_seconds: float = 15.0
    last_seconds: float = 1.0
    attempt_seconds: float = 4.0
    repetitions: int = 2
    pause_seconds: float = 0.5


USUAL_LIMITS: DeliveryLimits = DeliveryLimits()


class DeliveryFailed(Exception):
    """A delivery did not arrive. The text is the type of an error or an HTTP status, and contains no secret."""


class BackgroundDelivery:
    """A delivery on its own thread. The thread calls ``deliver``, and ends with the process at the latest.

    ``error`` is the type of the error or the HTTP status, and None after success. Until the delivery has ended,
    ``error`` is ``TimeoutError``. The run can stop waiting for the thread at any time. Time-outs of the connection
    would not be enough: the look-up of a host name may take minutes, and an answer may arrive byte by byte.
    """

    def __init__(self, kind: str, deliver: Callable[[], None]) -> None:
        self.kind = kind
        self.error: str | None = "TimeoutError"  # until the delivery has ended
        self._deliver = deliver
        self._thread = Thread(target=self._run, name=f"notify-{kind}", daemon=True)
        self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until the delivery has ended, but for at most ``seconds``. None sets no limit."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._deliver()
        except DeliveryFailed as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - its type is logged, and no error may end the run
            self.error = type(error).__name__
        else:
            self.error = None


def start_ping_url(url: str, rid: UUID) -> str:
    """Return the URL of the ping that a run began. ``rid`` is the monitor's id of the run."""
    return _ping_url(url, "/start", rid)


def end_ping_url(url: str, rid: UUID, exit_code: int) -> str:
    """Return the URL of the ping that a run ended with this exit code. ``rid`` is the same as in the first ping."""
    return _ping_url(url, f"/{exit_code}" if exit_code else "", rid)


def _ping_url(url: str, ending: str, rid: UUID) -> str:
    """Return the URL with ``ending`` at the end of its path. A query such as ``?create=1`` stays, before ``rid``."""
    parts = urlsplit(url)
    query = f"{parts.query}&rid={rid}" if parts.query else f"rid={rid}"
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + ending, query, ""))


def post(url: str, body: bytes, content_type: str, limits: DeliveryLimits) -> None:
    """Post a body of the type ``content_type`` to a URL. After a failure that may be temporary, repeat the post.

    ``limits`` are the limits of time and of repetitions. Raises ``DeliveryFailed``.

    A notification that arrives twice is better than no notification. Redirects are not followed, since they would show
    the secret and the message to another server.
    """
    retries = Retry(
        total=limits.repetitions,
        allowed_methods=None,
        status_forcelist=TEMPORARY_STATUSES,
        backoff_factor=limits.pause_seconds,
        raise_on_status=False,
        respect_retry_after_header=False,  # no run waits for minutes
    )
    try:
        with unlogged(), _http(url) as http:
            answer = http.request(
                "POST",
                url,
                body=body,
                headers={"Content-Type": content_type, "User-Agent": f"onboarding/{__version__}"},
                timeout=Timeout(total=limits.attempt_seconds),
                retries=retries,
                redirect=False,
                preload_content=False,  # the status is enough, and a body may be endless
            )
            answer.close()
    except MaxRetryError as error:
        raise DeliveryFailed(type(error.reason or error).__name__) from None
    except HTTPError as error:
        raise DeliveryFailed(type(error).__name__) from None
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise DeliveryFailed(f"HTTP {answer.status}")


def _http(url: str) -> PoolManager:
    """Return a pool of connections to a URL, through the proxy that the environment names, if any."""
    parts = urlsplit(url)
    named = getproxies().get(parts.scheme)
    if not named or proxy_bypass(parts.netloc):
        return PoolManager()
    proxy = parse_url(named)
    headers = make_headers(proxy_basic_auth=unquote(proxy.auth)) if proxy.auth else None
    return ProxyManager(f"{proxy.scheme or 'http'}://{proxy.netloc}", proxy_headers=headers)


@contextmanager
def unlogged() -> Iterator[None]:
    """Keep the warnings of urllib3 on this thread out of the log, since they name the secret path."""
    here = get_ident()

    def is_elsewhere(_record: logging.LogRecord) -> bool:
        return get_ident() != here

    loggers = [logging.getLogger(f"urllib3.{name}") for name in LOGGING_MODULES]
    for logger in loggers:
        logger.addFilter(is_elsewhere)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(is_elsewhere)
