"""Workbooks that HR has answered decide rows of exports, whatever saved them and whatever is wrong in them."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from fakes import FakeWorkers
from hypothesis import given
from hypothesis import strategies as st
from ledgers import NOW
from openpyxl.worksheet.worksheet import Worksheet
from soak import examples
from summaries import summary_of
from workbooks import write_ods, write_xlsx

from onboarding.exports import open_exports
from onboarding.ledger import Ledger
from onboarding.model.choices import USUAL_SUSPICIONS
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import InputRefused
from onboarding.model.hr_answers import ANSWER_WORDS, HrAnswer
from onboarding.pipeline.answered_workbooks import CHANGED_ROW, SAME_ROW, WorkbookRows, workbooks_last
from onboarding.preparing import EngineContext, Policy, Rules, choose_engine, prepare_on_workers
from onboarding.preparing.answer_book import CONTRADICTED
from onboarding.preparing.exclusions import Exclusions
from onboarding.reports import ReportContext, reconcile
from onboarding.reports.folder import LocalFolder
from onboarding.reports.handoff.workbook import open_handoff

CONTEXT = ReportContext("r1", "chime", "account-1", NOW.isoformat(), Disposition.INVITED)
HEADER = "Employee ID,Name,Work Email,Status\n"
ANA = "1,Ana,ana@gmial.com,Active\n"
BEN = "2,Ben,ben at corp.example,Active\n"
CAM = "3,Cam,cam@corp.example,On the moon\n"
ROSTER = HEADER + ANA + BEN + CAM
RULES = Rules(Policy(today=date(2026, 11, 27)), USUAL_SUSPICIONS)
RIGHT, BETTER = {"Answer": "address is right"}, {"Corrected address": "ben@corp.example"}
ALL = {"Ana": RIGHT, "Ben": BETTER, "Cam": {"Answer": "is active"}}
OPEN = ("", "answered")
ALL_OPEN = {"Ana": OPEN, "Ben": OPEN, "Cam": ("", "")}


@dataclass
class Desk:
    """The desk at which exports and workbooks come in: a folder, a ledger and the rules of a run."""

    folder: Path
    ledger: Ledger
    rules: Rules = RULES
    workers: bool = False

    def write(self, text: str, name: str = "staff.csv") -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def run(self, *names: str) -> pd.DataFrame:
        """Return the decided rows of a run with these files, which remembers HR's answers."""
        exports = workbooks_last(open_exports([str(self.folder / name) for name in names]))
        workbooks = WorkbookRows.read(exports, self.ledger, "r1")
        rules = replace(self.rules, answers=workbooks.book)
        if self.workers:
            rows = prepare_on_workers(exports, rules, FakeWorkers(), part_bytes=100)
        else:
            rows = choose_engine("local", None)(exports, rules, EngineContext(self.folder))
        found = pd.concat(workbooks.behind_exports(rows))
        return found.assign(source=[Path(source).name for source in found["source"]])

    def fates(self, *names: str) -> dict[str, tuple[str, str]]:
        """Return the disposition and reason of each row of the first file, by the name of the person."""
        rows = self.run(*names)
        rows = rows[(rows["source"] == names[0]) & (rows["disposition"] != "ignored")]
        return dict(zip(rows["name"], zip(rows["disposition"], rows["reason"], strict=True), strict=True))

    def handoff(self, *names: str) -> str:
        """Write the workbook about a run with these files, and return its name."""
        lines = reconcile(self.run(*names), pd.DataFrame(), CONTEXT)
        counts = dict(Counter(map(Disposition, lines["disposition"])))
        with open_handoff(LocalFolder(self.folder), self.folder) as report:
            report.append(lines)
            report.finish(summary_of(counts, counts_by_source={"staff.csv": counts}, folder="reports"))
        return "handoff.xlsx"

    def answered(self, answers: dict[str, dict[str, str]], change=lambda _sheet: None, name="back") -> str:
        """Fill in the workbook, change it, save its sheet as CSV, which is read fast, and return the name of that."""
        return as_csv(self, self.workbook(answers, change, name))

    def workbook(
        self, answers: dict[str, dict[str, str]], change: Callable[[Worksheet], None] = lambda _sheet: None, name="back"
    ) -> str:
        """Fill in the workbook, change it, and return the name of the copy."""
        book = openpyxl.load_workbook(self.folder / "handoff.xlsx")
        sheet = book["Needs you"]
        head = [cell.value for cell in sheet[1]]
        for row in sheet.iter_rows(min_row=2):
            for title, cell in answers.get(row[head.index("Name")].value, {}).items():
                row[head.index(title)].value = cell
        change(sheet)
        book.save(self.folder / f"{name}.xlsx")
        return f"{name}.xlsx"

    def cells(self, name: str) -> list[list[str]]:
        sheet = openpyxl.load_workbook(self.folder / name)["Needs you"]
        return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> bytes:
    """Return the workbook about the export."""
    folder = tmp_path_factory.mktemp("asked")
    with Ledger.open(folder / "ledger.db", clock=lambda: NOW) as ledger:
        desk = Desk(folder, ledger)
        desk.write(ROSTER)
        return (folder / desk.handoff("staff.csv")).read_bytes()


