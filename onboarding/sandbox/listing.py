"""Pages of a listing of users, and the tokens that lead from page to page.

A listing may show a new user some time after the invite: the references do not say that it does so at once. The moment
of arrival decides, so that all processes that share the records agree.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from onboarding.sandbox.people import User
from onboarding.sandbox.protocol import Rejection
from onboarding.sandbox.records import ALL_USERS, SandboxRecords, UserFilter


def page_of(
    records: SandboxRecords,
    account: str,
    *,
    token: str | None,
    limit: int,
    arrived_by: datetime,
    wanted: UserFilter = ALL_USERS,
) -> tuple[Sequence[User], str | None]:
    """Return the users on one page, of those who arrived by a moment, and the token of the next, if there is one."""
    # A user more than asked for says that there is another page.
    page = records.page(account, after=place_of(token), limit=limit + 1, arrived_by=arrived_by, wanted=wanted)
    shown = page[:limit]
    return shown, token_of(shown[-1].number) if len(page) > limit else None


def token_of(place: int) -> str:
    """Return the token of the page that begins after a place."""
    return urlsafe_b64encode(f"after {place}".encode()).decode()


def place_of(token: str | None) -> int:
    """Return the place after which the page of a token begins; without a token, 0. Raises ``Rejection``."""
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
