"""Stamps of requests: when the request of a chunk left or its answer was lost, and how long ago that was.

The age of a doubt decides whether a person may be mailed again. Until the next boot, the boot clock measures the age,
since neither a person nor a time server can set this clock. After a boot, or on another machine, the clock of the
PostgreSQL server measures the age. For a ledger in a file, the machine's wall clock does so instead. The wall clock may
be wrong by up to a day, so a day is subtracted from the age.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select, update

from onboarding.ledger.bulk import BulkStatement, in_tables
from onboarding.ledger.schema import UNSETTLED, invites, requests
from onboarding.model.values import dataclass

WALL_CLOCK_ERROR_SECONDS = 86_400.0
_ROUNDING_SECONDS = 0.001
LONGEST_AGE_SECONDS = 366 * 86_400.0
"""The longest age that the wall clock may show.

If an age is longer or negative, someone has set the clock since the request left.
"""

_DEPART = BulkStatement(
    {"run_id": "TEXT", "chunk": "BIGINT", "token": "TEXT"},  # the types of columns  # nosec B105
    "INSERT INTO requests (run_id, chunk, token, departures, token_seconds, boot_id, boot_seconds, left_at)"
    " SELECT run_id, chunk, token, 1, 0, ?, ?, ? FROM",
    "WHERE true ON CONFLICT (run_id, chunk) DO UPDATE SET token = excluded.token, departures = 1, token_seconds = 0,"
    " boot_id = excluded.boot_id, boot_seconds = excluded.boot_seconds, left_at = excluded.left_at",
)
_THIS = (requests.c.run_id == bindparam("run"), requests.c.chunk == bindparam("number"))
_FIND = select(requests).where(*_THIS)
_STAMP = (
    update(requests)
    .where(*_THIS)
    .values({name: bindparam(name) for name in ("boot_id", "boot_seconds", "left_at", "token_seconds")})
)
_TAKE_BACK = update(requests).where(*_THIS).values(departures=requests.c.departures - 1)
_DEPART_AGAIN = _STAMP.values(departures=requests.c.departures + 1)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment by two clocks: ``boot_seconds`` by the boot clock, and ``left_at`` by a clock that shows the date.

    ``boot_id`` says to which boot ``boot_seconds`` belongs. ``left_at`` is in seconds since 1970: by the clock of a
    database server if ``is_server_clock`` is True, and otherwise by the wall clock of this machine.
    """

    boot_id: str
    boot_seconds: float
    left_at: float
    is_server_clock: bool = False

    def seconds_since(self, then: "Stamp") -> float:
        """Return how many seconds have passed, at least, since an earlier stamp."""
        if then.boot_id == self.boot_id:
            return max(0.0, self.boot_seconds - then.boot_seconds)
        if not self.is_server_clock and self.left_at - then.left_at > LONGEST_AGE_SECONDS:
            return 0.0
        return max(0.0, self.seconds_across_boots(then))

    def seconds_across_boots(self, then: "Stamp") -> float:
        """Return how many seconds have passed, at least, since an earlier stamp that may be older than the latest boot.

        After a boot, the boot clock does not show the age of the earlier stamp. So the clock of a database server or
        the machine's wall clock measures the age. The wall clock may be wrong by up to a day. So if the stamps are from
        the wall clock, a day is subtracted. The result may be negative.
        """
        return self.left_at - then.left_at - (0.0 if self.is_server_clock else WALL_CLOCK_ERROR_SECONDS)

    def carry_into_boot(self, then: "Stamp") -> "Stamp":
        """Return an earlier stamp as a stamp of this boot. Call this on a stamp of the present moment.

        The age of the new stamp includes the time that has surely passed until now. If the wall clock shows an
        impossible age, the new stamp has the present time of the wall clock.
        """
        is_possible = 0 <= self.left_at - then.left_at <= LONGEST_AGE_SECONDS
        since = self.boot_seconds - self.seconds_since(then)
        return Stamp(self.boot_id, since, then.left_at if is_possible else self.left_at, self.is_server_clock)

    def values(self) -> dict[str, object]:
        """Return this stamp as values for the columns of the table of requests."""
        return {"boot_id": self.boot_id, "boot_seconds": self.boot_seconds, "left_at": self.left_at}


def has_request(connection: Connection, run_id: str, chunk: int, then: Stamp) -> bool:
    """Return whether the ledger has, for a chunk, a request that left at the moment ``then`` or later.

    The ledger keeps only the last request of each chunk. So an older copy of the ledger may have an earlier request of
    the chunk. The function can recognise an earlier request only if both requests have stamps of the same boot.
    Otherwise it returns True for any request of the chunk.
    """
    found = connection.execute(_FIND, {"run": run_id, "number": chunk}).first()
    if found is None:
        return False
    return found.boot_id != then.boot_id or bool(found.boot_seconds > then.boot_seconds - _ROUNDING_SECONDS)


def record_departures(connection: Connection, several: Sequence[tuple[str, int, str]], now: Stamp) -> None:
    """Record that requests leave ``now``.

    Each item is a request: its run id, the number of its chunk, and its token, or empty text if it has no token.
    """
    shared = (now.boot_id, now.boot_seconds, now.left_at)
    _DEPART.execute(connection, [(table, shared) for table in in_tables(several)])


def record_repetition(
    connection: Connection, run_id: str, chunk: int, now: Stamp, *, is_taken_back: bool = False
) -> None:
    """Record that the request of a chunk leaves once more ``now``, with the same token.

    With ``is_taken_back``, record instead that the service did not take the repeated request. The stamp stays.
    """
    if is_taken_back:
        connection.execute(_TAKE_BACK, {"run": run_id, "number": chunk})
    else:
        connection.execute(_DEPART_AGAIN, _restamped(connection, run_id, chunk, now))


def record_loss(connection: Connection, run_id: str, chunks: Iterable[int], now: Stamp) -> None:
    """Record that the answers to the requests of these chunks were lost at the moment ``now``."""
    for chunk in chunks:
        connection.execute(_STAMP, _restamped(connection, run_id, chunk, now))


def _restamped(connection: Connection, run_id: str, chunk: int, now: Stamp) -> dict[str, object]:
    this = {"run": run_id, "number": chunk}
    before = connection.execute(_FIND, this).one()
    token_seconds = before.token_seconds + now.seconds_since(Stamp(before.boot_id, before.boot_seconds, before.left_at))
    return {**this, **now.values(), "token_seconds": token_seconds}


def carry_into_boot(connection: Connection, scope_id: int | None, now: Stamp) -> None:
    """Give new stamps to an account's doubts from before this boot: the boot clock counts their ages from now on.

    The age of each new stamp includes the time that has surely passed until now. If the wall clock shows an impossible
    age, the new stamp has the present time of the wall clock. The requests of these doubts lose their tokens, since the
    service may have forgotten them. This function is for ledgers in files: a server's clock needs no new stamps.
    """
    doubtful = select(invites.c.run_id, invites.c.chunk).where(invites.c.scope_id == scope_id, UNSETTLED).distinct()
    asked = doubtful.subquery()
    older = select(requests).join_from(
        asked, requests, (requests.c.run_id == asked.c.run_id) & (requests.c.chunk == asked.c.chunk)
    )
    for row in connection.execute(older.where(requests.c.boot_id != now.boot_id)).all():
        carried = now.carry_into_boot(Stamp(row.boot_id, row.boot_seconds, row.left_at))
        changed = update(requests).where(requests.c.run_id == row.run_id, requests.c.chunk == row.chunk)
        connection.execute(changed.values(token="", **carried.values()))  # without a token from now on  # nosec B106
