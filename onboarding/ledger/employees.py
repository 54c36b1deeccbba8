"""The invites of employees: find by an employee id at which addresses earlier runs have invited a person.

The ledger knows an id by its keyed hash, so a purge does not forget whom an id belongs to. Functions work inside the
caller's transaction.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, select

from onboarding.ledger.kept_rows import kept_cells
from onboarding.ledger.schema import LIVE, OF_EMPLOYEE, hashed, hashed_employee, in_batches, invites

_PLACE = ("source", "sheet", "row", "name")


@dataclass(frozen=True, slots=True)
class EmployeeInvite:
    """A live invite of an employee: the run that sent it, its time as ISO-8601 text, its address, and its row.

    ``address`` and ``name`` are empty after a purge. ``source`` is empty if the ledger has not kept the row.
    """

    run_id: str
    position: int
    state: str
    decided_at: str
    address: str = field(repr=False)
    address_hash: bytes = field(repr=False)
    source: str = ""
    sheet: str = ""
    row: int = 0
    name: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """The row as ``duplicate_of`` names rows: ``source#row`` or ``source#sheet#row``; empty if it is not known."""
        return "#".join(filter(None, (self.source, self.sheet, str(self.row)))) if self.source else ""


def invites_at_other_addresses(
    connection: Connection, scope_id: int | None, people: Sequence[tuple[str, str]], *, secret: bytes, without_run: str
) -> dict[int, EmployeeInvite]:
    """Return the newest live invite of each person who was only invited at other addresses.

    The keys of the result are the numbers of the people in ``people``, which has the key of an employee id and an
    address key for each person. The address key may be empty. The invites of the run ``without_run`` do not count.
    """
    by_employee = _invites_of(connection, scope_id, {employee for employee, _ in people}, secret, without_run)
    if not by_employee:
        return {}
    others = {}
    for number, (employee, key) in enumerate(people):
        sent = by_employee.get(employee, ())
        here = hashed(key, secret)
        if sent and all(invite.address_hash != here for invite in sent):
            others[number] = sent[0]
    return dict(_with_rows(connection, others))


def _invites_of(
    connection: Connection, scope_id: int | None, employees: Iterable[str], secret: bytes, without_run: str
) -> dict[str, list[EmployeeInvite]]:
    """Return the live invites of employees, the newest first, by the keys of their ids."""
    columns = invites.c["employee_hash", "run_id", "position", "state", "decided_at", "address", "address_hash"]
    live = select(*columns).where(invites.c.scope_id == scope_id, LIVE)
    if connection.execute(live.where(OF_EMPLOYEE).limit(1)).first() is None:
        return {}
    key_of = {found: key for key in employees if (found := hashed_employee(key, secret))}
    newest_first = live.where(invites.c.run_id != without_run).order_by(invites.c.claimed_at.desc())
    by_employee: dict[str, list[EmployeeInvite]] = {}
    for batch in in_batches(list(key_of)):
        for row in connection.execute(newest_first.where(invites.c.employee_hash.in_(batch))):
            employee, run_id, position, state, decided_at, address, address_hash = row
            invite = EmployeeInvite(run_id, position, state, decided_at, address, bytes(address_hash))
            by_employee.setdefault(key_of[bytes(employee)], []).append(invite)
    return by_employee


def _with_rows(connection: Connection, found: Mapping[int, EmployeeInvite]) -> Iterator[tuple[int, EmployeeInvite]]:
    """Yield the invites by their numbers, with the place and the name of their kept rows."""
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
