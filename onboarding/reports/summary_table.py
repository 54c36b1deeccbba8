"""The tables of a summary on the terminal: a line for each export or account, and columns that fit the width.

No heading and no number is ever cut. If columns for all dispositions are too wide, as in a mail from cron, the table
has a column for each group of dispositions instead. A terminal shows ``…`` in place of the middle of a long name. A
file and a mail have whole names, even in longer lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, product

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from onboarding.model.dispositions import Disposition
from onboarding.model.printable import printable
from onboarding.model.values import dataclass
from onboarding.reports.reading import short_names
from onboarding.reports.words import LEFT_OUT, ORDER, TO_LOOK_AT, label_of
from onboarding.runtime.terminal import PlainConsole, shortened

NAME_WIDTH = 32
"""The number of characters in a table for an export's or account's name, or fewer if all names are shorter."""

ADDRESS_COLUMN_WIDTH = 16
"""The number of characters in a table for the second column with words."""

NARROWEST_NAME = 12
"""The least number of characters in a table for the name of an export or account."""

SOURCES_AT_TERMINAL = 20
"""The most exports or accounts that a table on the terminal lists. ``summary.json`` has all of them."""

OF_EXPORTS = ("Export", "Addresses from")
OF_ACCOUNTS = ("Account", "How it ended")
"""The headings of the two columns with words, in the table of exports and in the table of accounts."""

GAP = 2
"""The number of spaces between two columns.

The table puts one space there, and each cell begins with a second space.
"""

EDGES = 2
"""The number of spaces that the table puts around its columns."""

_DONE = (Disposition.INVITED, Disposition.PLANNED)


@dataclass(frozen=True, slots=True)
class _NumberColumn:
    """A column that counts rows: its heading, and the dispositions of these rows. The heading may have two lines."""

    heading: str
    dispositions: Sequence[Disposition]

    def cell(self, counts: Mapping[Disposition, int]) -> str:
        return f"{sum(counts.get(each, 0) for each in self.dispositions):,}"

    def width(self, counts: Mapping[Disposition, int]) -> int:
        """Return how many characters the column needs for these counts, including the gap before the column."""
        return GAP + max(map(len, (*self.heading.split("\n"), self.cell(counts))))

    @property
    def style(self) -> str:
        """The colour of numbers that are not 0."""
        if set(self.dispositions) <= set(_DONE):
            return "green"
        return "yellow" if set(self.dispositions) <= set(TO_LOOK_AT) else ""


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns of a table, and the number of characters for the words in it.

    ``from_width`` is the width of the second column with words, including the gap before it. The width is 0 if the
    table lacks this column.
    """

    columns: Sequence[_NumberColumn]
    name_width: int
    from_width: int


def print_summary_table(
    console: PlainConsole,
    counts: Mapping[Disposition, int],
    counts_by_source: Mapping[str, Mapping[Disposition, int]],
    words: Mapping[str, str],
    *,
    headings: tuple[str, str] = OF_EXPORTS,
) -> None:
    """Print the numbers of rows for each export or account, and of all of them together.

    ``words`` names the column of the addresses for each export, or says how the run ended for each account.
    ``headings`` are the headings of the two columns with words.
    """
    names = short_names(counts_by_source)
    shown = list(islice(counts_by_source.items(), SOURCES_AT_TERMINAL))
    lines = [(names[source], words.get(source, "")) for source, _ in shown]
    layout = _layout(counts, [headings, *lines], console.width, is_cut=console.is_terminal)
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column(headings[0], no_wrap=True)
    if layout.from_width:
        table.add_column(f" {headings[1]}", no_wrap=True)
    for column in layout.columns:
        table.add_column(Text(column.heading), justify="right", no_wrap=True, min_width=column.width(counts) - 1)
    for (_, of_source), line in zip(shown, lines, strict=True):
        table.add_row(*_words(*line, layout), *_cells(of_source, layout.columns))
    if (more := len(counts_by_source) - SOURCES_AT_TERMINAL) > 0:
        table.add_row(f"and {more:,} more")
    table.add_section()
    table.add_row(*_words("All", "", layout), *_cells(counts, layout.columns), style="bold")
    needed = EDGES + layout.name_width + layout.from_width
    console.width = max(console.width, needed + sum(column.width(counts) for column in layout.columns))
    console.print(table)


def _layout(
    counts: Mapping[Disposition, int], lines: Sequence[tuple[str, str]], width: int, *, is_cut: bool
) -> _Layout:
    """Return the layout with the most columns that fits into ``width`` characters.

    ``lines`` has the two headings, and then the two texts of each line of the table. If ``is_cut`` is False, names are
    whole, and the table may be wider than ``width``.
    """
    longest, longest_from = (max(cell_len(printable(text)) for text in texts) for texts in zip(*lines, strict=True))
    longest_from = GAP + longest_from if any(words for _, words in lines[1:]) else 0
    least, least_from = min(longest, NAME_WIDTH), min(longest_from, GAP + ADDRESS_COLUMN_WIDTH)
    for from_width, columns in product((least_from, 0), _ways_to_count(counts)):
        room = width - EDGES - sum(column.width(counts) for column in columns)
        if least + from_width <= room:
            break
    room = max(room, NARROWEST_NAME)
    if not is_cut:
        return _Layout(columns, longest, longest_from if from_width else 0)
    name_width = min(longest, room - from_width)
    return _Layout(columns, name_width, min(longest_from, room - name_width) if from_width else 0)


def _ways_to_count(counts: Mapping[Disposition, int]) -> Iterator[Sequence[_NumberColumn]]:
    """Yield the columns of numbers that the table may have, as several choices.

    The most detailed choice comes first, and the narrowest choice last.
    """
    each = [_NumberColumn(label_of(disposition), (disposition,)) for disposition in ORDER if counts.get(disposition)]
    rows = _NumberColumn("Rows", tuple(Disposition))
    grouped = [*_grouped(counts), rows]
    yield [*each, rows]
    yield grouped
    yield [replace(column, heading="\n".join(column.heading.rsplit(" ", 1))) for column in grouped]


def _grouped(counts: Mapping[Disposition, int]) -> Iterator[_NumberColumn]:
    alone = (*_DONE, Disposition.ALREADY)
    later = Disposition.DEFERRED  # which may be a planned end of a wave
    columns = [_NumberColumn(label_of(each), (each,)) for each in alone]
    columns += [_NumberColumn("Left out", LEFT_OUT), _NumberColumn("For a person", TO_LOOK_AT)]
    columns.append(_NumberColumn(label_of(later), (later,)))
    yield from (column for column in columns if any(counts.get(each) for each in column.dispositions))


def _words(name: str, words: str, layout: _Layout) -> Iterator[Text]:
    """Yield the cells of a line with words: the name of an export or account and, if there is room, ``words``."""
    yield Text(shortened(name, layout.name_width))
    if layout.from_width:
        yield Text(" " + shortened(words, layout.from_width - GAP), style="dim")


def _cells(counts: Mapping[Disposition, int], columns: Sequence[_NumberColumn]) -> Iterator[Text]:
    """Yield the cells of a line with numbers. A 0 is dim, so that people see the important numbers."""
    for column in columns:
        cell = column.cell(counts)
        yield Text(cell, style="dim" if cell == "0" else column.style)
