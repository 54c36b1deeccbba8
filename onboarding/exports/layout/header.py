"""Which row names the columns?

Titles, run stamps and versions may stand before it, and a second row of names after it. It stands before the first
address, since a row with an address is a person's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from onboarding.exports.layout.columns import is_address, known_names
from onboarding.exports.layout.names import compact, plain_words
from onboarding.exports.tables import Unreadable, is_blank
from onboarding.model.employees import BLANK

MAX_COLUMNS = 4096
"""No HR system exports so many; a file that has more is something else."""

LONGEST_NAME = 200
"""Characters."""

WITHIN = 50
"""Filled rows among which the header is looked for."""


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns, and where they stand: indices of rows, ``None`` where there is no such row.

    ``second`` names the same columns once more, in the words of people. ``rows`` has both, as they are written.
    Records begin at ``first_record``.
    """

    names: tuple[str, ...]
    at: int | None
    second: int | None
    rows: tuple[tuple[str, ...], ...]
    first_record: int


def header_of(rows: Sequence[Sequence[str]], *, email_column: str | None = None) -> Header | None:
    """Return the header among the first rows of a table, or ``None`` if all are blank.

    A table without one is taken only if it is a list of addresses, one in a row: in any other, nobody could tell
    whose address a column holds. Raises ``Unreadable``.
    """
    filled = [index for index, row in enumerate(rows) if not is_blank(row)]
    if not filled:
        return None
    person = next((index for index in filled if any(map(is_address, rows[index]))), len(rows))
    before = [index for index in filled[:WITHIN] if index < person]
    if not before:
        return _without_names(rows, filled)
    at = _at(rows, before, email_column)
    names = tuple(name.strip(BLANK) for name in rows[at])
    second = at + 1 if at + 1 in before and _repeats(rows[at + 1], names) else None
    first_record = (at if second is None else second) + 1
    return Header(names, at, second, tuple(map(tuple, rows[at:first_record])), first_record)


def _at(rows: Sequence[Sequence[str]], before: Sequence[int], email_column: str | None) -> int:
    if email_column is not None:
        wanted = plain_words(email_column)
        for index in before:
            if any(plain_words(cell) == wanted for cell in _filled(rows[index])):
                return index
    known = {index: known_names(_filled(rows[index])) for index in before}
    if any(known.values()):
        return max(before, key=lambda index: (known[index], len(_filled(rows[index]))))
    # Names in words that nobody taught this job: not a title, which fills one cell.
    return next((index for index in before if len(_filled(rows[index])) > 1), before[0])


def _repeats(row: Sequence[str], names: Sequence[str]) -> bool:
    """Say whether at least half of a row are names of columns, known ones or those of the row above."""
    above = {compact(name) for name in _filled(names)}
    cells = _filled(row)
    alike = sum(known_names([cell]) > 0 or compact(cell) in above for cell in cells)
    return alike >= min(2, len(cells)) and 2 * alike >= len(cells)


def _without_names(rows: Sequence[Sequence[str]], filled: Sequence[int]) -> Header:
    first = filled[0]
    if all(is_address(rows[index][0]) and is_blank(rows[index][1:]) for index in filled):
        return Header(("",), None, None, (), 0)
    raise Unreadable(f"row {first + 1} holds an address where the column names should be; add a header row")


def _filled(row: Sequence[str]) -> list[str]:
    """Return what may be names in a row."""
    return [cell for cell in row[:MAX_COLUMNS] if len(cell) <= LONGEST_NAME and cell.strip(BLANK)]
