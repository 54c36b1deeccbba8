"""Which users stand on a page of a listing, and where does the next page begin?

A new invitee may be shown some time after the invite, in pages as by address: the references do not say that it is at
once. What decides is the moment at which the user came, so that every process that shares the records agrees.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from onboarding.sandbox.people import User
from onboarding.sandbox.protocol import Rejection
from onboarding.sandbox.records import ANYBODY, Records, Wanted


def page_of(
    records: Records,
    account: str,
    *,
    token: str | None,
    limit: int,
    arrived_by: datetime,
    wanted: Wanted = ANYBODY,
) -> tuple[Sequence[User], str | None]:
    """Return the users on one page, of those who arrived by a moment, and the token of the next, if there is one."""
    # One more than asked for tells whether there is another page.
    page = records.page(account, after=place_of(token), limit=limit + 1, arrived_by=arrived_by, wanted=wanted)
    shown = page[:limit]
    return shown, token_of(shown[-1].number) if len(page) > limit else None


def token_of(place: int) -> str:
    """Return the token that leads on from a place."""
    return urlsafe_b64encode(f"after {place}".encode()).decode()


def place_of(token: str | None) -> int:
    """Return the place from which a token leads on, or the very front. Raises ``Rejection`` on one made up."""
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
