"""HR's answers in a returned hand-off workbook are read, and an answer that is not clear holds its row."""

import pandas as pd
import pytest
from in_memory import read

from onboarding.exports.layout.answer_cells import (
    ANSWERED_LATER,
    NO_CORRECTION,
    NO_QUESTION,
    NOT_ABOUT_ADDRESS,
    NOT_ANSWERED,
    NOT_ITS_QUESTION,
)
from onboarding.exports.tables import Unreadable
from onboarding.model.columns import text_array
from onboarding.model.questions import identities, questions_of

TITLES = [
    *("Source", "Sheet", "Row", "Employee ID", "Name", "Address as given", "What is wrong", "Corrected address"),
    *("Answer", "Comment", "Question", "Suggestion"),
]
ANA = ("007", "Ana Ruiz", "ana@gmial.example")


def question(reason="near_miss_domain", person=ANA, detail="") -> str:
    """Return the hidden cell of a row about a person."""
    names = ("employee_id", "name", "email_as_given")
    frame = pd.DataFrame({name: text_array([cell]) for name, cell in zip(names, person, strict=True)})
    place = {"source": "staff.csv", "sheet": "", "row": 2, "email": "", "disposition": "held"}
    (asked,) = questions_of(frame.assign(**place, reason=reason, detail=detail))
    return asked.as_cell(identities(frame)[0].as_py())


def row(*, corrected="", answer="", comment="", asked=None, person=ANA, suggestion="") -> list[str]:
    """Return the cells of a row of the workbook."""
    asked = question() if asked is None else asked
    wrong = "Did you mean gmail.example?"
    return ["staff.csv", "", "2", *person, wrong, corrected, answer, comment, asked, suggestion]


MEANT = question(detail="Did you mean gmail.example?")
"""The hidden cell of a row with a suggestion."""


def back(*rows, titles=TITLES) -> pd.DataFrame:
    """Return the rows of a sheet that was saved as CSV."""
    text = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n" for cells in (titles, *rows))
    return read(text)[0]