@pytest.fixture
def desk(tmp_path, asked):
    """Return a desk with an export and the workbook about it."""
    with Ledger.open(tmp_path / "ledger.db", clock=lambda: NOW) as ledger:
        desk = Desk(tmp_path, ledger)
        desk.write(ROSTER)
        (tmp_path / "handoff.xlsx").write_bytes(asked)
        yield desk


def column(sheet, title) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == title)


@pytest.mark.parametrize("workers", [False, True])
def test_answers_decide_rows_of_tonight_and_tomorrow(desk, workers):
    desk.workers = workers
    asked = desk.fates("staff.csv")

    tonight = desk.fates("staff.csv", desk.answered(ALL))

    assert {disposition for disposition, _ in asked.values()} == {"held", "rejected"}
    assert tonight == ALL_OPEN
    assert desk.fates("staff.csv") == tonight
    assert desk.fates(desk.write(ROSTER, "staff-2026-11-30.csv")) == tonight


@pytest.mark.soak
def test_both_engines_decide_alike(desk):
    back = desk.answered(ALL | {"Cam": {"Answer": "has left"}})
    here = desk.run("staff.csv", back)
    desk.workers = True

    there = desk.run("staff.csv", back)

    pd.testing.assert_frame_equal(here, there)


def as_csv(desk, back):
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(desk.cells(back))
    return desk.write(text.getvalue(), back.replace(".xlsx", ".csv"))


def as_ods(desk, back):
    write_ods(desk.folder / "back.ods", {"Needs you": desk.cells(back)})
    return "back.ods"


def with_inline_strings(desk, back):
    write_xlsx(desk.folder / "inline.xlsx", {"Needs you": desk.cells(back)})
    return "inline.xlsx"


def unchanged(_desk, back):
    return back


def test_what_the_job_hides_in_a_workbook_is_not_told(desk):
    (export,) = open_exports([str(desk.folder / "handoff.xlsx")])

    assert export.facts.notes == ()


@pytest.mark.parametrize(
    "save",
    [unchanged, as_csv, *(pytest.param(one, marks=pytest.mark.soak) for one in (as_ods, with_inline_strings))],
)
def test_answers_come_back_from_any_spreadsheet(desk, save):
    """The lists of answers may be lost."""
    back = save(desk, desk.workbook(ALL))

    assert desk.fates("staff.csv", back) == ALL_OPEN


def test_workbook_may_come_first_or_alone(desk):
    back = desk.answered(ALL)

    alone = desk.run(back)
    first = desk.run(back, "staff.csv")

    assert alone["disposition"].tolist() == [""] * 3
    assert alone["detail"].tolist()[1].endswith(": address corrected (staff.csv#3).")
    assert first["source"].tolist() == ["staff.csv"] * 3 + [back] * 3
    assert first["disposition"].tolist() == [""] * 3 + ["duplicate"] * 3
    assert set(first["detail"].tolist()[3:]) == {SAME_ROW}


