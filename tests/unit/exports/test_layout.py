"""Which of a file's tables is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from onboarding.exports.layout.columns import Role
from onboarding.exports.layout.layout import ROWS_LOOKED_AT, readable_table
from onboarding.exports.tables import Cells, TableMetadata, Unreadable

PEOPLE = [["Name", "Email"], ["Ana", "ana@corp.example"], ["Ben", "ben@corp.example"]]
TEMPLATE = [["Name", "Email"], ["", ""]]
HOW_TO = [["How to read this file"], [], ["Ask HR for help, or mail", "hr at corp.example"]]
MANAGERS = [["Team", "Manager Email"], ["Sales", "head@corp.example"]]
FORM = TableMetadata(format="xlsx")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of which only the first rows matter."""

    sheet: str
    rows: list[list[str]]
    metadata: TableMetadata = FORM
    sha256: str = ""

    def first_rows(self, limit: int) -> list[list[str]]:
        assert limit == ROWS_LOOKED_AT
        return self.rows[:limit]

    def cells(self, after: int, columns: Sequence[int], width: int) -> Iterator[Cells]:
        raise NotImplementedError


@pytest.mark.parametrize("others", [[], [HOW_TO], [TEMPLATE], [MANAGERS], [HOW_TO, TEMPLATE, MANAGERS, []]])
def test_the_sheet_with_addresses_is_read(others):
    """Not the instructions, an empty form or a list of something else."""
    sheets = [Sheet(f"Sheet{number}", rows) for number, rows in enumerate(others)]

    table, layout = readable_table([*sheets, Sheet("Staff", PEOPLE)], email_column=None)

    assert table.sheet == "Staff"
    assert layout.columns[Role.EMAIL] == 1


def test_several_sheets_of_people_must_be_told_apart():
    """Perhaps those who left."""
    sheets = [Sheet("Staff", PEOPLE), Sheet("How To", HOW_TO), Sheet("Left", PEOPLE)]

    with pytest.raises(Unreadable, match='sheets "Staff", "Left" may each be meant; choose with --sheet'):
        readable_table(sheets, email_column=None)


def test_a_column_that_is_named_tells_the_sheets_apart_too():
    """Only one of them has it."""
    other = [["Name", "Wohin"], ["Ana", "ana@corp.example"]]

    table, _ = readable_table([Sheet("Staff", PEOPLE), Sheet("Other", other)], email_column="Wohin")

    assert table.sheet == "Other"


def test_why_each_sheet_cannot_be_read_is_said():
    """In one line."""
    sheets = [Sheet("How To", HOW_TO), Sheet("Empty", []), Sheet("Managers", MANAGERS)]

    with pytest.raises(Unreadable, match=r'no sheet can be read \("How To": .*; "Empty": .*; "Managers": .*\)'):
        readable_table(sheets, email_column=None)


def test_the_only_sheet_is_named_where_it_cannot_be_read():
    """The user may not know that it is there."""
    with pytest.raises(Unreadable, match='sheet "Managers": no column of work addresses'):
        readable_table([Sheet("Managers", MANAGERS)], email_column=None)


def test_rows_that_are_wider_than_the_header_set_the_width():
    """Some systems end every line but the header with a delimiter."""
    rows = [["Name", "Email"], *[["Ana", "ana@corp.example", ""]] * 3, ["Ben"]]

    _, layout = readable_table([Sheet("", rows)], email_column=None)

    assert layout.width == 3
