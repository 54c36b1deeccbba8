"""The hand-off workbook is written in any of its languages, complete, and each comes back whatever the settings say."""

import ast
import re
from collections import Counter
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import summaries
from email_validator import syntax
from frames import rows
from summaries import NOW

import onboarding
from onboarding.addresses.normalise import normalise
from onboarding.exports import open_exports
from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.handoff_words import ANSWERS, TITLES, HandoffColumn, HandoffLanguage, answer_in
from onboarding.model.hr_answers import HrAnswer, offered_answers
from onboarding.reports import ReportContext, reconcile
from onboarding.reports.folder import LocalFolder
from onboarding.reports.handoff import legend
from onboarding.reports.handoff.columns import LAYOUTS
from onboarding.reports.handoff.wording import SLOT, HandoffWording, read_tables
from onboarding.reports.handoff.workbook import open_handoff
from onboarding.reports.words import DISPOSITION_WORDS, EXIT_CODE_WORDS, REASON_PHRASES, as_sentence

PACKAGE = Path(onboarding.__file__).parent
OTHERS = [language for language in HandoffLanguage if language is not HandoffLanguage.ENGLISH]
MOST_LETTERS_OF_A_LIST = 255
"""The most letters that Excel allows in the list of a cell, its commas included."""

MOST_LETTERS_OF_A_SHEET_NAME = 31


def write(folder, language, *, dispositions=("held", "rejected", "failed", "invited"), **columns_given) -> Path:
    """Write a workbook in a language, with one row for each disposition."""
    frame = rows(
        [""] * len(dispositions), disposition=list(dispositions), employee_id=list("1234567")[: len(dispositions)]
    )
    for name, cells in columns_given.items():
        frame[name] = text_array(cells)
    lines = frame.assign(email=text_array([""] * len(frame)), duplicate_of=text_array([""] * len(frame)))
    context = ReportContext("r1", "chime", "account-1", NOW.isoformat(), Disposition.INVITED)
    lines = reconcile(lines, pd.DataFrame(), context)
    counts = dict(Counter(map(Disposition, lines["disposition"])))
    with open_handoff(LocalFolder(folder), folder, language=language) as report:
        report.append(lines)
        report.finish(summaries.summary_of(counts, counts_by_source={"staff.csv": counts}, exit_code=5))
    return folder / "handoff.xlsx"


def texts_of(path) -> set[str]:
    """Return all texts that readers see. Questions, which the job alone reads, are left out."""
    cells = (
        cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows(values_only=True) for cell in row
    )
    return {str(cell) for cell in cells if cell is not None and not str(cell).startswith("[")}


@pytest.mark.parametrize("language", OTHERS)
def test_table_has_every_text_in_every_language_with_the_same_slots(language):
    for english, texts in read_tables().items():
        assert set(texts) - {HandoffLanguage.ENGLISH} == set(OTHERS), english
        assert texts[language].strip(), english
        assert set(SLOT.findall(texts[language])) <= set(SLOT.findall(english)), english


def test_all_words_that_reports_share_are_in_the_table():
    english = {
        *(words for each in DISPOSITION_WORDS.values() for words in (each.label, each.meaning, each.remedy)),
        *(as_sentence(phrase) for phrase in REASON_PHRASES.values()),
        *(each.meaning for each in EXIT_CODE_WORDS.values()),
    } - {""}

    assert english <= set(read_tables())
    assert set(REASON_PHRASES) == set(Reason)


@pytest.mark.parametrize("language", OTHERS)
def test_each_language_names_the_cells_and_answers_that_the_english_words_name(language):
    """HR finds the cell to fill in, and the answer in the list, under the very words of the sentence."""
    english = HandoffWording(HandoffLanguage.ENGLISH)
    named = {english.titles[each]: TITLES[language][each] for each in (HandoffColumn.CORRECTED, HandoffColumn.ANSWER)}
    named |= {english.answers[answer]: ANSWERS[language][answer] for answer in HrAnswer}

    for text, texts in read_tables().items():
        for words, translated in named.items():
            if f"“{words}”" in texts.get(HandoffLanguage.ENGLISH, text):
                assert translated in texts[language], text


def test_workbook_asks_for_no_cell_that_is_protected():
    """Reports ask for a cell to be corrected in the HR system. The workbook names the cells that HR can fill in."""
    english = HandoffWording(HandoffLanguage.ENGLISH)

    status = english.explain(
        "held", "unknown_status", '"x" in column "Status" is not a known status; write active or inactive.'
    )
    several = english.explain("held", "several_addresses", "The cell holds several addresses; keep the one to invite.")
    nested = english.explain(
        "held", "damaged_text", "A program has decoded letters of the address in a wrong way. Type the address again."
    )

    assert status == '"x" in column "Status" is not a known status; choose “is active” or “has left”.'
    assert several.endswith("; enter the one to invite under “Corrected address”.")
    assert nested.endswith("wrong way. Enter the right address under “Corrected address”.")
    assert english.explain("held", "look_alike", "The table lacks this sentence.") == "The table lacks this sentence."


def test_answers_and_titles_are_complete_and_no_two_are_alike():
    for titles in TITLES.values():
        assert len({title.casefold() for title in titles.values()}) == len(HandoffColumn)
    words = [answer.casefold() for answers in ANSWERS.values() for answer in answers.values()]

    assert all(set(answers) == set(HrAnswer) for answers in ANSWERS.values())
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("language", HandoffLanguage)
def test_names_of_sheets_and_lists_of_answers_fit_what_excel_allows(language):
    wording = HandoffWording(language)
    names = [wording.text(name) for name in ("Summary", "Legend", *(layout.name for layout in LAYOUTS))]

    assert len({name.casefold() for name in names}) == len(names)
    assert all(
        len(name) <= MOST_LETTERS_OF_A_SHEET_NAME and not re.search(r"[\[\]:*?/\\]|^'|'$", name) for name in names
    )
    for reason in Reason:
        assert len(",".join(wording.answers[answer] for answer in offered_answers(reason))) <= MOST_LETTERS_OF_A_LIST


