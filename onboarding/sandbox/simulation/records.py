"""The records of the sandbox in SQLite: users, mails, late requests, and stored answers to tokens.

A late request is a request on which the service acts later. This module has the queries and the types of the records.
The module ``backend`` has the file, its tables and transactions.
"""

import json
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from onboarding.model.run import timestamp
from onboarding.model.values import dataclass
from onboarding.sandbox.simulation.people import ALL_USERS, Invitation, Registration, User, UserFilter


@dataclass(frozen=True, slots=True)
class PendingAct:
    """A late request, on which the service acts at the moment ``due_on``."""

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(repr=False)
    due_on: datetime


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to a request with a token. ``payload`` is a digest of the request."""

    payload: str
    answer: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class MailCounts:
    """The totals of users, mails, mailed addresses and late requests over all accounts.

    An address counts once for each account that mailed it. So if two accounts mailed an address, the address counts
    twice.
    """

    users: int
    mails: int
    addresses_mailed: int
    addresses_mailed_more_than_once: int
    acts_to_come: int = 0


class SandboxRecords:
    """The records of the sandbox inside one transaction. The methods read and write its tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, account: str, keys: Collection[str]) -> dict[str, User]:
        """Return the users of an account who have any of the keys, by key."""
        wanted = ", ".join("?" * len(keys))
        rows = self._connection.execute(f"{_SELECT_USERS} AND key IN ({wanted})", (account, *keys))
        return {user.key: user for user in map(_user, rows)}

    def numbered(self, account: str, numbers: Collection[int]) -> dict[int, User]:
        """Return the users of an account who have any of the numbers, by number."""
        wanted = ", ".join("?" * len(numbers))
        rows = self._connection.execute(f"{_SELECT_USERS} AND number IN ({wanted})", (account, *numbers))
        return {user.number: user for user in map(_user, rows)}

    def put(self, users: Iterable[User]) -> None:
        """Add users. If an account has a user with the same key, update that user's states and dates instead.

        An updated user keeps the number and the first date of arrival.
        """
        self._connection.executemany(_UPSERT_USER, map(_row, users))

    def page(
        self, account: str, *, after: int, limit: int, arrived_by: datetime, wanted: UserFilter = ALL_USERS
    ) -> list[User]:
        """Return one page of an account's users: at most ``limit`` users, in the order of their numbers.

        The page begins after the user with the number ``after``. It contains only users who arrived by the moment
        ``arrived_by`` and match the filter ``wanted``.
        """
        asked = {"account": account, "after": after, "limit": limit, "arrived_by": _text(arrived_by), **asdict(wanted)}
        return [_user(row) for row in self._connection.execute(_SELECT_PAGE, asked)]

    def registered(self, account: str) -> dict[str, int]:
        """Return how many users of an account have registered, by security group."""
        return dict(self._connection.execute(_SELECT_REGISTERED, (account,)))

    def groups(self) -> dict[str, str]:
        """Return the id of the security group of each user who has one, over all accounts, by address key."""
        return dict(self._connection.execute("SELECT key, security_group FROM users WHERE security_group <> ''"))

    def people_in_groups(self) -> dict[str, int]:
        """Return how many users each security group has, over all accounts, by the id of the group."""
        return dict(self._connection.execute(_SELECT_GROUPS))

    def add_mails(self, account: str, keys: Iterable[str], sent_at: datetime) -> None:
        """Record that an account sent one mail to each of the addresses with these keys."""
        rows = [(account, key, _text(sent_at)) for key in keys]
        self._connection.executemany("INSERT INTO mails (account, key, sent_at) VALUES (?, ?, ?)", rows)

    def mails(self) -> dict[str, int]:
        """Return the number of mails to each address over all accounts, by address key."""
        return dict(self._connection.execute("SELECT key, count(*) FROM mails GROUP BY key"))

    def times_mailed(self) -> dict[int, int]:
        """Return how many people got one mail from an account, how many got two, and so on, by the number of mails."""
        return dict(self._connection.execute(_SELECT_TIMES_MAILED))

    def schedule_act(self, act: PendingAct) -> None:
        """Store the late request ``act``."""
        row = (act.service, act.operation, json.dumps(act.parameters), _text(act.due_on))
        self._connection.execute(_INSERT_ACT, row)

    def take_due(self, now: datetime) -> list[PendingAct]:
        """Remove the late requests that are due at the moment ``now``, and return them, the earliest first."""
        due = self._connection.execute(_SELECT_DUE, (_text(now),)).fetchall()
        self._connection.executemany("DELETE FROM acts_to_come WHERE number = ?", [(number,) for number, *_ in due])
        return [
            PendingAct(service, operation, json.loads(parameters), datetime.fromisoformat(due_on))
            for _, service, operation, parameters, due_on in due
        ]

    def keep_answer(self, account: str, token: str, given: StoredAnswer, given_on: datetime) -> None:
        """Store ``given``, the answer to a token of an account, in place of an older answer to the same token.

        ``given_on`` is the moment of the answer.
        """
        # The 50 entries of an answer have much in common, so a compressed answer takes a tenth of the space.
        answer = zlib.compress(json.dumps(given.answer).encode(), level=1)
        self._connection.execute(_INSERT_ANSWER, (account, token, given.payload, answer, _text(given_on)))

    def answer_to(self, account: str, token: str, *, given_after: datetime) -> StoredAnswer | None:
        """Return the stored answer to a token, or None. Older answers than the moment ``given_after`` are ignored."""
        row = self._connection.execute(_SELECT_ANSWER, (account, token, _text(given_after))).fetchone()
        return StoredAnswer(row[0], json.loads(zlib.decompress(row[1]))) if row else None

    def counts(self) -> MailCounts:
        """Return the totals of users, mails and late requests over all accounts."""
        return MailCounts(*self._connection.execute(_SELECT_COUNTS).fetchone())

    def delete_before(self, moment: datetime) -> int:
        """Delete users, mails, stored answers and late requests that are older than a moment.

        Return the number of deleted users.
        """
        users = self._connection.execute(
            "DELETE FROM users WHERE max(arrived_on, invited_on) < ?", (_text(moment),)
        ).rowcount
        for statement in _DELETE_BEFORE:
            self._connection.execute(statement, (_text(moment),))
        return users

    def delete_all(self) -> None:
        """Delete all users, mails, stored answers and late requests."""
        for table in ("users", "mails", "acts_to_come", "answers"):
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a name from the line above  # nosec B608


