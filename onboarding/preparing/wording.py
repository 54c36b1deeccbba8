"""Write details that name the cell which decided about a row, and refuse files with codes that do not fit.

A detail quotes a cell in one line of at most ``SHOWN`` characters, with ``…`` in place of addresses. A column, such as
a column of statuses, has few different cells. So the module writes the detail of each different cell only once.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports import CodeSystem, breaks_system
from onboarding.model.choices import DateOrder
from onboarding.model.columns import as_array
from onboarding.model.errors import InputRefused
from onboarding.model.printable import without_addresses
from onboarding.model.values import dataclass
from onboarding.preparing.exclusions import place_of

Details = Callable[[pd.DataFrame], pa.Array]
"""A function that returns a detail for each row of a frame."""

SHOWN = 40
"""The most characters of a cell that the ``detail`` of a row quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The texts of a file's header, for messages that name columns, and how to read the file's dates and codes.

    ``names`` has the text of the header for each column of the frame. ``date_order`` is None if the order is not known.
    ``codes`` has the system of the codes in a column, by the column's name in the frame.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder | None = None
    codes: Mapping[str, CodeSystem] = field(default_factory=dict)

    def name(self, column: str) -> str:
        """Return the header text of a column, with ``…`` in place of any address in it."""
        return re.sub(r"\S*@\S*", "…", self.names.get(column, column))

    def quoted(self, columns: Iterable[str]) -> str:
        """Return the header texts of several columns, quoted and joined for a sentence."""
        return " and ".join(f'"{self.name(column)}"' for column in columns)

    def cells_with_advice(self, cells: pd.Series, advice: str) -> pa.Array:
        """Return a detail for each cell of a column: the quoted cell, the column's name, and the advice."""
        return _each(cells, '"', f'" in column "{self.name(str(cells.name))}" {advice}')

    def contradiction(self, rows: pd.DataFrame, columns: Sequence[str]) -> pa.Array:
        """Return a detail for each row: its cells in these columns contradict each other."""
        named = [_each(rows[name].replace("", "empty"), f'"{self.name(name)}" (', ")") for name in columns]
        joined = pc.binary_join_element_wise(*named, " and ")
        advice = " contradict each other; correct the wrong one."
        return pc.binary_join_element_wise("The columns ", joined, advice, "")

    def cells_that_decided(self, cells: pd.Series) -> pa.Array:
        """Return a detail for each deciding cell of a column, such as ``Status = Terminated``."""
        return _each(cells, f"{' '.join(self.name(str(cells.name)).split())} = ", "")


def about_domains(keys: pd.Series, *, are: str) -> pa.Array:
    """Return a sentence about the domain of each address key. ``are`` completes the sentence, such as ``denied``."""
    return _each(keys.str.replace("^.*@", "", regex=True), "The domain ", f" is {are}.")


def details_of(column: str, details: Callable[[pd.Series], pa.Array]) -> Details:
    """Return a function for the details of rows. It passes the rows' cells in one column to ``details``."""
    return lambda hit: details(hit[column])


def kept_or(others: Details) -> Details:
    """Return a function for the details of rows. It keeps details, and calls ``others`` for rows without details."""

    def details(hit: pd.DataFrame) -> pa.Array:
        kept = as_array(hit["detail"])
        return pc.if_else(pc.equal(kept, ""), others(hit), kept)

    return details


def same_detail(detail: str) -> Details:
    """Return a function that returns the same detail for all rows."""
    return lambda hit: pa.repeat(pa.scalar(detail, pa.string()), len(hit))


def shown(cell: str) -> str:
    """Return a cell in one line, with ``…`` in place of addresses, and cut after ``SHOWN`` characters."""
    words = without_addresses(cell)
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"


def _each(cells: pd.Series, before: str, after: str) -> pa.Array:
    """Return each cell in the form of ``shown``, between the texts ``before`` and ``after``."""
    distinct = as_array(cells).dictionary_encode()
    words = [f"{before}{shown(cell)}{after}" for cell in distinct.dictionary.to_pylist()]
    return pc.take(pa.array(words, pa.string()), distinct.indices)


def refuse_broken_codes(frame: pd.DataFrame, wording: Wording) -> None:
    """Raise ``InputRefused`` at the first row whose code does not fit the system of the codes in the first rows."""
    for name, system in wording.codes.items():
        cells = frame[name]
        broken = [cell for cell in cells.unique().tolist() if breaks_system(cell, system)]
        if broken:
            row = frame[cells.isin(broken)].iloc[0]
            raise InputRefused(
                f'{place_of(row)}: the code in column "{wording.name(name)}" does not fit the codes above, which were '
                f"read as {system}; list the codes in status_words in the file of settings"
            )
