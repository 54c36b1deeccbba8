"""Which rows are no records, and why?

Blank rows, footers, headers that are repeated, and examples of how to fill in a form. A row with an address is always
a record, whatever else it says; only right below the header may a form show an example that is complete.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.layout.footers import EXAMPLE, FOOTER, TOTAL
from onboarding.exports.tables import Cells
from onboarding.model.columns import Mask, as_mask, byte_lengths, cell_bytes
from onboarding.model.dispositions import Reason
from onboarding.model.employees import BLANK

LEADING = 3
"""Columns from the left in one of which a footer begins, whatever they are used for."""

LONGEST = 300
"""Bytes of what a footer, a header or an example begins with."""

BELOW_HEADER = 5
"""Rows among which an example may have an address."""

_REASONS = pa.array(["", Reason.BLANK_ROW, Reason.FOOTER, Reason.EXAMPLE_ROW, Reason.REPEATED_HEADER], pa.string())
_BLANK_ROW, _FOOTER, _EXAMPLE_ROW, _REPEATED_HEADER = range(1, 5)

_AROUND = BLANK + "\"'"
_ADDRESS = r"(?:[^<>]*<|mailto:)?\s*[^@＠\s<>;,]+[@＠][^@＠\s<>;,]+[.．。][^@＠\s<>;,]{2,}\s*>?[.;]?"
_WORDS_ONLY = r"\P{Nd}*\pL\P{Nd}*"


def reasons_of(
    cells: Cells, addresses: Sequence[int], names: Sequence[Sequence[str]], *, below_header: bool
) -> pa.Array:
    """Return a ``Reason`` for each row that is no record, and the empty string for the others.

    The columns of ``cells`` stand in the table's order; ``addresses`` are the places of those for addresses, the best
    first. ``names`` has the names of all, once for each header row. ``below_header`` says that the first of these rows
    stands right below.
    """
    blank = as_mask(cells.blank)
    reasons = np.where(blank, np.int8(_BLANK_ROW), np.int8(0))
    where = _suspects(cells, addresses[0])
    if below_header:
        where = np.union1d(where, np.arange(min(BELOW_HEADER, len(blank))))
    where = where[~blank[where]]
    if len(where):
        columns = [_plain(column.take(pa.array(where))) for column in cells.columns]
        is_example = _any([_is(column, EXAMPLE) for column in columns])
        is_record = _any([_is(columns[place], _ADDRESS) for place in addresses])
        if below_header:
            is_record &= ~(is_example & (where < BELOW_HEADER))
        found = np.zeros(len(where), np.int8)
        found[_is_footer(columns)] = _FOOTER
        found[is_example] = _EXAMPLE_ROW
        found[_any([_is_header(columns, row) for row in names])] = _REPEATED_HEADER
        found[is_record] = 0
        reasons[where] = found
    return _REASONS.take(pa.array(reasons))


def _suspects(cells: Cells, address: int) -> npt.NDArray[np.intp]:
    """Find the few rows that deserve a closer look: no address, and not just a number first as people have it."""
    where = np.flatnonzero(_is_no_plain_address(cells.columns[address]))
    where = where[_is_no_plain_address(pc.utf8_trim(cells.columns[address].take(pa.array(where)), BLANK))]
    first = _first_filled([column.take(pa.array(where)) for column in cells.columns])
    return where[~as_mask(pc.ascii_is_decimal(first)) & as_mask(pc.less(pc.binary_length(first), LONGEST))]


def _is_no_plain_address(column: pa.Array) -> Mask:
    # A space tells a sentence with an address in it.
    return ~_have(column, "@") | _have(column, " ")


def _have(column: pa.Array, sign: str) -> Mask:
    """Mark the cells that have a sign: all are searched as one text, in half the time of one by one."""
    lengths = byte_lengths(column)
    starts = np.cumsum(lengths) - lengths
    found = np.zeros(len(column), np.bool_)
    is_filled = lengths > 0
    if is_filled.any():
        found[is_filled] = np.logical_or.reduceat(cell_bytes(column) == ord(sign), starts[is_filled])
    return found


def _first_filled(columns: Sequence[pa.Array]) -> pa.Array:
    return reduce(lambda later, column: pc.if_else(pc.equal(column, ""), later, column), reversed(columns))


def _is_footer(columns: Sequence[pa.Array]) -> Mask:
    first = _first_filled(columns)
    is_total = _is(first, TOTAL)
    if is_total.any():
        words = np.add.reduce([_is(column, _WORDS_ONLY).astype(np.int8) for column in columns])
        is_total &= words == 1
    return _any([_is(first, FOOTER), is_total])


def _is_header(columns: Sequence[pa.Array], names: Sequence[str]) -> Mask:
    plain = _plain(pa.array(names, pa.string())).to_pylist()
    same = [as_mask(pc.equal(column, name)) for column, name in zip(columns, plain, strict=True)]
    everywhere: Mask = np.logical_and.reduce(same)
    return everywhere if any(plain) else np.zeros_like(everywhere)


def _plain(column: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.utf8_trim(column, _AROUND))


def _is(column: pa.Array, expression: str) -> Mask:
    return as_mask(pc.match_substring_regex(column, rf"(?s)^(?:{expression})$"))


def _any(masks: Sequence[Mask]) -> Mask:
    found: Mask = np.logical_or.reduce(masks)
    return found
