"""How is something posted to a URL that is a secret, without waiting long?"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from threading import get_ident
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from urllib3 import PoolManager, ProxyManager, Retry, Timeout, make_headers
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import parse_url

from onboarding import __version__

MOMENTARY = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
"""Answers after which it is worth asking again."""

TALKATIVE = ("connection", "connectionpool", "poolmanager", "response", "util.retry")
"""The modules of urllib3 that log."""


@dataclass(frozen=True, slots=True)
class DeliveryLimits:
    """How long those who are told may keep a run from its end, all together and each time they are asked."""

    total_seconds: float = 15.0
    attempt_seconds: float = 4.0
    repetitions: int = 2
    pause_seconds: float = 0.5


class DeliveryFailed(Exception):
    """What was to be told did not arrive. Its text is an error's type or an HTTP status, never more."""


def post(url: str, body: bytes, content_type: str, limits: DeliveryLimits) -> None:
    """Post a body, and again if need be: what comes twice is better than what does not come. Raises ``DeliveryFailed``.

    No redirect is followed: it would show the secret and the message to somebody else.
    """
    retries = Retry(
        total=limits.repetitions,
        allowed_methods=None,
        status_forcelist=MOMENTARY,
        backoff_factor=limits.pause_seconds,
        raise_on_status=False,
        respect_retry_after_header=False,  # nobody waits for minutes here
    )
    try:
        with _unlogged(), _http(url) as http:
            answer = http.request(
                "POST",
                url,
                body=body,
                headers={"Content-Type": content_type, "User-Agent": f"onboarding/{__version__}"},
                timeout=Timeout(total=limits.attempt_seconds),
                retries=retries,
                redirect=False,
                preload_content=False,  # the status says all, and a body may have no end
            )
            answer.close()
    except MaxRetryError as error:
        raise DeliveryFailed(type(error.reason or error).__name__) from None
    except HTTPError as error:
        raise DeliveryFailed(type(error).__name__) from None
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise DeliveryFailed(f"HTTP {answer.status}")


def _http(url: str) -> PoolManager:
    """Return what reaches a URL, through the proxy that the environment names for it, as for AWS."""
    parts = urlsplit(url)
    named = getproxies().get(parts.scheme)
    if not named or proxy_bypass(parts.netloc):
        return PoolManager()
    proxy = parse_url(named)
    headers = make_headers(proxy_basic_auth=unquote(proxy.auth)) if proxy.auth else None
    return ProxyManager(f"{proxy.scheme or 'http'}://{proxy.netloc}", proxy_headers=headers)


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep what urllib3 logs on this thread out of the log: its warnings name the path, which is the secret."""
    here = get_ident()

    def is_elsewhere(_record: logging.LogRecord) -> bool:
        return get_ident() != here

    loggers = [logging.getLogger(f"urllib3.{name}") for name in TALKATIVE]
    for logger in loggers:
        logger.addFilter(is_elsewhere)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(is_elsewhere)
