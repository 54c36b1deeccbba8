"""Whom does ``ListUsers`` show, and on which page?

A new invitee may be shown some time after the invite, in pages as by address: the reference does not say that it is
at once. What decides is the moment at which the user came, so that every process that shares the records agrees.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from onboarding.errors import ConfigurationError
from onboarding.sandbox.entries import user_entry
from onboarding.sandbox.protocol import Document, Rejection
from onboarding.sandbox.records import Records, key_of

DEFAULT_PAGE_SIZE = 100
"""Users on a page of ``ListUsers`` where the request does not say."""

MAX_DELAY_SECONDS = 86_400
"""No service is taken to need more than a day to show whom it has mailed."""


def check_delay(seconds: float) -> float:
    """Return a delay that the listing can have; raise ``ConfigurationError`` on another."""
    if not 0 <= seconds <= MAX_DELAY_SECONDS:
        raise ConfigurationError(f"The sandbox's list delay must be 0 to {MAX_DELAY_SECONDS} seconds.")
    return seconds


def shown_by(now: datetime, delay_seconds: float) -> datetime:
    """Return the arrival up to which users are shown; without a delay, all are, wherever another clock stands."""
    return now - timedelta(seconds=delay_seconds) if delay_seconds else datetime.max.replace(tzinfo=UTC)


def list_users(records: Records, parameters: Document, *, arrived_by: datetime) -> Document:
    """Return one page of an account's users who arrived by a moment, or the one with an address."""
    account, user_type = parameters["AccountId"], parameters.get("UserType")
    if "UserEmail" in parameters:
        key = key_of(parameters["UserEmail"])
        user = records.find(account, {key}).get(key)
        if user is None or user.arrived_on > arrived_by or user_type not in {None, user.user_type}:
            return {"Users": []}
        return {"Users": [user_entry(user)]}
    limit = parameters.get("MaxResults", DEFAULT_PAGE_SIZE)
    after = _number(parameters.get("NextToken"))
    # One more than asked for tells whether there is another page.
    page = records.page(account, after=after, limit=limit + 1, user_type=user_type, arrived_by=arrived_by)
    numbers = list(page)[:limit]
    token = _token(numbers[-1]) if len(page) > limit else None
    return {"Users": [user_entry(page[number]) for number in numbers], "NextToken": token}


def _token(number: int) -> str:
    return urlsafe_b64encode(f"after {number}".encode()).decode()


def _number(token: str | None) -> int:
    if token is None:
        return 0
    try:
        text = urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        text = ""
    match = re.fullmatch(r"after ([0-9]{1,18})", text)
    if match is None:
        raise Rejection(HTTPStatus.BAD_REQUEST, "NextToken is not one that this service gave.")
    return int(match[1])
