"""The invites of employees: find the addresses at which earlier runs invited the person with an employee id.

The ledger finds the invites of an id by a keyed hash, which stays after a purge. A run asks about the ids of all new
people and of all people who have left the employer. If a run asks about many ids, it first reads the hashes of an
account once. These hashes take 8 bytes of memory for each invite. Then the run asks the database only about ids whose
hash may be among these hashes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import Connection, select

from onboarding.ledger.bulk import in_batches
from onboarding.ledger.database import Database
from onboarding.ledger.kept_rows import kept_cells
from onboarding.ledger.schema import LIVE, OF_EMPLOYEE, hashed, invites
from onboarding.model.fingerprints import Prints, Seed, fingerprints
from onboarding.model.values import dataclass

FEW_IDS = 10_000
"""The most ids that a run looks up in the database before it reads the hashes of all invites."""

_PLACE = ("source", "sheet", "row", "name")


@dataclass(frozen=True, slots=True)
class EmployeeInvite:
    """A live invite of an employee: the run that sent it, its time as ISO-8601 text, its address, and its row.

    An invite is live while it is in flight, in doubt or invited. ``is_here`` is True if the invite is for the address
    that the caller asked about. ``address`` and ``name`` are empty after a purge. ``source`` is empty if the ledger has
    not kept the row.
    """

    run_id: str
    position: int
    state: str
    decided_at: str
    address: str = field(repr=False)
    is_here: bool = False
    source: str = ""
    sheet: str = ""
    row: int = 0
    name: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """The place of the row, as ``duplicate_of`` shows places: ``source#row`` or ``source#sheet#row``.

        Empty if the ledger has not kept the row.
        """
        return "#".join(filter(None, (self.source, self.sheet, str(self.row)))) if self.source else ""


class EmployeeInvites:
    """The live invites of employees to one account (``scope_id``), except the invites of the run ``without_run``.

    An invite is live while it is in flight, in doubt or invited.
    """

    def __init__(self, database: Database, scope_id: int | None, *, secret: bytes, without_run: str) -> None:
        self._database = database
        self._secret = secret
        self._seed = _seed(secret)
        columns = invites.c["employee_hash", "run_id", "position", "state", "decided_at", "address", "address_hash"]
        self._live = select(*columns).where(invites.c.scope_id == scope_id, invites.c.run_id != without_run, LIVE)
        self._asked = 0
        self._known: npt.NDArray[np.uint64] | None = None  # the first halves of all hashes, sorted
        self._knows_ids: bool | None = None
        self._knows_no_id: bool | None = None
        self._is_empty: bool | None = None

    def is_empty(self) -> bool:
        """Return True if the account has no live invite. An invite without an employee id counts, too."""
        if self._is_empty is None:
            with self._database.reading() as connection:
                self._is_empty = connection.execute(self._live.limit(1)).first() is None
        return self._is_empty

    def find(self, employees: pa.Array, keys: pa.Array) -> dict[int, EmployeeInvite]:
        """Return one invite of each person who has invites, by the index of the person in ``employees``.

        ``employees`` has the keys of the people's employee ids, and ``keys`` the keys of their addresses. Either key
        may be empty text. If a person has several invites, an invite for the same address is returned, or else the
        newest invite.
        """
        with self._database.reading() as connection:
            if self._knows_ids is None:
                self._knows_ids = connection.execute(self._live.where(OF_EMPLOYEE).limit(1)).first() is not None
            if not self._knows_ids:
                return {}
            prints = fingerprints(employees, self._seed)
            people = self._possible(connection, prints, np.flatnonzero(prints.any(axis=1)))
            sent = self._invites_with(connection, {_as_bytes(prints[number]) for number in people})
            found = {}
            for number in people:
                if of_person := sent.get(_as_bytes(prints[number])):
                    found[number] = self._best(of_person, keys[number].as_py())
            return dict(_with_rows(connection, found))

    def has_invites_without_id(self) -> bool:
        """Return whether a person without an employee id has an invite that is in flight, in doubt or invited."""
        if self._knows_no_id is None:
            with self._database.reading() as connection:
                without = self._live.where(invites.c.employee_hash.is_(None)).limit(1)
                self._knows_no_id = connection.execute(without).first() is not None
        return self._knows_no_id

    def _possible(self, connection: Connection, prints: Prints, people: npt.NDArray[np.intp]) -> list[int]:
        """Return the ``people`` who may have an invite.

        ``people`` are indexes into ``prints``, the hashes of employee ids.
        """
        self._asked += len(people)
        if self._asked > FEW_IDS and self._known is None:
            hashes = connection.scalars(self._live.with_only_columns(invites.c.employee_hash).where(OF_EMPLOYEE))
            halves = np.frombuffer(b"".join(map(bytes, hashes)), "<u8").reshape(-1, 2)[:, 0]
            self._known = np.sort(halves)
        if self._known is not None:
            wanted = prints[people, 0]
            at = np.searchsorted(self._known, wanted)
            people = people[self._known[np.minimum(at, len(self._known) - 1)] == wanted]
        return [int(number) for number in people]

    def _invites_with(
        self, connection: Connection, hashes: Iterable[bytes]
    ) -> dict[bytes, list[tuple[EmployeeInvite, bytes]]]:
        """Return the invites with these hashes of ids, the newest first, each with the hash of its address."""
        newest_first = self._live.order_by(invites.c.claimed_at.desc())
        sent: dict[bytes, list[tuple[EmployeeInvite, bytes]]] = {}
        for batch in in_batches(list(hashes)):
            for row in connection.execute(newest_first.where(invites.c.employee_hash.in_(batch))):
                employee, run_id, position, state, decided_at, address, address_hash = row
                invite = EmployeeInvite(run_id, position, state, decided_at, address)
                sent.setdefault(bytes(employee), []).append((invite, bytes(address_hash)))
        return sent

    def _best(self, sent: list[tuple[EmployeeInvite, bytes]], key: str) -> EmployeeInvite:
        here = hashed(key, self._secret)
        return next((replace(invite, is_here=True) for invite, address in sent if address == here), sent[0][0])


def employee_hashes(employees: pa.Array, secret: bytes) -> list[bytes | None]:
    """Return a hash of each key of an employee id, made with ``secret``, or None where the key is empty."""
    prints = fingerprints(employees, _seed(secret))
    are_given: list[bool] = np.any(prints, axis=1).tolist()
    return [_as_bytes(print_) if is_given else None for print_, is_given in zip(prints, are_given, strict=True)]


@lru_cache(maxsize=16)
def _seed(secret: bytes) -> Seed:
    return Seed.of(secret, "employee ids")


def _as_bytes(print_: Prints) -> bytes:
    return print_.astype("<u8").tobytes()


def _with_rows(connection: Connection, found: Mapping[int, EmployeeInvite]) -> Iterator[tuple[int, EmployeeInvite]]:
    """Yield each invite with its number. If the ledger has kept its row, the invite gets the row's place and name."""
    by_run: dict[str, dict[int, list[int]]] = {}
    for number, invite in found.items():
        by_run.setdefault(invite.run_id, {}).setdefault(invite.position, []).append(number)
    for run_id, numbers in by_run.items():
        rows = kept_cells(connection, run_id, sorted(numbers), _PLACE)
        for position, number in ((position, number) for position, each in numbers.items() for number in each):
            invite = found[number]
            if position in rows:
                source, sheet, row, name = rows[position]
                invite = replace(invite, source=str(source), sheet=str(sheet), row=int(str(row)), name=str(name))
            yield number, invite
