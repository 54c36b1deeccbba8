"""Read the rows of exports as pandas frames, cut exports into parts, and return the facts about each reading.

An export is a file of employee records. ``Export`` also finds the order of day, month and year in the file's dates, and
computes the file's digest. The module ``open_tables`` opens the files. The package ``layout`` finds the columns, and
the module ``frames`` builds the frames.
"""

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import fields
from datetime import date
from typing import Literal

import pandas as pd
import pyarrow as pa

from onboarding.exports.blank_runs import count_reasons, join_blank_runs
from onboarding.exports.export_facts import ExportFacts, joined_facts
from onboarding.exports.frames import frame_of, hold_guesses, hold_hidden, hold_misfits, mark_unsure_letters
from onboarding.exports.layout.address_columns import AddressColumn
from onboarding.exports.layout.column_roles import Role
from onboarding.exports.layout.corrections import read_corrections
from onboarding.exports.layout.ignored import LEADING, ignored_reasons, plain_names
from onboarding.exports.layout.layout import TableLayout
from onboarding.exports.open_tables import sha256_of
from onboarding.exports.sources.source import Source
from onboarding.exports.tables import CellColumns, TablePart, refuse_no_text, refusing_unreadable
from onboarding.exports.text.splitting import Span, SpanScan
from onboarding.exports.text.text_table import TextTable
from onboarding.exports.words.codes import CodeSystem
from onboarding.exports.words.dates import common_date_order
from onboarding.model.choices import DateOrder
from onboarding.model.columns import text_array
from onboarding.model.neutralising import read_back
from onboarding.model.rows import FILTER_PREFIX, joined_rows_detail
from onboarding.runtime.prefetch import prefetch

MAX_ROWS_OF_A_FRAME = 2**18

FEW_BYTES = 2**16
"""The size of a small export, in bytes.

The job keeps the cells of a small export in memory, and so reads the file only once.

The job reads a larger export twice: first only for the order of its dates or for HR's answers, and then for its rows.
"""

_MAY_BE_NO_TEXT = (Role.NAME, Role.GIVEN_NAME, Role.FAMILY_NAME)
"""The roles of columns of names.

If a column of names in a Parquet file contains no text, the names stay empty, since no decision needs a name.
"""

_DATES = (Role.STARTS_ON, Role.ENDS_ON)
_ADDRESSES = (Role.EMAIL, Role.EMAIL_FALLBACK, Role.EMAIL_BEFORE)
_ANSWERS = (Role.ANSWER, Role.QUESTION, Role.SUGGESTION, Role.COMMENT)