def test_policy_comes_before_answers(desk):
    """A workbook has no status of its own, so the export's row counts."""
    back = desk.answered(ALL)
    gone = desk.write(ROSTER.replace("Active", "Terminated"), "staff.csv")
    desk.rules = replace(
        RULES, policy=Policy(today=date(2026, 11, 27), exclusions=Exclusions(employee_ids=frozenset("3")))
    )

    found = desk.run(gone, back)

    assert found["disposition"].tolist() == ["excluded"] * 3 + ["duplicate"] * 3
    assert found["reason"].tolist()[:3] == ["inactive", "inactive", "on_exclusion_list"]


def test_row_that_changed_since_counts_before_its_answer(desk):
    back = desk.answered(ALL)
    desk.write(ROSTER.replace("ben at corp.example", "benny at corp.example"))

    found = desk.run("staff.csv", back).set_index(["source", "name"])

    assert found.loc[("staff.csv", "Ben"), "disposition"] == "rejected"
    assert found.loc[(back, "Ben"), "disposition"] == "duplicate"
    assert found.loc[(back, "Ben"), "detail"] == CHANGED_ROW


def test_corrected_address_is_examined_like_any_other(desk):
    """HR confirms it in the next workbook."""
    back = desk.answered({"Ben": {"Corrected address": "ben@gmial.com"}})
    again = desk.fates("staff.csv", back)["Ben"]
    desk.handoff("staff.csv")

    confirmed = desk.run("staff.csv", desk.answered({"Ben": RIGHT}))

    assert again == ("held", "near_miss_domain")
    ben = confirmed[(confirmed["name"] == "Ben") & (confirmed["source"] == "staff.csv")].iloc[0]
    assert (ben["disposition"], ben["email"]) == ("", "ben@gmial.com")
    assert ben["row"] == 3


def test_confirmed_address_is_invited_once(desk):
    """Two rows with one confirmed address are still duplicates of each other."""
    desk.write(HEADER + ANA + ANA.replace("1,", "9,", 1))
    desk.handoff("staff.csv")

    found = desk.run("staff.csv", desk.answered({"Ana": RIGHT}))

    assert found["disposition"].tolist()[:2] == ["", "duplicate"]


def test_address_of_many_employees_cannot_be_confirmed(desk):
    people = "".join(f"{n},Q{n},q{n}@corp.example,Active\n" for n in range(4, 30))
    desk.write(HEADER + "".join(f"{n},P{n},all@corp.example,Active\n" for n in range(1, 4)) + people)
    desk.handoff("staff.csv")

    found = desk.run("staff.csv", desk.answered({f"P{n}": RIGHT for n in range(1, 4)}))

    held = found[found["disposition"] != ""]
    assert held["reason"].tolist() == ["shared_address"] * 3 + ["unclear_answer"] * 3


def test_spelling_of_an_excluded_address_cannot_be_confirmed(desk):
    excluded = Exclusions(keys=frozenset({"ana@strasse.example"}), spellings=frozenset())
    desk.rules = replace(RULES, policy=Policy(today=date(2026, 11, 27), exclusions=excluded))
    desk.write(HEADER + "1,Ana,ana@straße.example,Active\n")
    asked = desk.fates("staff.csv")
    desk.handoff("staff.csv")

    answered = desk.fates("staff.csv", desk.answered({"Ana": RIGHT}))

    assert asked == answered
    assert answered["Ana"][0] != ""


def paste_a_row(sheet):
    for cell in sheet[2]:
        sheet.cell(3, cell.column).value = cell.value


def paste_a_person(sheet):
    for title in ("Employee ID", "Name", "Address as given", "Answer"):
        at = column(sheet, title)
        sheet.cell(3, at).value = sheet.cell(2, at).value


def sort_the_people_alone(sheet):
    """Sort the columns up to the address, and leave answers and questions where they are."""
    last = column(sheet, "Address as given")
    people = [[sheet.cell(row, at).value for at in range(1, last + 1)] for row in (2, 3, 4)]
    for row, cells in zip((2, 3, 4), reversed(people), strict=True):
        for at, cell in enumerate(cells, 1):
            sheet.cell(row, at).value = cell


