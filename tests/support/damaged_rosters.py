"""Change one byte of a roster's file, and say whether what becomes of its rows is wrong without a word."""

from dataclasses import dataclass, replace
from random import Random

from roster_fates import HELD, Decided
from roster_files import RosterFile
from rosters import EXCLUDED, REJECTED, Roster

TELLING = b",;|\t\n\r\"'@. -0159AEIaeiNYTFtfny\x00\xff\xe9"
"""Bytes that mean something to readers of tables: delimiters, quotes, line ends, and letters of codes."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One byte of a file that was changed."""

    file: RosterFile
    offset: int
    before: int
    after: int

    @property
    def place(self) -> tuple[int, int] | None:
        """The row and column of the cell with the changed byte; ``None`` outside of all cells."""
        return self.file.cell_at(self.offset)

    @property
    def told(self) -> str:
        return f"byte {self.offset} at {self.place}: {bytes([self.before])!r} became {bytes([self.after])!r}"


def damaged(file: RosterFile, random: Random) -> Damage:
    """Return the file with a random byte changed to another random byte, in half of the cases to a telling one."""
    offset = random.randrange(len(file.content))
    before = file.content[offset]
    choices = bytes(set(TELLING if random.random() < 0.5 else range(256)) - {before})
    after = random.choice(choices)
    content = file.content[:offset] + bytes([after]) + file.content[offset + 1 :]
    return Damage(replace(file, content=content), offset, before, after)


def wrongs(roster: Roster, damage: Damage, whole: Decided, found: Decided) -> list[str]:
    """Return a line for each person who is planned wrongly, or is missing, although the run says nothing about that.

    ``whole`` is what became of the rows before the damage, and ``found`` after it. A new note about the file is a word,
    unless it is about the encoding. The following cannot be noticed, so it is not wrong: the changed byte lies in a
    cell of addresses, and makes another address of it. Or it lies in a cell of a status or a date, and makes another
    status or date of it.
    """
    if any("guess" not in note for note in found.notes - whole.notes):
        return []
    first = damage.file.layout.first
    row, column = damage.place or (-1, -1)
    changed = row - first if row >= first else None
    own_byte = changed is not None and column == roster.own
    policy_byte = changed is not None and column in roster.policy
    invited = {fate for fate in roster.truth if "@" in fate}
    everybody = {cells[roster.own]: at for at, cells in enumerate(roster.rows) if cells[roster.own]}
    planned = [fate for fate in found.fates.values() if "@" in fate.what]
    bad = []
    for fate in planned:
        address = fate.what.casefold()
        if address not in everybody:
            if not own_byte:
                bad.append(f"{address} is nobody's, and planned")
        elif address not in invited and not own_byte and not (policy_byte and everybody[address] == changed):
            bad.append(f"{address} is not to be invited, and planned")
    missing = invited - {fate.what.casefold() for fate in planned}
    if own_byte:
        missing.discard(roster.rows[changed][roster.own])
    lost = len(whole.fates) - len(found.fates)
    is_told = _looked_at(found, policy_byte=policy_byte) > _looked_at(whole, policy_byte=policy_byte)
    if missing and not is_told:
        bad.append(f"{sorted(missing)} not planned, and nothing said")
    if lost > 0 and not is_told:
        bad.append(f"{lost} rows less, and nothing said")
    return bad


def _looked_at(decided: Decided, *, policy_byte: bool) -> int:
    """Count the rows that say why they are not planned; a changed status may well exclude its person."""
    return sum(map(decided.count, (HELD, REJECTED, *([EXCLUDED] if policy_byte else []))))
