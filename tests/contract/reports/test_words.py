"""The page, the workbook, notices and the terminal call each disposition by the same name."""

import re

import openpyxl
import pytest
from browser import lines_of, summary_of, write_page
from summaries import NOW

from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition
from onboarding.reports import Tally
from onboarding.reports.folder import LocalFolder
from onboarding.reports.handoff.workbook import open_handoff
from onboarding.reports.notify.message import Notification, message_text


def one_row(disposition):
    """Return the report's line for one row with this disposition, and the summary of its run."""
    lines = lines_of(["ana@example.com"]).assign(disposition=text_array([str(disposition)]))
    tally = Tally()
    tally.add(lines)
    return lines, summary_of(tally)


def name_on_page(disposition, path):
    lines, _ = one_row(disposition)
    page = write_page(path, lines).read_text("utf-8")
    return re.search(rf'id="fate-{disposition}".*?</svg>([^<]+)<code>{disposition}</code>', page, re.DOTALL)[1].strip()


def name_in_workbook(disposition, path):
    lines, summary = one_row(disposition)
    with open_handoff(LocalFolder(path), path) as workbook:
        workbook.append(lines)
        workbook.finish(summary)
    book = openpyxl.load_workbook(path / "handoff.xlsx")
    sheet = book["Everything"]
    (name,) = (column[1] for column in sheet.iter_cols(values_only=True) if column[0] == "What became of it")
    counted = [row[0] for row in book["Summary"].iter_rows(values_only=True) if row[1:3] == (1, 1) and row[3]]
    assert counted == [name]
    return name


def name_in_notice(disposition):
    _, summary = one_row(disposition)
    message = message_text(Notification.of(summary, seconds=1, ended_at=NOW))
    return re.search(r"^  (.+): 1$", message, re.MULTILINE)[1]


def name_at_terminal(disposition, capsys):
    _, summary = one_row(disposition)
    summary.show()
    heading = next(line for line in capsys.readouterr().out.splitlines() if line.strip().lower().startswith("export"))
    return re.fullmatch(r"export +(.+?) +rows", heading.strip(), re.IGNORECASE)[1]


@pytest.mark.parametrize("disposition", Disposition)
def test_disposition_has_one_name_wherever_people_meet_it(disposition, tmp_path, capsys):
    names = {
        name_on_page(disposition, tmp_path),
        name_in_workbook(disposition, tmp_path),
        name_in_notice(disposition),
        name_at_terminal(disposition, capsys),
    }

    assert len(names) == 1