def sort_the_answers_alone(sheet):
    at = column(sheet, "Answer")
    answers = [sheet.cell(row, at).value for row in (2, 3, 4)]
    for row, answer in zip((2, 3, 4), reversed(answers), strict=True):
        sheet.cell(row, at).value = answer


def add_a_row(sheet):
    cells = {"Employee ID": "66", "Name": "Eve", "Address as given": "eve@corp.example", "Answer": "address is right"}
    for title, cell in cells.items():
        sheet.cell(5, column(sheet, title)).value = cell


def change_the_address(sheet):
    sheet.cell(2, column(sheet, "Address as given")).value = "eve@corp.example"


def delete_the_questions(sheet):
    sheet.delete_cols(column(sheet, "Question"))


def merge_the_answers(sheet):
    at = column(sheet, "Answer")
    sheet.merge_cells(start_row=2, end_row=4, start_column=at, end_column=at)


def merge_the_header(sheet):
    at = column(sheet, "Answer")
    sheet.merge_cells(start_row=1, end_row=1, start_column=at, end_column=at + 1)


def write_formulas(sheet):
    sheet.cell(2, column(sheet, "Comment")).value = "=1+1"


def write_another_language(sheet):
    for row in (2, 3, 4):
        sheet.cell(row, column(sheet, "Answer")).value = "Adresse stimmt"


HOSTILE = [
    *(paste_a_row, paste_a_person, sort_the_people_alone, sort_the_answers_alone, add_a_row, change_the_address),
    *(delete_the_questions, merge_the_answers, write_another_language),
]


@pytest.mark.parametrize("change", HOSTILE)
def test_nobody_is_invited_at_an_address_that_hr_did_not_confirm(desk, change):
    """HR has confirmed Ana's address and no other."""
    back = (desk.workbook if change is merge_the_answers else desk.answered)({"Ana": RIGHT}, change)

    rows = pd.concat([desk.run("staff.csv", back), desk.run(back)])

    invited = rows.loc[rows["disposition"] == "", ["name", "email"]]
    assert set(invited.itertuples(index=False, name=None)) <= {("Ana", "ana@gmial.com")}


@pytest.mark.parametrize(
    "change", [paste_a_person, sort_the_people_alone, add_a_row, change_the_address, delete_the_questions]
)
def test_answer_that_belongs_to_no_row_is_told(desk, change):
    found = desk.run("staff.csv", desk.answered({"Ana": RIGHT}, change))

    assert "unclear_answer" in set(found["reason"])


def test_header_that_lost_its_corrected_addresses_is_refused(desk):
    """Merged cells keep the text of the first one alone."""
    back = desk.workbook({"Ana": RIGHT}, merge_the_header)

    with pytest.raises(InputRefused, match='no column "Corrected address" any more'):
        desk.run(back)


def test_uncalculated_formula_among_the_answers_is_refused(desk):
    with pytest.raises(Exception, match="formulas that were never calculated"):
        desk.run(desk.workbook({}, write_formulas))


def test_workbooks_that_disagree_hold_the_row(desk):
    back = desk.answered({"Ana": RIGHT, "Ben": BETTER})
    other = desk.answered({"Ana": {"Answer": "leave out"}, "Ben": BETTER}, name="other")

    found = desk.run("staff.csv", back, other)

    assert desk.ledger.answers.current()[0].address == "ben@corp.example"
    ana = found[found["name"] == "Ana"]
    assert ana["disposition"].tolist() == ["held"] * 3
    assert set(ana["detail"]) == {CONTRADICTED}
    assert found[found["name"] == "Ben"]["disposition"].tolist() == ["", "duplicate", "duplicate"]


def test_newer_workbook_replaces_the_answer_of_an_older_one(desk):
    desk.run("staff.csv", desk.answered({"Ana": {"Answer": "leave out"}}))

    found = desk.fates("staff.csv", desk.answered({"Ana": RIGHT}))

    assert found["Ana"] == OPEN