def strings_in(folder) -> str:
    """Return all texts in the code of a folder. The parts of a text with slots are texts of their own."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.py")))
    constants = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return "\n".join(constant for constant in constants if isinstance(constant, str))


def is_in(said, clause) -> bool:
    """Say whether the code has a clause as one text, or as two texts that it joins."""
    words = clause.split()
    pairs = ((" ".join(words[:at]), " ".join(words[at:])) for at in range(len(words)))
    return not words or any(first in said and second in said for first, second in pairs)


def test_every_text_of_the_table_is_still_what_the_code_says():
    """A changed English sentence needs new translations."""
    said = strings_in(PACKAGE) + strings_in(Path(syntax.__file__).parent)
    shared = {as_sentence(phrase) for phrase in REASON_PHRASES.values()}
    other_words = "SPACE|period|hyphen|another address"

    for english in set(read_tables()) - shared:
        for clause in re.split(rf"\{{\w+\}}|[\";:.,?()]|{other_words}", english):
            assert is_in(said, clause.strip()), english


@pytest.mark.parametrize("language", OTHERS)
def test_workbook_has_no_english_text(tmp_path, language):
    """Each text that is the same in English and in the language is one that both languages write alike."""
    english = texts_of(write(tmp_path, HandoffLanguage.ENGLISH, dispositions=[*Disposition][:7]))

    found = texts_of(write(tmp_path, language, dispositions=[*Disposition][:7]))

    alike = {english for english, texts in read_tables().items() if texts[language] == english} | {"Name", "Question"}
    neutral = {text for text in english & found if not re.search("[a-zA-Z]{4}", text) or "account-1" in text}
    assert english & found - neutral - {"staff.csv", "invited"} <= alike


@pytest.mark.parametrize("language", OTHERS)
def test_sentence_about_a_row_is_translated_with_the_words_of_the_export(language):
    wording = HandoffWording(language)

    known = wording.explain(
        "held", "near_miss_domain", "Did you mean gmail.com? It is in 26 rows of this export, x in 1."
    )
    nested = wording.explain(
        "excluded", "inactive", "Status = Gone. Invited by run r1 at noon; the account is still there; remove it."
    )
    unknown = wording.explain("held", "look_alike", "A sentence that nobody translated.")

    assert "gmail.com" in known
    assert "Did" not in known
    assert "Status = Gone" in nested
    assert "remove" not in nested
    assert unknown == wording.text("Looks like another address.")


@pytest.mark.parametrize("language", HandoffLanguage)
def test_filled_in_workbook_comes_back_in_any_language(tmp_path, language):
    path = write(tmp_path, language, email_as_given=["a at x", "b", "c@corp.example", "d@corp.example"])
    book, titles = openpyxl.load_workbook(path), TITLES[language]
    sheet = book.worksheets[1]
    head = [cell.value for cell in sheet[1]]
    column = {each: head.index(title) + 1 for each, title in titles.items()}
    sheet.cell(2, column[HandoffColumn.ANSWER]).value = ANSWERS[language][HrAnswer.LEFT].upper()
    sheet.cell(3, column[HandoffColumn.CORRECTED]).value = "b@corp.example"
    sheet.cell(3, column[HandoffColumn.COMMENT]).value = "ok"
    book.save(path)

    (export,) = open_exports([str(path)])
    found = normalise(pd.concat(export.batches(0))).set_index("employee_id")

    assert found.loc["1", ["disposition", "reason", "answer"]].tolist() == ["excluded", "inactive", "left"]
    assert found.loc["2", ["email", "disposition", "comment"]].tolist() == ["b@corp.example", "", "ok"]
    assert found.loc["3", ["disposition", "reason"]].tolist() == ["rejected", "missing"]
    assert set(found.index) == {"1", "2", "3"}


def test_answer_is_known_in_any_case_and_spacing():
    assert answer_in("  HAS   left ") is HrAnswer.LEFT
    assert answer_in("Spa\u0308ter fragen") is HrAnswer.LATER
    assert answer_in("l'adresse est corrigée") is HrAnswer.CORRECTED
    assert answer_in("l’adresse est corrigée") is HrAnswer.CORRECTED
    assert answer_in("yes") is None


def test_column_that_is_gone_is_named_in_the_language_of_the_workbook(tmp_path):
    path = write(tmp_path, HandoffLanguage.GERMAN)
    book = openpyxl.load_workbook(path)
    book.worksheets[1].delete_cols(7)
    book.save(path)

    with pytest.raises(Exception, match='no column "Korrigierte Adresse" any more'):
        open_exports([str(path)])


def test_every_text_of_the_sheets_is_in_the_table():
    """The code asks for texts by their English words. A text that the table lacks would break a workbook."""
    titles = {
        column.title for layout in LAYOUTS for column in layout.columns if not isinstance(column.title, HandoffColumn)
    }

    assert titles | {layout.name for layout in LAYOUTS} <= set(read_tables())
    assert {*legend.ANSWER_MEANINGS.values(), *legend.COLUMN_MEANINGS.values(), legend.YELLOW} <= set(read_tables())