def fate(frame) -> tuple[str, ...]:
    """Return the disposition, reason and address of the only row."""
    return tuple(frame[["disposition", "reason", "email_as_given"]].iloc[0])


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"answer": "address is right"}, ("", "", "ana@gmial.example")),
        ({"answer": " Address  IS right\n"}, ("", "", "ana@gmial.example")),
        ({"answer": "address is right", "corrected": "ana@gmial.example"}, ("", "", "ana@gmial.example")),
        ({"answer": "address corrected", "corrected": "ana@gmail.example"}, ("", "", "ana@gmail.example")),
        ({"corrected": "ana@gmail.example"}, ("", "", "ana@gmail.example")),
        (
            {"answer": "address corrected", "asked": MEANT, "suggestion": "ana@gmail.example"},
            ("", "", "ana@gmail.example"),
        ),
        ({"asked": MEANT, "suggestion": "ana@gmail.example"}, ("held", "near_miss_domain", "ana@gmial.example")),
        ({"answer": "leave out"}, ("excluded", "left_out", "ana@gmial.example")),
        ({"answer": "has left"}, ("excluded", "inactive", "ana@gmial.example")),
        ({"answer": "ask me later"}, ("held", "near_miss_domain", "ana@gmial.example")),
        ({"answer": "-"}, ("held", "near_miss_domain", "ana@gmial.example")),
        ({"asked": question("missing")}, ("rejected", "missing", "ana@gmial.example")),
        ({"asked": question("failed")}, ("rejected", "missing", "ana@gmial.example")),
        ({"asked": ""}, ("rejected", "missing", "ana@gmial.example")),
        ({"answer": "is active", "asked": question("unknown_status")}, ("", "", "ana@gmial.example")),
        (
            {"answer": "is active", "asked": question("unknown_status"), "corrected": "ana@gmail.example"},
            ("", "", "ana@gmail.example"),
        ),
    ],
)
def test_answer_decides_the_row(cells, expected):
    assert fate(back(row(**cells))) == expected


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"answer": "yes please"}, "The answer is none of the list; choose one of: address corrected, address"),
        ({"answer": "yes please", "corrected": "ana@gmail.example"}, "The answer is none of the list"),
        ({"answer": "address corrected"}, NO_CORRECTION),
        ({"answer": "address corrected", "asked": MEANT}, NO_CORRECTION),
        ({"answer": "address corrected", "asked": MEANT, "suggestion": "eve@gmail.example"}, NO_CORRECTION),
        ({"answer": "address corrected", "suggestion": "ana@gmail.example"}, NO_CORRECTION),
        ({"answer": "leave out", "corrected": "ana@gmail.example"}, 'The row has the answer "leave out" and another'),
        ({"answer": "address is right", "corrected": "ana@gmail.example"}, 'has the answer "address is right" and'),
        ({"answer": "is active"}, '"is active" does not answer this question; choose one of: address corrected'),
        ({"answer": "address is right", "asked": question("missing")}, '"address is right" does not answer'),
        ({"answer": "address is right", "asked": question("shared_address")}, '"address is right" does not answer'),
        ({"answer": "address is right", "asked": question("unknown_status")}, '"address is right" does not answer'),
        ({"corrected": "ana@gmail.example", "asked": question("unknown_status")}, NOT_ABOUT_ADDRESS),
        ({"corrected": "ana@gmial.example", "asked": question("unknown_status")}, NOT_ABOUT_ADDRESS),
        ({"answer": "address is right", "asked": ""}, NO_QUESTION),
        ({"answer": "leave out", "asked": ""}, NO_QUESTION),
        ({"answer": "address is right", "asked": "[1, 2]"}, NOT_ITS_QUESTION),
        ({"answer": "address is right", "asked": "{" * 10_000}, NOT_ITS_QUESTION),
        ({"answer": "address is right", "asked": question(person=("8", *ANA[1:]))}, NOT_ITS_QUESTION),
        ({"answer": "address is right", "asked": question(person=(*ANA[:2], "eve@x.example"))}, NOT_ITS_QUESTION),
        ({"corrected": "ana@gmail.example", "asked": question(person=("8", *ANA[1:]))}, NOT_ITS_QUESTION),
        ({"answer": "address is right", "asked": question("failed").replace("failed", "look_alike")}, NOT_ITS_QUESTION),
    ],
)  # fmt: skip
def test_unclear_answer_holds_the_row(cells, why):
    frame = back(row(**cells))

    assert frame[["disposition", "reason"]].iloc[0].tolist() == ["held", "unclear_answer"]
    assert why in frame["detail"].iloc[0]


def test_answered_row_names_the_row_of_the_export():
    frame = back(row(answer="leave out", comment="Total: she left"), row(corrected="ana@gmail.example"))

    assert frame["detail"].tolist() == ["HR answered: leave out (staff.csv#2).", ""]
    assert frame["answered"].tolist()[1] == "HR answered: address corrected (staff.csv#2)."
    assert frame["comment"].tolist() == ["Total: she left", ""]


def test_later_is_told_apart_from_no_answer():
    frame = back(row(answer="ask me later"), row())

    assert frame["detail"].tolist() == [ANSWERED_LATER, NOT_ANSWERED]


@pytest.mark.parametrize("comment", ["Total: 9", "e.g. ana@corp.example", "Example: ana", "Name"])
def test_comment_never_makes_a_row_a_footer_or_an_example(comment):
    person = ("", "", "")

    frame = back(row(person=person, comment=comment, corrected="a@corp.example", asked=""), row(comment=comment))

    assert frame["reason"].tolist() == ["", "near_miss_domain"]


@pytest.mark.parametrize("title", ["Answer", "Question", "comment"])
def test_second_column_for_one_use_is_refused(title):
    with pytest.raises(Unreadable, match=f'has the column "{title.title()}" twice; delete the one'):
        back([*row(), ""], titles=[*TITLES, title])


def test_columns_of_answers_may_be_gone():
    frame = back(row(corrected="ana@gmail.example")[:8], row()[:8], titles=TITLES[:8])

    assert frame["disposition"].tolist() == ["", "rejected"]
