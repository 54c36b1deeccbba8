"""The table of a summary on the terminal: a line for each export, and columns that fit its width.

No heading and no number is ever cut. Where all dispositions together are too wide, as in a mail from cron, the table
has a column for each group of dispositions instead. Only the names of exports are shortened.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from rich.box import SIMPLE_HEAD
from rich.table import Table

from onboarding.model.dispositions import Disposition
from onboarding.reports.reading import short_names
from onboarding.reports.words import FOR_A_PERSON, LEFT_OUT, label_of
from onboarding.runtime.terminal import PlainConsole

NARROWEST_NAME = 12
"""The least number of characters that the table has for the name of an export."""

SOURCES_AT_TERMINAL = 20
"""The most exports that the table on the terminal lists. ``summary.json`` has all exports."""

Column = tuple[str, Sequence[Disposition]]
"""A heading, and the dispositions that the column counts."""


def print_summary_table(
    console: PlainConsole,
    counts: Mapping[Disposition, int],
    counts_by_source: Mapping[str, Mapping[Disposition, int]],
) -> None:
    """Print the numbers of rows for each export, and of all exports together.

    A terminal on which not even the groups have room breaks the lines.
    """
    columns = _columns(counts, console.width)
    room = max(NARROWEST_NAME, console.width - _width(columns, counts))
    console.width = max(console.width, NARROWEST_NAME + _width(columns, counts))
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("Export", no_wrap=True, overflow="ellipsis", max_width=room)
    for heading, _ in columns:
        table.add_column(f" {heading}", justify="right", no_wrap=True)
    names = short_names(counts_by_source)
    for source, of_source in islice(counts_by_source.items(), SOURCES_AT_TERMINAL):
        table.add_row(names[source], *_cells(of_source, columns))
    if (more := len(counts_by_source) - SOURCES_AT_TERMINAL) > 0:
        table.add_row(f"and {more:,} more")
    table.add_section()
    table.add_row("All", *_cells(counts, columns))
    console.print(table)


def _columns(counts: Mapping[Disposition, int], width: int) -> list[Column]:
    """Return a column for each disposition that occurs or, if these are too wide, for each group of dispositions."""
    rows: Column = ("Rows", tuple(Disposition))
    each: list[Column] = [
        (label_of(disposition), (disposition,)) for disposition in Disposition if counts.get(disposition)
    ]
    if NARROWEST_NAME + _width([*each, rows], counts) <= width:
        return [*each, rows]
    return [*_grouped(counts), rows]


def _grouped(counts: Mapping[Disposition, int]) -> Iterator[Column]:
    alone = (Disposition.INVITED, Disposition.PLANNED, Disposition.ALREADY)
    later = Disposition.DEFERRED  # which may be a planned end of a wave
    for_a_person = tuple(each for each in FOR_A_PERSON if each is not later)
    columns: list[Column] = [(label_of(each), (each,)) for each in alone]
    columns += [("Left out", LEFT_OUT), ("For a person", for_a_person), (label_of(later), (later,))]
    yield from (column for column in columns if any(counts.get(each) for each in column[1]))


def _width(columns: Sequence[Column], counts: Mapping[Disposition, int]) -> int:
    """Return how many characters the columns need together, with the space that the table puts around them."""
    return (
        sum(
            max(len(heading) + 1, len(cell)) + 1
            for (heading, _), cell in zip(columns, _cells(counts, columns), strict=True)
        )
        + 2
    )


def _cells(counts: Mapping[Disposition, int], columns: Sequence[Column]) -> list[str]:
    return [f"{sum(counts.get(each, 0) for each in dispositions):,}" for _, dispositions in columns]
