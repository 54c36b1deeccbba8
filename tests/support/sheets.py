"""A sheet of a workbook for tests of layouts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from onboarding.exports.tables import NO_MARKS, CellColumns, SheetMarks, TableMetadata

FORM = TableMetadata(format="xlsx")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that gives its first rows only."""

    sheet: str
    rows: list[list[str]]
    metadata: TableMetadata = FORM
    sha256: str = ""
    marks: SheetMarks = NO_MARKS

    def first_rows(self, limit: int) -> list[list[str]]:
        return self.rows[:limit]

    def cells(self, records_before: int, columns: Sequence[int], width: int) -> Iterator[CellColumns]:
        raise NotImplementedError
