"""Read a roster's file as a run does, and compare what becomes of its rows with the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from roster_files import RosterFile
from rosters import TODAY, Roster

from onboarding.exports import open_exports
from onboarding.exports.record_shape import FEWEST_SHORT, SHARE_OF_SHORT
from onboarding.preparing import EngineContext, Policy, Rules, choose_engine
from onboarding.settings.settings import Settings

HELD = "held"
IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a row: ``what`` is the address that is planned, or else the row's disposition."""

    what: str
    employee_id: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The fates of all rows by number, and the notes about the file."""

    fates: Mapping[int, Fate]
    notes: frozenset[str]

    def count(self, what: str) -> int:
        return sum(fate.what == what for fate in self.fates.values())


def decide_roster(file: RosterFile, folder: Path) -> Decided:
    """Return the fates of a file's rows. Raises ``InputRefused`` if the file asks a question."""
    path = folder / file.name
    path.write_bytes(file.content)
    (export,) = open_exports([str(path)])
    rules = Rules(Policy(today=TODAY), Settings(exports=("staff.csv",)).suspicions())
    frame = pd.concat(choose_engine("local", None)([export], rules, EngineContext(folder / "scratch")))
    columns = ["row", "email", "employee_id", "disposition", "reason", "detail"]
    fates = {
        row: Fate(disposition or email, employee_id, reason, detail)
        for row, email, employee_id, disposition, reason, detail in frame[columns].itertuples(index=False, name=None)
    }
    return Decided(fates, frozenset(export.facts.notes))


def wrong_fates(roster: Roster, file: RosterFile, decided: Decided) -> list[str]:
    """Return a line about each row whose fate is not the true one, and about each further row that is no record.

    A row that lacks its last cells may also be held, if its person is not planned or few rows are as short: one short
    row may have lost a cell.
    """
    first = file.layout.first + 1
    expected = dict(enumerate(roster.truth, first))
    found = {row: fate.what for row, fate in decided.fates.items()}
    for row, truth in expected.items():
        lacks_cells = len(file.layout.rows[row - 1]) < len(roster.header)
        if lacks_cells and "@" not in truth and found.get(row) == HELD:
            found[row] = truth
    short = [row for row in expected if len(file.layout.rows[row - 1]) < len(roster.header)]
    if len(short) < max(FEWEST_SHORT, SHARE_OF_SHORT * len(expected)):
        expected |= {row: HELD for row in short if found.get(row) == HELD}
    rows = expected.keys() | found.keys()
    return [
        f"row {row}: {expected.get(row, IGNORED)!r}, but {found.get(row, 'vanished')!r} ({decided.fates.get(row)})"
        for row in sorted(rows)
        if expected.get(row, IGNORED) != found.get(row, "vanished")
    ]
