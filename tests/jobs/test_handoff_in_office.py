"""The workbook of the sample exports prints well, and comes back from LibreOffice with its answers, in any language."""

from pathlib import Path

import openpyxl
import pytest
from office import convert, pages_of

from onboarding.model.handoff_words import ANSWERS, TITLES, HandoffColumn, HandoffLanguage
from onboarding.model.hr_answers import HrAnswer

pytestmark = pytest.mark.soak  # LibreOffice takes seconds to start

SAMPLES = Path(__file__).parent.parent.parent / "sample_data"
MOST_PAGES = 25
BY_NAME = {"Rosa Ruiz": HrAnswer.LEFT, "Søren Rossi": HrAnswer.RIGHT, "Tomás Schäfer": HrAnswer.LATER}
CORRECTED = {"Paula Rossi": "paula.rossi@kestrel.example"}


@pytest.fixture
def books(workspace) -> dict[HandoffLanguage, Path]:
    """Return the workbook of a run of the sample exports in each language."""
    assert workspace.onboard("run", str(SAMPLES), "--sandbox").code == 0
    run_id, found = workspace.summary()["run_id"], {}
    for language in HandoffLanguage:
        done = workspace.onboard("report", run_id, "--sandbox", "--handoff", "--handoff-language", language)
        assert done.code == 0, done.err
        (workspace.folder / f"{language}.xlsx").write_bytes((workspace.runs()[-1] / "handoff.xlsx").read_bytes())
        found[language] = workspace.folder / f"{language}.xlsx"
    return found


def fill_in(path, language) -> None:
    """Answer some rows in a workbook, as people in HR do."""
    book, titles = openpyxl.load_workbook(path), TITLES[language]
    sheet = book.worksheets[1]
    head = [cell.value for cell in sheet[1]]
    columns = {column: head.index(title) for column, title in titles.items()}
    for row in sheet.iter_rows(min_row=2):
        name = row[columns[HandoffColumn.NAME]].value
        if name in BY_NAME:
            row[columns[HandoffColumn.ANSWER]].value = ANSWERS[language][BY_NAME[name]]
        if name in CORRECTED:
            row[columns[HandoffColumn.CORRECTED]].value = CORRECTED[name]
    book.save(path)


def test_workbook_prints_on_few_pages_with_every_date_and_number(books, tmp_path):
    for language, pdf in zip(books, convert(list(books.values()), "pdf", tmp_path), strict=True):
        pages = pages_of(pdf)

        assert len(pages) <= MOST_PAGES, language
        assert not any("###" in page for page in pages)
        assert sum(TITLES[language][HandoffColumn.CORRECTED] in page.partition("\n")[0] for page in pages[1:]) == 2
        assert all(TITLES[language][HandoffColumn.AS_GIVEN] in page for page in pages[1:-1])


def test_filled_in_workbook_comes_back_from_libreoffice(books, workspace, tmp_path):
    """LibreOffice keeps the protection, and what people may choose, and the job reads what it has saved."""
    for language, path in books.items():
        fill_in(path, language)
    saved = convert(list(books.values()), "xlsx", tmp_path)

    for language, path in zip(books, saved, strict=True):
        sheet = openpyxl.load_workbook(path).worksheets[1]
        assert sheet.protection.sheet
        assert sheet.data_validations.dataValidation
        done = workspace.onboard("plan", str(path), "--sandbox")
        lines = {line["name"]: line for line in workspace.report()}
        assert done.code == 0, (language, done.err)
        assert (lines["Rosa Ruiz"]["disposition"], lines["Rosa Ruiz"]["reason"]) == ("excluded", "inactive")
        assert (lines["Paula Rossi"]["disposition"], lines["Paula Rossi"]["email"]) == (
            "planned",
            "paula.rossi@kestrel.example",
        )
        assert lines["Søren Rossi"]["disposition"] == "planned"
        assert lines["Tomás Schäfer"]["disposition"] == "held"
        assert lines["Ørjan Moreau"]["reason"] == "several_addresses"
