"""How is a monitor told that a run began and ended, so that it calls somebody when it hears nothing?

After the convention of Healthchecks (https://healthchecks.io/docs/http_api/): ``URL/start``, then ``URL`` or
``URL/<exit code>``, both with the same ``rid``. Every exit code but 0 counts as a failure there, and does here: each
one means that somebody was not invited who is to be, or that it is not known.
"""

from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from onboarding.reports.notify.message import Notification, text

LONGEST_BODY = 10_000
"""Bytes. What a monitor keeps of a body is 10 kB where nobody has set it higher."""


def start_url(url: str, rid: UUID) -> str:
    """Return the URL that says that a run began."""
    return _with(url, "/start", rid)


def end_url(url: str, rid: UUID, exit_code: int) -> str:
    """Return the URL that says how it ended."""
    return _with(url, f"/{exit_code}" if exit_code else "", rid)


def body(told: Notification) -> bytes:
    """Return what is said of it, in UTF-8."""
    return text(told).encode()[:LONGEST_BODY].decode(errors="ignore").encode()


def _with(url: str, ending: str, rid: UUID) -> str:
    """Add to the path, leaving a query such as ``?create=1`` behind it."""
    parts = urlsplit(url)
    query = f"{parts.query}&rid={rid}" if parts.query else f"rid={rid}"
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + ending, query, ""))
