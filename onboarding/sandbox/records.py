"""Who is in the sandbox's account, and who has been mailed how often?"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

LONG_AGO = datetime(2018, 5, 1, tzinfo=UTC)
"""When the accounts began, and with them everybody of whom nothing else is known."""


class Registration(StrEnum):
    """``UserRegistrationStatus`` of the service model."""

    UNREGISTERED = "Unregistered"
    REGISTERED = "Registered"
    SUSPENDED = "Suspended"


class Invitation(StrEnum):
    """``UserInvitationStatus`` of the service model."""

    PENDING = "Pending"
    ACCEPTED = "Accepted"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class User:
    """A user of an account. ``key`` is the address casefolded, by which users are told apart.

    ``arrived_on`` is when the account first had the user, whatever happened since; an added user was always there.
    """

    account: str
    key: str = field(repr=False)
    address: str = field(repr=False)
    user_id: str
    user_type: str
    registration: Registration
    invitation: Invitation
    invited_on: datetime
    registered_on: datetime | None = None
    arrived_on: datetime = LONG_AGO


@dataclass(frozen=True, slots=True)
class MailCounts:
    """How many people are in the accounts, how much mail they got, and how many requests are still to act."""

    users: int
    mails: int
    addresses_mailed: int
    addresses_mailed_more_than_once: int
    acts_to_come: int = 0


def key_of(address: str) -> str:
    """Return what two spellings of one address have in common."""
    return address.casefold()


class Records:
    """Read and write the tables inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, account: str, keys: Collection[str]) -> dict[str, User]:
        """Return the users with these keys, by key."""
        wanted = ", ".join("?" * len(keys))
        rows = self._connection.execute(f"{_SELECT_USERS} ({wanted})", (account, *keys))
        return {user.key: user for user in map(_user, rows)}

    def put(self, users: Iterable[User]) -> None:
        """Add users, or replace those with the same key in their place of the listing; the first arrival stays."""
        self._connection.executemany(_UPSERT_USER, map(_row, users))

    def page(
        self, account: str, *, after: int, limit: int, user_type: str | None, arrived_by: datetime
    ) -> dict[int, User]:
        """Return up to ``limit`` users by their number, in order of arrival, from behind number ``after``."""
        wanted = (account, after, _text(arrived_by), user_type, user_type, limit)
        return {row[0]: _user(row) for row in self._connection.execute(_SELECT_PAGE, wanted)}

    def add_mails(self, keys: Iterable[str], sent_at: datetime) -> None:
        """Note that one mail was sent to each address."""
        rows = [(key, _text(sent_at)) for key in keys]
        self._connection.executemany("INSERT INTO mails (key, sent_at) VALUES (?, ?)", rows)

    def mails(self) -> dict[str, int]:
        """Return the number of mails by key."""
        return dict(self._connection.execute("SELECT key, count(*) FROM mails GROUP BY key"))

    def times_mailed(self) -> dict[int, int]:
        """Return how many people got how many mails, by the number of mails."""
        return dict(self._connection.execute(_SELECT_TIMES_MAILED))

    def put_off(self, due_on: datetime, parameters: Mapping[str, Any]) -> None:
        """Keep a request that is to act at a later moment."""
        self._connection.execute(
            "INSERT INTO acts_to_come (due_on, parameters) VALUES (?, ?)", (_text(due_on), json.dumps(parameters))
        )

    def take_due(self, now: datetime) -> list[tuple[datetime, Mapping[str, Any]]]:
        """Remove the requests that are to act by now and return them with their moments, the earliest first."""
        due = self._connection.execute(_SELECT_DUE, (_text(now),)).fetchall()
        self._connection.executemany("DELETE FROM acts_to_come WHERE number = ?", [(number,) for number, *_ in due])
        return [(datetime.fromisoformat(due_on), json.loads(parameters)) for _, due_on, parameters in due]

    def counts(self) -> MailCounts:
        """Return the totals over all accounts."""
        return MailCounts(*self._connection.execute(_SELECT_COUNTS).fetchone())

    def delete_all(self) -> None:
        """Forget all users and mails, and what is to act."""
        for table in ("users", "mails", "acts_to_come"):
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a name from the line above


_SELECT_USERS = "SELECT * FROM users WHERE account = ? AND key IN"

_SELECT_PAGE = """
SELECT * FROM users
WHERE account = ? AND number > ? AND arrived_on <= ? AND (? IS NULL OR user_type = ?)
ORDER BY number LIMIT ?
"""

_UPSERT_USER = """
INSERT INTO users VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, key) DO UPDATE SET
    registration = excluded.registration, invitation = excluded.invitation,
    invited_on = excluded.invited_on, registered_on = excluded.registered_on,
    arrived_on = min(arrived_on, excluded.arrived_on)
"""

_SELECT_DUE = "SELECT number, due_on, parameters FROM acts_to_come WHERE due_on <= ? ORDER BY due_on, number"

_SELECT_TIMES_MAILED = """
SELECT mails, count(*) FROM (SELECT count(*) AS mails FROM mails GROUP BY key) GROUP BY mails ORDER BY mails
"""

_SELECT_COUNTS = """
SELECT
    (SELECT count(*) FROM users), coalesce(sum(mails), 0), count(*), coalesce(sum(mails > 1), 0),
    (SELECT count(*) FROM acts_to_come)
FROM (SELECT count(*) AS mails FROM mails GROUP BY key)
"""


def _row(user: User) -> tuple[str | None, ...]:
    return (
        user.account,
        user.key,
        user.address,
        user.user_id,
        user.user_type,
        user.registration,
        user.invitation,
        _text(user.invited_on),
        _text(user.registered_on) if user.registered_on else None,
        _text(user.arrived_on),
    )


def _user(row: Any) -> User:
    _number, account, key, address, user_id, user_type, registration, invitation, *moments = row
    invited_on, registered_on, arrived_on = moments
    return User(
        account,
        key,
        address,
        user_id,
        user_type,
        Registration(registration),
        Invitation(invitation),
        datetime.fromisoformat(invited_on),
        datetime.fromisoformat(registered_on) if registered_on else None,
        datetime.fromisoformat(arrived_on),
    )


@lru_cache(maxsize=8)  # all users of a request have the same
def _text(moment: datetime) -> str:
    # Always in UTC and with microseconds, so that moments compare as their texts do.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
