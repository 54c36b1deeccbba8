"""The shape of a table's records: whether the cells of a record line up with the names in the header.

If a comma in a name is not quoted, or a cell was lost, all later cells of the record move to a neighbouring column. The
job would then take, for example, the private address for the work address. So the cells of a record must line up:

- A record with as many cells as the header has names lines up. Empty cells after the last name do no harm.
- A record without any address lines up, too, since the job sends no invitation for this record.
- A record with a filled cell beyond the last name does not line up.
- A record with fewer cells may lack its last cells, as spreadsheets leave out empty cells at the end. Or the record may
  have lost a cell in the middle. The record lines up if it meets three conditions. First, each of its cells looks like
  the other cells of its column. Second, a missing cell that decides who is invited is also empty in other records.
  Third, no cell that decides can have moved to a neighbouring column.
- Some programs leave out the empty cells at the end of every record. In the table of such a program, many records are
  shorter than the header, and no record ends with an empty cell. There, a short record does not mean a lost cell, but
  each cell of every record must look like the other cells of its column.
"""

import re
from collections import Counter
from collections.abc import Sequence
from enum import Enum, auto
from math import inf

from onboarding.addresses import looks_like_address
from onboarding.model.blank import BLANK
from onboarding.model.values import dataclass

FEWEST_SHORT = 3
SHARE_OF_SHORT = 0.05
"""If at least this share of the records, and ``FEWEST_SHORT`` records, are short, a program left out empty last cells.
"""

FEWEST_OF_A_KIND = 2
SHARE_OF_A_KIND = 0.05
"""If this share of a column's cells, and at least ``FEWEST_OF_A_KIND`` cells, are of one kind, the kind is usual."""


class CellKind(Enum):
    """The look of a cell: empty, an address, only digits and signs (as in a date), or any other text."""

    EMPTY = auto()
    ADDRESS = auto()
    DIGITS = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class RecordShape:
    """The shape of a table's records: the usual number and kinds of their cells.

    ``names`` is the number of columns up to the last name in the header. If the header contains no name, ``names`` is
    infinite, and every record lines up. ``width`` is the number of cells of most records, but at least ``names``.
    ``kinds`` are the usual kinds of cells in each column. ``decisive`` are the indices of the columns that decide who
    is invited. ``drops_tails`` is true if the records lack their empty cells at the end.
    """

    width: int
    names: float = inf
    kinds: tuple[frozenset[CellKind], ...] = ()
    decisive: frozenset[int] = frozenset()
    drops_tails: bool = False

    def fits(self, record: Sequence[str]) -> bool:
        """Say whether a record lines up with the header, by the rules in the module's docstring."""
        cells = len(record)
        if self.names is inf or not _has_address("".join(record)):
            return True
        if cells == self.names and not self.drops_tails:
            return True
        if _filled(record) > self.names:
            return False
        if cells == self.width and not self.drops_tails:
            return True
        kinds = [kind_of(cell) for cell in record[: len(self.kinds)]]
        as_usual = all(kind in usual for kind, usual in zip(kinds, self.kinds, strict=False))
        may_lack = all(CellKind.EMPTY in self.kinds[index] for index in self.decisive if index >= cells)
        is_long = cells > self.names or self.drops_tails
        return as_usual and may_lack and (is_long or not self._may_have_lost_a_cell(kinds))

    def _may_have_lost_a_cell(self, kinds: Sequence[CellKind]) -> bool:
        """Say whether a decisive cell of a short record may have moved, since cells in the middle may be lost.

        A decisive cell decides who is invited. The method looks for a place where all missing cells may have been. The
        cells after this place would then belong to columns further right. ``kinds`` are the kinds of the record's
        cells.
        """
        missing = len(self.kinds) - len(kinds)
        for gap in reversed(range(len(kinds))):
            if kinds[gap] not in self.kinds[gap + missing]:
                return False  # this cell cannot belong further right, so there is no gap before this cell
            may_be_empty = all(CellKind.EMPTY in usual for usual in self.kinds[gap : gap + missing])
            if may_be_empty and any(index >= gap for index in self.decisive):
                return True
        return False


def shape_of(names: Sequence[str], records: Sequence[Sequence[str]]) -> RecordShape:
    """Return the shape of a table's records, judged by the first ``records`` below the header.

    ``names`` are the names in the header. If all names are empty, every record lines up with the header. The caller
    adds the ``decisive`` columns to the result.
    """
    named = _filled(names)
    usual = Counter(map(len, records)).most_common(1)
    width = max(usual[0][0] if usual else 1, named, 1)
    if not named:
        return RecordShape(width)
    people = [record for record in records if _has_address("".join(record)) and _filled(record) <= named]
    if _drop_tails(people, named):
        return RecordShape(width, named, _usual_kinds(people, named), drops_tails=True)
    # A record of another length may contain a cell too many, and an empty cell at the end.
    whole = [record for record in records if len(record) in (named, width) and named >= _filled(record) > 0]
    kinds = tuple(frozenset(kind_of(record[index]) for record in whole) for index in range(named))
    return RecordShape(width, named, kinds)


def _drop_tails(people: Sequence[Sequence[str]], names: int) -> bool:
    """Say whether the program that wrote the records left out empty cells at the ends of the records.

    ``people`` are the records with an address, and ``names`` is the number of names in the header.
    """
    short = sum(len(record) < names for record in people)
    is_habit = short >= max(FEWEST_SHORT, SHARE_OF_SHORT * len(people)) and short < len(people)
    return is_habit and all(len(record) == _filled(record) for record in people)


def _usual_kinds(people: Sequence[Sequence[str]], names: int) -> tuple[frozenset[CellKind], ...]:
    """Return the usual kinds of cells in each column of records that may be short.

    The function leaves out rare kinds, which may be from damaged records. ``EMPTY`` is usual if a single cell of the
    column is empty, or if enough records end before the column.
    """
    usual = []
    for index in range(names):
        written = Counter(kind_of(record[index]) for record in people if index < len(record))
        enough = max(FEWEST_OF_A_KIND, SHARE_OF_A_KIND * written.total())
        kinds = {kind for kind, count in written.items() if count >= enough}
        is_left_out = len(people) - written.total() >= SHARE_OF_A_KIND * len(people)
        usual.append(frozenset(kinds | ({CellKind.EMPTY} if is_left_out or written[CellKind.EMPTY] else set())))
    return tuple(usual)


def kind_of(cell: str) -> CellKind:
    """Return the kind of a cell: empty, an address, digits and signs only, or any other text."""
    if not cell.strip(BLANK):
        return CellKind.EMPTY
    if looks_like_address(cell):
        return CellKind.ADDRESS
    return CellKind.TEXT if _LETTER.search(cell) else CellKind.DIGITS


def _has_address(text: str) -> bool:
    return "@" in text or "\uff20" in text


_LETTER = re.compile(r"[^\W\d_]")


def _filled(record: Sequence[str]) -> int:
    """Return the number of cells up to the last filled cell."""
    return next((index for index in range(len(record), 0, -1) if record[index - 1].strip(BLANK)), 0)