# The columns have the order of the fields of ``User``.
_USER_COLUMNS = """
account, key, address, registration, invitation, invited_on, registered_on, arrived_on, invited_before, user_id,
user_type, first_name, last_name, security_group
"""

_SELECT_USERS = f"SELECT {_USER_COLUMNS}, number FROM users WHERE account = ?"  # noqa: S608 - our own names  # nosec B608

_SELECT_PAGE = f"""
SELECT {_USER_COLUMNS}, number FROM users
WHERE account = :account AND number > :after AND arrived_on <= :arrived_by
    AND (:user_type IS NULL OR user_type = :user_type)
    AND (:is_pending IS NULL OR (registration = 'Unregistered') = :is_pending)
    AND instr(key, :key_part)
ORDER BY number LIMIT :limit
"""  # noqa: S608 - our own names  # nosec B608

_SELECT_REGISTERED = """
SELECT security_group, count(*) FROM users WHERE account = ? AND registration = 'Registered' GROUP BY security_group
"""

_SELECT_GROUPS = "SELECT security_group, count(*) FROM users WHERE security_group <> '' GROUP BY security_group"

_UPSERT_USER = f"""
INSERT INTO users ({_USER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, key) DO UPDATE SET
    registration = excluded.registration, invitation = excluded.invitation,
    invited_before = invited_on, invited_on = excluded.invited_on, registered_on = excluded.registered_on,
    arrived_on = min(arrived_on, excluded.arrived_on)
"""  # noqa: S608 - our own names  # nosec B608

_INSERT_ACT = "INSERT INTO acts_to_come (service, operation, parameters, due_on) VALUES (?, ?, ?, ?)"

_SELECT_DUE = """
SELECT number, service, operation, parameters, due_on FROM acts_to_come WHERE due_on <= ? ORDER BY due_on, number
"""

_INSERT_ANSWER = "INSERT OR REPLACE INTO answers (account, token, payload, answer, given_on) VALUES (?, ?, ?, ?, ?)"

_SELECT_ANSWER = "SELECT payload, answer FROM answers WHERE account = ? AND token = ? AND given_on > ?"

_DELETE_BEFORE = (
    "DELETE FROM mails WHERE sent_at < ?",
    "DELETE FROM answers WHERE given_on < ?",
    "DELETE FROM acts_to_come WHERE due_on < ?",
)

_SELECT_TIMES_MAILED = """
SELECT mails, count(*) FROM (SELECT count(*) AS mails FROM mails GROUP BY account, key) GROUP BY mails ORDER BY mails
"""

_SELECT_COUNTS = """
SELECT
    (SELECT count(*) FROM users), coalesce(sum(mails), 0), count(*), coalesce(sum(mails > 1), 0),
    (SELECT count(*) FROM acts_to_come)
FROM (SELECT count(*) AS mails FROM mails GROUP BY account, key)
"""


def _row(user: User) -> tuple[str | None, ...]:
    return (
        user.account,
        user.key,
        user.address,
        user.registration,
        user.invitation,
        _text(user.invited_on),
        _text(user.registered_on) if user.registered_on else None,
        _text(user.arrived_on),
        _text(user.invited_before) if user.invited_before else None,
        user.user_id,
        user.user_type,
        user.first_name,
        user.last_name,
        user.group,
    )


def _user(row: Any) -> User:
    account, key, address, registration, invitation, invited_on, registered_on, arrived_on, invited_before, *more = row
    return User(
        account,
        key,
        address,
        Registration(registration),
        Invitation(invitation),
        datetime.fromisoformat(invited_on),
        datetime.fromisoformat(registered_on) if registered_on else None,
        datetime.fromisoformat(arrived_on),
        datetime.fromisoformat(invited_before) if invited_before else None,
        *more,
    )


_text = lru_cache(maxsize=8)(timestamp)  # all users of one request have the same moments
