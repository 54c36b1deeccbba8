"""The command ``onboard who``: find what became of one person in each run, from the ledger alone. Nothing is written.

The kept rows in the ledger say what became of the person. After a purge, the rows have no names and no addresses, but
the hashes of the invites still show which rows are about the person. The ledger keeps no rows of a plan.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses import keys_of
from onboarding.ledger import ClaimedRow, PeopleMemory, ledger_to_read
from onboarding.model.columns import as_array, as_mask
from onboarding.model.employees import employee_keys
from onboarding.model.errors import ConfigurationError
from onboarding.model.outcomes import DISPOSITION_OF
from onboarding.model.run import Run, now
from onboarding.model.values import dataclass
from onboarding.pipeline.report_lines import context_of, with_lines
from onboarding.settings.settings import Settings

_WHOM = "Write the address or the employee id of one person."
_OF_ROW = ("source", "sheet", "employee_id", "name", "email_as_given", "email", "disposition", "reason", "detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOfPerson:
    """A row about the person in one run: the run, the row of its report, and when the service was asked.

    ``asked_at`` and ``answered_at`` are ISO-8601 text, empty if the service was not asked to invite the person. If the
    run was purged, ``is_purged`` is true, and names, ids, addresses and details are empty. ``row`` is 0 if the ledger
    has not kept the row.
    """

    run_id: str
    started_at: str
    command: str
    destination: str
    account: str
    endpoint: str
    source: str = ""
    sheet: str = ""
    row: int = 0
    employee_id: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    email_as_given: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    disposition: str = ""
    reason: str = ""
    detail: str = field(default="", repr=False)
    asked_at: str = ""
    answered_at: str = ""
    requests: int = 0
    error: str = ""
    is_purged: bool = False


@dataclass(frozen=True, slots=True)
class _Person:
    """The key of an address or of an employee id, to look a person up. The other key is empty.

    ``as_given`` is the text that the operator typed, in lower case.
    """

    key: str = field(repr=False)
    employee: str = field(repr=False)
    as_given: str = field(repr=False)

    def rows_in(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a frame that are about the person.

        A row without a usable address is found if its address cell has only the text ``as_given``.
        """
        if self.employee:
            employees = employee_keys(as_array(frame["employee_id"]))
            return frame[as_mask(pc.equal(employees, self.employee))]
        cells = frame["email_as_given"].str.strip().str.lower()
        return frame[((frame["key"] == self.key) | (cells == self.as_given)).to_numpy(bool)]


def find_person(settings: Settings, person: str) -> list[RowOfPerson]:
    """Return the rows about a person in all runs, the newest run first. The settings name the ledger of the runs.

    ``person`` is an address or an employee id. Raises ``ConfigurationError`` for any other text, or if the ledger
    cannot be opened.
    """
    wanted = _wanted(person)
    with ledger_to_read(settings.ledger_place(), clock=now) as ledger:
        if ledger is None:
            return []
        claimed: dict[str, dict[int, ClaimedRow]] = {}
        for row in ledger.claimed_rows(key=wanted.key, employee=wanted.employee):
            claimed.setdefault(row.run_id, {})[row.position] = row
        return [row for run in ledger.runs() for row in _in_run(ledger, run, wanted, claimed.get(run.run_id, {}))]


def _wanted(person: str) -> _Person:
    text = person.strip()
    # No database can search for a text with a NUL or with invalid bytes.
    if not text.isprintable():
        raise ConfigurationError(_WHOM)
    (employee,) = employee_keys(pa.array([text], pa.string())).to_pylist()
    if not employee:
        raise ConfigurationError(_WHOM)
    if "@" in text:
        return _Person(keys_of([text])[0], "", text.lower())
    return _Person("", employee, text.lower())


def _in_run(ledger: PeopleMemory, run: Run, wanted: _Person, claimed: dict[int, ClaimedRow]) -> Iterator[RowOfPerson]:
    """Yield the rows about a person (``wanted``) in one run.

    ``claimed`` has, by position, the rows about the person for which a request was sent or about to be sent.
    """
    missing = dict(claimed)
    for frame in ledger.rows(run.run_id):
        found = wanted.rows_in(frame) if run.purged_at is None else frame[frame.index.isin(list(claimed))]
        if found.empty:
            continue
        for _, lines in with_lines([found], context_of(run), outcomes=ledger):
            for position, line in zip(lines.index.tolist(), lines.to_dict("records"), strict=True):
                yield _row(run, line, missing.pop(position, None))
    for row in missing.values():  # the ledger has dropped the rows of this run
        yield _row(run, {"disposition": str(DISPOSITION_OF[row.state])}, row)


def _row(run: Run, line: Mapping[Hashable, object], claimed: ClaimedRow | None) -> RowOfPerson:
    texts = {name: str(line.get(name, "")) for name in _OF_ROW}
    return RowOfPerson(
        run_id=run.run_id,
        started_at=run.started_at.isoformat(),
        command=run.command,
        destination=run.scope.destination,
        account=run.scope.account,
        endpoint=run.scope.endpoint,
        row=int(str(line.get("row", 0))),
        asked_at=claimed.asked_at if claimed else "",
        answered_at=claimed.decided_at if claimed else "",
        requests=claimed.attempts if claimed else 0,
        error=claimed.error if claimed else "",
        is_purged=run.purged_at is not None,
        **texts,
    )