class Export:
    """A file of employee records with a known layout, or a part of this file.

    ``source`` is the path or URI by which the user knows the file. ``size`` is the size of the whole file in bytes.
    """

    def __init__(self, source: Source, table: TablePart, layout: TableLayout, *, is_top: bool = True) -> None:
        self._file = source
        self.source = source.name
        self.size = source.size
        self._table = table
        self._layout = layout
        # The columns to read, in the table's order, with the leading columns, in which a footer may begin. The leading
        # columns of a hand-off workbook contain names of files. A file's name may look like a footer, so the job does
        # not read these columns.
        leading = range(0 if layout.corrects else min(LEADING, layout.shape.width))
        self._columns_read = sorted({*layout.columns.values(), *layout.further_columns.values(), *leading})
        # The columns that decide about people, with their names. These columns must contain text.
        roles = (index for role, index in layout.columns.items() if role not in _MAY_BE_NO_TEXT)
        self._deciding = {index: layout.header.names[index] for index in (*roles, *layout.further_columns.values())}
        self._is_top = is_top
        self._date_order: DateOrder | None = None
        self._rows: int | None = None
        self._ignored: Mapping[str, int] = {}
        self._read_elsewhere: ExportFacts | None = None
        self._held: list[CellColumns] | None = None

    @property
    def facts(self) -> ExportFacts:
        """The facts about how the job read the export.

        The facts are complete after the last frame of ``batches``, or after ``adopt_facts``.
        """
        if self._read_elsewhere:
            return self._read_elsewhere
        header, metadata = self._layout.header, self._table.metadata
        notes = (*self._file.notes, *metadata.notes, *self._layout.notes)
        return ExportFacts(
            source=self.source,
            size=self.size,
            modified_at=self._file.modified_at.isoformat(timespec="seconds"),
            **{one.name: getattr(metadata, one.name) for one in fields(metadata) if one.name != "notes"},
            # The job itself hides parts of a hand-off workbook, and HR may filter its rows.
            notes=tuple(note for note in notes if not (self._layout.corrects and "hidden" in note.lower())),
            sheet=self._table.sheet,
            header_row=None if header.at is None else header.at + 1,
            second_header_row=None if header.second is None else header.second + 1,
            columns={str(role): header.names[index] for role, index in self._layout.columns.items()},
            date_order=self._date_order or "",
            rows=self._rows,
            ignored=self._ignored,
            sha256=None if self._rows is None else self._table.sha256,
        )

    @property
    def address_columns(self) -> tuple[AddressColumn, ...]:
        """The columns that may contain addresses, each with the reason why the job reads or ignores the column."""
        return self._layout.address_columns

    @property
    def codes(self) -> Mapping[str, CodeSystem]:
        """The code system of each column with codes such as ``t`` and ``f``, by the column's name."""
        return self._layout.codes

    def batches(self, first_position: int, *, rows_before: int = 0) -> Iterator[pd.DataFrame]:
        """Yield all rows after the header, in order, as frames with the columns of ``rows.AS_READ``.

        A frame's index is the positions of its rows. ``first_position`` is the position of the first row. If this
        export is a part of a file, ``rows_before`` is the number of rows between the header and the part's first row,
        and otherwise 0. Rows that are no records become ``ignored``, with the reason. Many consecutive blank rows
        become a single row with a single position (``join_blank_runs``). Memory stays bounded.

        Raises ``InputRefused`` if a record cannot be read safely (with the row's number), or if the file changed since
        it was opened.
        """
        first_row = self._layout.header.first_record + 1 + rows_before
        ignored: Counter[str] = Counter()
        rows = lines = 0
        for piece in join_blank_runs(self._with_reasons(self._all_cells(rows_before), rows_before)):
            frame = self._frame(piece.cells, piece.reasons, first_row + piece.records_before)
            if piece.joined:
                frame["detail"] = text_array([joined_rows_detail(piece.joined)])
            frame.index = pd.RangeIndex(first_position + lines, first_position + lines + len(frame))
            ignored.update(count_reasons(piece))
            rows, lines = rows + piece.records, lines + len(frame)
            yield frame
        self._rows, self._ignored = rows, dict(ignored)

    def peek(self) -> list[pd.DataFrame]:
        """Return the frames of ``batches``, and keep the cells of a small file for the next reading."""
        kept = self._held = list(self._cells(self._columns_read)) if self.size <= FEW_BYTES else None
        frames = list(self.batches(0))
        self._held = kept
        return frames

    def date_order(self, *, today: date) -> DateOrder | None:
        """Return the order of day, month and year in the export's dates, or ``None`` if the cells show no order.

        The method reads the columns of dates until the order is certain. ``today`` decides the century of a year with
        two digits. Raises ``InputRefused`` if a record cannot be read safely, or if the file changed since it was
        opened.
        """
        dates = {at for role, at in self._layout.columns.items() if role.partition(" ")[0] in _DATES}
        dates |= self._layout.filter_columns.compared
        if dates and self.size <= FEW_BYTES:
            self._held = list(self._cells(self._columns_read))
            places = [self._columns_read.index(index) for index in sorted(dates)]
            found = ([cells.columns[place] for place in places] for cells in self._held)
            self._date_order = common_date_order(found, today=today)
        elif dates:
            with closing(self._cells(sorted(dates))) as batches:
                self._date_order = common_date_order((cells.columns for cells in batches), today=today)
        return self._date_order

    def spans(self, part_bytes: int) -> Sequence[Span]:
        """Return the spans of bytes that the caller must scan in the file before ``parts`` can cut the export.

        Each span is about ``part_bytes`` bytes long. The result is empty if the file cannot be cut, or if ``parts``
        cuts the file without a scan.
        """
        if isinstance(self._table, TextTable):
            return self._table.spans(self._layout.header.first_record, part_bytes=part_bytes)
        return ()

    def parts(self, part_bytes: int, spans: Sequence[Span], scans: Sequence[SpanScan]) -> "tuple[Export, ...]":
        """Return parts of the export that several workers can read, or the whole export alone if it cannot be cut.

        Each part is about ``part_bytes`` bytes of the file, and each record is in exactly one part. A part does not
        know the number of its first row, so the caller passes ``rows_before`` to ``batches``. ``spans`` are the result
        of the method ``spans``, and ``scans`` are the scans of these spans. Parts can be pickled. Raises
        ``InputRefused`` if a Parquet file cannot be read.
        """
        from onboarding.exports.parquet_table import ParquetTable

        tables: Sequence[TablePart] = ()
        if isinstance(self._table, TextTable):
            tables = self._table.parts(spans, scans)
        elif isinstance(self._table, ParquetTable):
            with refusing_unreadable(self.source):
                tables = self._table.parts(self._layout.header.first_record, part_bytes=part_bytes)
        return tuple(
            Export(self._file, table, self._layout, is_top=number == 0) for number, table in enumerate(tables)
        ) or (self,)

    def adopt_facts(
        self, parts: Sequence[ExportFacts], sha256: str | None, *, date_order: DateOrder | Literal[""] | None
    ) -> None:
        """Keep the joined facts of the processes that have read the parts of this export.

        ``parts`` are the facts of each part. ``sha256`` is the digest of the file. It may be ``None`` for a single
        part, whose facts contain the digest. ``date_order`` is the order of day, month and year in the cells. It is
        ``None`` or empty if the cells do not show the order.
        """
        self._read_elsewhere = joined_facts(parts, sha256, date_order=date_order or "")

    def digest(self) -> str:
        """Read the file and return its SHA-256 in hexadecimal digits. Raises ``InputRefused`` if reading fails."""
        return sha256_of(self._file)

    def _all_cells(self, rows_before: int) -> Iterable[CellColumns]:
        held, self._held = self._held, None
        return prefetch(self._cells(self._columns_read, rows_before)) if held is None else held

    def _cells(self, columns: Sequence[int], rows_before: int = 0) -> Generator[CellColumns]:
        records_before = self._layout.header.first_record + rows_before
        with refusing_unreadable(self.source):
            for cells in self._table.cells(records_before, columns, self._layout.shape):
                refuse_no_text(cells, columns, self._deciding)
                # A batch of very short records, such as blank records, contains more records than a frame may contain.
                yield from cells.pieces(MAX_ROWS_OF_A_FRAME)

    def _with_reasons(self, batches: Iterable[CellColumns], rows_before: int) -> Iterator[tuple[CellColumns, pa.Array]]:
        header, columns = self._layout.header, self._layout.columns
        # A comment of HR may begin like a footer or an example.
        judged = [index for index in self._columns_read if index not in {columns.get(role) for role in _ANSWERS}]
        places = [self._columns_read.index(index) for index in judged]
        names = [[row[index] if index < len(row) else "" for index in judged] for row in header.rows]
        addresses = [judged.index(columns[role]) for role in _ADDRESSES if role in columns]
        all_names = plain_names(header.names)
        below_header, done = self._is_top, header.first_record + rows_before
        for cells in batches:
            with refusing_unreadable(self.source, records_before=done):
                reasons = ignored_reasons(cells.select(places), addresses, names, all_names, below_header=below_header)
            yield cells, reasons
            below_header, done = False, done + len(cells.blank)

    def _frame(self, cells: CellColumns, reasons: pa.Array, first_row: int) -> pd.DataFrame:
        at = {index: place for place, index in enumerate(self._columns_read)}
        text = {role: cells.columns[at[index]] for role, index in self._layout.columns.items()}
        given, corrected = text.pop(Role.EMAIL_BEFORE, None), text[Role.EMAIL]
        if self._layout.neutralised:
            text = {role: read_back(column) for role, column in text.items()}
        further = {name: cells.columns[at[index]] for name, index in self._layout.further_columns.items()}
        if cells.doubtful is not None:
            indices = self._layout.further_columns.items()
            marks = {name: cells.doubtful[at[index]] for name, index in indices if name.startswith(FILTER_PREFIX)}
            further |= {name: mark_unsure_letters(further[name], doubtful) for name, doubtful in marks.items()}
        frame = frame_of(text, reasons, further, source=self.source, sheet=self._table.sheet, first_row=first_row)
        if cells.misfits is not None:
            frame = hold_misfits(frame, cells.misfits, names=int(self._layout.shape.names))
        if cells.doubtful is not None:
            frame = hold_guesses(frame, {role: cells.doubtful[at[col]] for role, col in self._layout.columns.items()})
        if cells.hidden is not None and not self._layout.corrects:  # HR may have filtered the hand-off workbook
            frame = hold_hidden(frame, cells.hidden)
        return read_corrections(frame, corrected, given) if self._layout.corrects else frame
