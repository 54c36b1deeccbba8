"""The last sheet of the hand-off workbook: the meanings of its answers, dispositions and columns."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from onboarding.model.dispositions import Disposition
from onboarding.model.handoff_words import HandoffColumn
from onboarding.model.hr_answers import HrAnswer
from onboarding.reports.handoff.formats import CellFormats, lines_needed, row_height, set_up_sheet
from onboarding.reports.handoff.wording import HandoffWording
from onboarding.reports.words import DISPOSITION_WORDS

ANSWER_MEANINGS: Mapping[HrAnswer, str] = MappingProxyType(
    {
        HrAnswer.CORRECTED: (
            "The person is invited at the corrected address, or else at the suggestion, if all checks pass."
        ),
        HrAnswer.RIGHT: "The person is invited at the address as given.",
        HrAnswer.ACTIVE: "The person works there and is invited, if all other checks pass.",
        HrAnswer.LEFT: "The person has left and is not invited.",
        HrAnswer.LEAVE_OUT: "The person stays out, whatever the export says.",
        HrAnswer.LATER: "Nothing is decided. The next workbook asks again.",
    }
)
SUGGESTED = "The address that was probably meant. If it is right, choose “address corrected”, and enter no address."
COLUMN_MEANINGS: Mapping[HandoffColumn | str, str] = MappingProxyType(
    {
        HandoffColumn.AS_GIVEN: "The cell as it stands in the export.",
        "Address": "The address as the job reads it. Invitations go there.",
        HandoffColumn.SUGGESTION: SUGGESTED,
        HandoffColumn.COMMENT: "Room for a note. IT sees it beside your answer.",
        "New": "The row needs a person for the first time.",
        "Merged into": "The row with the same address that counts instead.",
        "Row": "The number of the row in the export, as a spreadsheet shows it.",
    }
)
YELLOW = "Yellow cells are to be filled in. All other cells of their sheet are protected without a password."

_WIDTHS = (30, 100)


def write_legend(book: Workbook, formats: CellFormats, wording: HandoffWording) -> None:
    """Add the sheet with the legend to the workbook, in the language of ``wording``."""
    sheet: Worksheet = book.add_worksheet(wording.text("Legend"))
    for at, width in enumerate(_WIDTHS):
        sheet.set_column(at, at, width)
    set_up_sheet(sheet, wording)
    row = 0
    for title, lines in _sections(wording):
        sheet.write_string(row, 0, title, formats.section)
        sheet.write_blank(row, 1, None, formats.section)
        for at, (word, meaning) in enumerate(lines, row + 1):
            sheet.set_row(at, row_height(lines_needed(meaning, _WIDTHS[1])))
            if word:
                sheet.write_string(at, 0, word, formats.sentence)
            else:
                sheet.write_blank(at, 0, None, formats.to_fill)
            sheet.write_string(at, 1, meaning, formats.sentence)
        row += len(lines) + 2


def _sections(wording: HandoffWording) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """Return the titles of the sections, each with its words and their meanings.

    An empty word means a yellow cell.
    """
    text = wording.text
    answers = [(wording.answers[answer], text(meaning)) for answer, meaning in ANSWER_MEANINGS.items()]
    dispositions = [
        (wording.label(each), " ".join(text(words) for words in (known.meaning, known.remedy) if words))
        for each, known in ((each, DISPOSITION_WORDS[each]) for each in Disposition)
    ]
    columns = [
        (wording.titles[column] if isinstance(column, HandoffColumn) else text(column), text(meaning))
        for column, meaning in COLUMN_MEANINGS.items()
    ]
    return (
        (wording.titles[HandoffColumn.ANSWER], [("", text(YELLOW)), *answers]),
        (text("What became of it"), dispositions),
        (text("Columns"), columns),
    )
