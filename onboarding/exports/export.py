"""What does an export hold, and how was that found out?"""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.frames import frame_of
from onboarding.exports.layout.columns import Role
from onboarding.exports.layout.corrections import reject_uncorrected, without_neutralising
from onboarding.exports.layout.ignored import LEADING, ignored_reasons
from onboarding.exports.layout.layout import TableLayout, readable_table
from onboarding.exports.opening import find_sources, open_tables, sha256_of
from onboarding.exports.parquet import ParquetTable
from onboarding.exports.sources.local_files import Source
from onboarding.exports.tables import Cells, Table, Unreadable
from onboarding.exports.text.splitting import Span, SpanScan
from onboarding.exports.text.text_table import TextTable
from onboarding.exports.words.dates import common_date_order
from onboarding.model.choices import DateOrder
from onboarding.model.errors import InputRefused
from onboarding.runtime.aws import S3AtNeed
from onboarding.runtime.memory import USUAL_FOOTPRINT
from onboarding.runtime.prefetch import prefetch

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


MAX_ROWS = 2**18
"""Of a frame."""

_ADDRESSES = (Role.EMAIL, Role.EMAIL_FALLBACK, Role.EMAIL_BEFORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFacts:
    """What was read and what was decided about it, for ``summary.json`` and the log.

    ``size`` is in bytes. ``format`` to ``nuls_dropped`` and the last two are those of ``TableMetadata``. Rows count
    from 1: ``header_row`` is ``None`` for a bare list of addresses, ``second_header_row`` where there is none.
    ``columns`` has the header's text for each role, ``date_order`` what its dates tell. ``rows`` are those after the
    header, ``ignored`` how many of them are no records, by reason. ``sha256`` is that of the file as handed in.
    ``None`` and empty where the export was not read yet.
    """

    source: str
    size: int
    format: str
    compression: str
    encoding: str
    guessed: bool
    delimiter: str
    quote: str
    nuls_dropped: int
    sheet: str
    header_row: int | None
    second_header_row: int | None
    columns: Mapping[str, str]
    date_order: str
    rows: int | None
    ignored: Mapping[str, int]
    sha256: str | None
    hidden_sheets: tuple[str, ...] = ()
    stray_cell: str = ""

    def as_log(self) -> dict[str, object]:
        """Return what there is to say, by name; what does not apply is left out."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", 0, {}, ())}


class Export:
    """A file of employee records that was looked at and can be read."""

    def __init__(self, source: Source, table: Table, layout: TableLayout, *, is_top: bool = True) -> None:
        self._file = source
        self._table = table
        self._layout = layout
        # In the table's order, with the columns in which a footer may begin: not those where the hand-off workbook has
        # the names of files, which may be called like one.
        leading = range(0 if layout.corrects else min(LEADING, layout.width))
        self._read = sorted({*layout.columns.values(), *layout.also.values(), *leading})
        self._is_top = is_top
        self._date_order: DateOrder | None = None
        self._rows: int | None = None
        self._ignored: Mapping[str, int] = {}
        self._read_elsewhere: ExportFacts | None = None

    @property
    def source(self) -> str:
        """The path or URI as its user gave it or would recognise it."""
        return self._file.name

    @property
    def size(self) -> int:
        """How many bytes the file has."""
        return self._file.size

    @property
    def facts(self) -> ExportFacts:
        """What is known so far; complete once ``batches`` has come to its end."""
        if self._read_elsewhere:
            return self._read_elsewhere
        header, form = self._layout.header, self._table.metadata
        return ExportFacts(
            source=self.source,
            size=self._file.size,
            **asdict(form),
            sheet=self._table.sheet,
            header_row=None if header.at is None else header.at + 1,
            second_header_row=None if header.second is None else header.second + 1,
            columns={role.value: header.names[index] for role, index in self._layout.columns.items()},
            date_order=self._date_order or "",
            rows=self._rows,
            ignored=self._ignored,
            sha256=None if self._rows is None else self._table.sha256,
        )

    def batches(self, first_position: int, *, rows_before: int = 0) -> Iterator[pd.DataFrame]:
        """Yield every record after the header, in order, as frames of ``rows.AS_READ`` indexed by position.

        ``rows_before`` are those of the same file before this part of it. Memory stays bounded. Rows that are no
        records come as ``ignored``, with the reason. Raises ``InputRefused`` naming the row where a record cannot be
        read safely, and if the file changed since it was looked at.
        """
        first_row = self._layout.header.first_record + 1 + rows_before
        ignored: Counter[str] = Counter()
        rows = 0
        for cells in prefetch(self._cells(self._read, rows_before)):
            reasons = self._reasons(cells, below_header=self._is_top and rows == 0)
            frame = self._frame(cells, reasons, first_row + rows)
            frame.index = pd.RangeIndex(first_position + rows, first_position + rows + len(frame))
            ignored.update(_counts(reasons))
            rows += len(frame)
            yield frame
        self._rows, self._ignored = rows, dict(ignored)

    def date_order(self, *, today: date) -> DateOrder | None:
        """Return the order in which the columns of dates are written, or ``None`` if their cells do not tell.

        They are read until one of them does. Raises ``InputRefused`` as ``batches`` does.
        """
        dates = {self._layout.columns[role] for role in (Role.STARTS_ON, Role.ENDS_ON) if role in self._layout.columns}
        if dates:
            with closing(self._cells(sorted(dates))) as batches:
                self._date_order = common_date_order((cells.columns for cells in batches), today=today)
        return self._date_order

    def spans(self, part_bytes: int) -> Sequence[Span]:
        """Return what to look at before the file is cut into ``parts``; nothing if it need not be, or never is."""
        if isinstance(self._table, TextTable):
            return self._table.spans(self._layout.header.first_record, part_bytes=part_bytes)
        return ()

    def parts(self, part_bytes: int, spans: Sequence[Span], scans: Sequence[SpanScan]) -> "tuple[Export, ...]":
        """Return parts of about ``part_bytes`` to be read apart from each other, or the whole as the only one.

        Together they have the same records, and of each everything is the same but its row and position, which are
        counted from the part's first one unless ``batches`` is told. ``scans`` is what its spans look like.
        They can be pickled.
        """
        tables: Sequence[Table] = ()
        if isinstance(self._table, TextTable):
            tables = self._table.parts(spans, scans)
        elif isinstance(self._table, ParquetTable):
            try:
                tables = self._table.parts(self._layout.header.first_record, part_bytes=part_bytes)
            except Unreadable as error:
                raise refusal(self.source, error) from error
        numbered = enumerate(tables)
        return tuple(Export(self._file, one, self._layout, is_top=not number) for number, one in numbered) or (self,)

    def learn(
        self, parts: Sequence[ExportFacts], sha256: str | None, *, date_order: DateOrder | Literal[""] | None
    ) -> None:
        """Take in the facts of all parts, which were read elsewhere; ``sha256`` if there are several."""
        ignored = sum((Counter(part.ignored) for part in parts), Counter[str]())
        self._read_elsewhere = replace(
            parts[0],
            date_order=date_order or "",
            rows=sum(part.rows or 0 for part in parts),
            ignored=dict(ignored),
            nuls_dropped=sum(part.nuls_dropped for part in parts),
            sha256=sha256 or parts[0].sha256,
        )

    def digest(self) -> str:
        """Return the SHA-256 of the file, which is read for it. Raises ``InputRefused``."""
        return sha256_of(self._file)

    def _cells(self, columns: Sequence[int], rows_before: int = 0) -> Generator[Cells]:
        after = self._layout.header.first_record + rows_before
        try:
            for cells in self._table.cells(after, columns, self._layout.width):
                yield from _in_parts(cells)
        except Unreadable as error:
            raise refusal(self.source, error) from error

    def _reasons(self, cells: Cells, *, below_header: bool) -> pa.Array:
        header = self._layout.header
        names = [[row[index] if index < len(row) else "" for index in self._read] for row in header.rows]
        roles = (role for role in _ADDRESSES if role in self._layout.columns)
        addresses = [self._read.index(self._layout.columns[role]) for role in roles]
        return ignored_reasons(cells, addresses, names, below_header=below_header)

    def _frame(self, cells: Cells, reasons: pa.Array, first_row: int) -> pd.DataFrame:
        text = {role: cells.columns[self._read.index(index)] for role, index in self._layout.columns.items()}
        if self._layout.corrects:
            text = {role: without_neutralising(column) for role, column in text.items()}
        given = text.pop(Role.EMAIL_BEFORE, None)
        also = {name: cells.columns[self._read.index(index)] for name, index in self._layout.also.items()}
        frame = frame_of(text, reasons, also, source=self.source, sheet=self._table.sheet, first_row=first_row)
        return reject_uncorrected(frame, given) if self._layout.corrects else frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the user says of all files: the headers' text of columns, a sheet's name and an encoding's.

    ``email_column`` is that of addresses. The cells of ``also`` come as columns of their own (``rows.ROUTING_PREFIX``).
    """

    email_column: str | None = None
    also: Sequence[str] = ()
    sheet: str | None = None
    encoding: str | None = None


def open_exports(
    locations: Sequence[str],
    *,
    block_bytes: int = USUAL_FOOTPRINT.block_bytes,
    s3: Callable[[], "S3Client"] | None = None,
    **said: Any,
) -> tuple[Export, ...]:
    """Look at every export at the given locations; of a text, nothing is read beyond what tells how it is laid out.

    ``find_sources`` says what a location may be, and when ``s3`` is called. A text is read ``block_bytes`` at a time.
    ``said`` is what the user says of all files (``Said``). Raises ``InputRefused`` naming the file that cannot be read
    safely, and ``ConfigurationError`` for an unknown encoding.
    """
    found = find_sources(locations, s3 or S3AtNeed())
    return tuple(_look_at(source, Said(**said), block_bytes) for source in found)


def _look_at(source: Source, said: Said, block_bytes: int) -> Export:
    try:
        tables = open_tables(source, sheet=said.sheet, encoding=said.encoding, block_bytes=block_bytes)
        return Export(source, *readable_table(tables, email_column=said.email_column, also=said.also))
    except Unreadable as error:
        raise refusal(source.name, error) from error


def refusal(name: str, error: Unreadable) -> InputRefused:
    """Return what a user is told of a file that cannot be read."""
    row = "" if error.records is None else f"row {error.records + 1}: "
    return InputRefused(f"{name}: {row}{error.why}")


def _in_parts(cells: Cells) -> Iterator[Cells]:
    """Cut many very short records, such as blank ones, into frames of a decent size."""
    for start in range(0, len(cells.blank), MAX_ROWS):
        columns = tuple(column.slice(start, MAX_ROWS) for column in cells.columns)
        yield Cells(columns, cells.blank.slice(start, MAX_ROWS))


def _counts(reasons: pa.Array) -> dict[str, int]:
    counted = pc.value_counts(reasons).to_pylist()
    return {count["values"]: count["counts"] for count in counted if count["values"]}
