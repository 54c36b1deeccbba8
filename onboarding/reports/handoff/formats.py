"""The formats of cells in the hand-off workbook, and the settings for printing its sheets."""

from collections.abc import Mapping
from textwrap import wrap

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from onboarding.model.values import dataclass
from onboarding.reports.handoff.wording import HandoffWording

A4 = 9
"""Excel's number for paper of the size A4."""

MARGINS_INCHES = {"left": 0.25, "right": 0.25, "top": 0.3, "bottom": 0.5}

MOMENT_FORMAT = 22
"""Excel's number for a day and a time of day in the usual form of the reader's computer."""

FONT_POINTS = 10
POINTS_OF_A_LINE = 12.75
MOST_LINES = 30
"""The most lines of a row that a sheet shows at once. Excel allows a height of 409 points."""

LETTERS_IN_A_DIGIT = 1.25
"""How many letters of usual text are as wide as one digit. Excel measures widths in digits of its usual font."""

_WRAPPED = {"text_wrap": True, "valign": "top", "align": "left"}
_LINE = {"border": 1, "border_color": "#BFBFBF"}


@dataclass(frozen=True, slots=True)
class CellFormats:
    """The formats of the cells in the workbook.

    On a protected sheet, people can change only the cells with the format ``to_fill``.
    """

    heading: Format
    text: Format
    employee_id: Format
    number: Format
    moment: Format
    to_fill: Format
    note: Format
    title: Format
    section: Format
    count: Format
    share: Format
    sentence: Format
    plain: Format
    line: Format
    """Thin lines around the cells of a list."""

    @classmethod
    def of(cls, book: Workbook) -> "CellFormats":
        """Add the formats to a workbook and return them."""

        def add(properties: Mapping[str, object]) -> Format:
            return book.add_format({"font_size": FONT_POINTS, **properties})

        dark = {"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF"}
        return cls(
            heading=add({**dark, **_WRAPPED, **_LINE}),
            text=add(_WRAPPED),
            # The format of text ("@"), so that Excel makes no number or formula of what people type or edit.
            employee_id=add({"num_format": "@", **_WRAPPED}),
            number=add({"num_format": "0", "valign": "top", "align": "left"}),
            moment=add({"num_format": MOMENT_FORMAT, "valign": "top", "align": "left"}),
            to_fill=add({"bg_color": "#FFF2CC", "num_format": "@", "locked": False, **_WRAPPED, **_LINE}),
            note=add({"italic": True}),
            title=add({"bold": True, "font_size": 16}),
            section=add({"bold": True, "bottom": 1, **_WRAPPED}),
            count=add({"num_format": "#,##0", "align": "left", "valign": "top"}),
            share=add({"num_format": "0.0%", "align": "left", "valign": "top"}),
            sentence=add(_WRAPPED),
            plain=add({"align": "left", "valign": "top"}),
            line=add(_LINE),
        )


def set_up_sheet(sheet: Worksheet, wording: HandoffWording, *, header_rows: int = 0) -> None:
    """Set the usual height of rows, and let the sheet print in landscape, with all columns side by side on a page.

    Each page repeats the first ``header_rows`` rows. ``wording`` has the words at the bottom of a page.
    """
    sheet.set_default_row(POINTS_OF_A_LINE)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(**MARGINS_INCHES)
    sheet.fit_to_pages(1, 0)
    if header_rows:
        sheet.repeat_rows(0, header_rows - 1)
    pages = wording.text("Page {page} of {pages}", page="&P", pages="&N")
    sheet.set_footer(f"&L&A&R{pages}")


def lines_needed(text: str, width: int) -> int:
    """Return how many lines a text needs in a cell of this width in characters."""
    most = round(width * LETTERS_IN_A_DIGIT)
    return sum(max(1, len(wrap(line, most))) for line in text.split("\n"))


def row_height(lines: int) -> float:
    """Return the height in points of a row with this number of lines."""
    return POINTS_OF_A_LINE * min(lines, MOST_LINES)