def test_people_without_id_and_address_are_told_apart_by_nobody(desk):
    """A name may belong to two people, so HR's correction is for the row of the workbook alone."""
    desk.write(HEADER + ",Di,,Active\n,Di,,Active\n")
    desk.handoff("staff.csv")

    def correct_one(sheet):
        sheet.cell(2, column(sheet, "Corrected address")).value = "di@corp.example"

    found = desk.run("staff.csv", desk.answered({}, correct_one))

    assert found["disposition"].tolist() == ["rejected", "rejected", "", "rejected"]
    assert desk.ledger.answers.current() == []


def test_status_and_address_are_corrected_in_one_answer(desk):
    back = desk.answered({"Cam": {"Answer": "is active", "Corrected address": "cam.b@corp.example"}})
    desk.run("staff.csv", back)

    cam = desk.run("staff.csv").set_index("name").loc["Cam"]
    other = desk.fates(desk.write(ROSTER.replace("moon", "mars")))

    assert (cam["disposition"], cam["reason"], cam["email"]) == ("", "answered", "cam.b@corp.example")
    assert other["Cam"] == ("held", "unknown_status")


CELLS = st.sampled_from(
    ["", "", "ana@gmial.com", "ben@corp.example", "ben at corp.example", "cam@corp.example", "x@y.example"]
)
SAID = st.sampled_from(["", "", *ANSWER_WORDS.values(), "yes", "Adresse stimmt"])
FILLED = st.lists(st.tuples(SAID, CELLS), min_size=3, max_size=3)
SWAPS = st.lists(st.tuples(*[st.integers(1, 3)] * 2, st.sampled_from(range(3, 11)), st.booleans()), max_size=3)


def filled_in(sheet: list[list[str]], filled, swaps) -> list[list[str]]:
    """Return the rows of the sheet with answers and corrections, and with cells moved from row to row."""
    head, rows = sheet[0], [list(row) for row in sheet]
    for row, (said, corrected) in enumerate(filled, 1):
        rows[row][head.index("Answer")], rows[row][head.index("Corrected address")] = said, corrected
    for one, other, at, is_copied in swaps:
        rows[one][at], rows[other][at] = rows[other][at], rows[one][at] if not is_copied else rows[other][at]
    return rows


def confirmed(sheet: list[list[str]], asked: list[list[str]]) -> set[str]:
    """Return the addresses that HR has entered or accepted, or said to be right or the address of an active person."""
    about = [sheet[0].index(title) for title in ("Employee ID", "Name", "Address as given")]
    said, entered, suggested = (sheet[0].index(title) for title in ("Answer", "Corrected address", "Suggestion"))
    suggestions = {tuple(row[at] for at in about): row[suggested] for row in asked[1:]}
    answers = [(row, suggestions.get(tuple(row[at] for at in about))) for row in sheet[1:]]
    words = {ANSWER_WORDS[HrAnswer.RIGHT], ANSWER_WORDS[HrAnswer.ACTIVE]}
    sure = {row[about[2]] for row, suggestion in answers if row[said] in words and suggestion is not None}
    # "address corrected" without an address accepts the suggestion.
    sure |= {suggestion for row, suggestion in answers if row[said] == ANSWER_WORDS[HrAnswer.CORRECTED] and suggestion}
    return sure | {row[entered] for row in sheet[1:] if row[entered]}


@examples(0.5)
@given(FILLED, SWAPS, st.booleans())
def test_whatever_hr_does_to_the_sheet_only_confirmed_addresses_are_invited(
    tmp_path_factory, asked, filled, swaps, alone
):
    folder = tmp_path_factory.mktemp("desk")
    (folder / "handoff.xlsx").write_bytes(asked)
    with Ledger.open(folder / "ledger.db", clock=lambda: NOW) as ledger:
        desk = Desk(folder, ledger)
        desk.write(ROSTER)
        sheet = desk.cells("handoff.xlsx")
        changed = filled_in(sheet, filled, swaps)
        text = io.StringIO()
        csv.writer(text, delimiter=";").writerows(changed)
        desk.write(text.getvalue(), "back.csv")

        tonight = desk.run("back.csv") if alone else desk.run("staff.csv", "back.csv")
        tomorrow = desk.run("staff.csv")

    sure = confirmed(changed, sheet)
    for rows in (tonight, tomorrow):
        assert set(rows.loc[rows["disposition"] == "", "email"]) <= sure
