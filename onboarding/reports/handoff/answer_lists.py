"""The cells in which HR answers: the hidden question of each row, and the lists of answers to choose from.

``exports`` reads the answers when the workbook comes back.
"""

from collections.abc import Sequence

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from onboarding.model.dispositions import TO_CORRECT
from onboarding.model.hr_answers import ANSWER_WORDS, HrAnswer, offered_answers
from onboarding.model.questions import identities, questions_of
from onboarding.reports.handoff.cells import safe_text

ANSWER_TITLE = "Answer"
COMMENT_TITLE = "Comment"
QUESTION_TITLE = "Question"
"""The titles of the columns. ``exports`` finds the columns by these titles."""

MOST_SPANS = 1_000
"""The most spans of rows that offer equal lists. All rows after the last of these spans offer all answers."""

_RULE = {
    "validate": "list",
    "input_title": "Answer",
    "input_message": "Choose an answer. Leave the cell empty if you do not know.",
    "error_title": "Not an answer",
    "error_message": "Choose one of the answers in the list. There is a column for comments.",
}


def question_cells(lines: pd.DataFrame) -> list[str | None]:
    """Return the hidden cell of each line of the report: its question, or None where HR has nothing to answer."""
    asked = _are_asked(lines)
    persons = identities(lines).to_pylist()
    return [
        safe_text(question.as_cell(person)) if is_asked else None
        for question, person, is_asked in zip(questions_of(lines), persons, asked, strict=True)
    ]


class AnswerLists:
    """The lists of answers that the cells of a sheet offer. Neighbouring rows with equal lists form a span."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int, tuple[HrAnswer, ...]]] = []

    def note(self, first_row: int, lines: pd.DataFrame) -> None:
        """Note which answers each line of the report offers. The first line is in the sheet's row ``first_row``."""
        for row, question, is_asked in zip(range(first_row, first_row + len(lines)), *_offers(lines), strict=True):
            if not is_asked:
                continue
            before, last, offered = self._spans[-1] if self._spans else (0, -1, ())
            if last == row - 1 and offered == question:
                self._spans[-1] = (before, row, offered)
            elif len(self._spans) <= MOST_SPANS:
                self._spans.append((row, row, question))
            else:
                self._spans[-1] = (before, row, tuple(HrAnswer))

    def add_to(self, sheet: Worksheet, column: int) -> None:
        """Add the lists to the cells of a column."""
        by_list: dict[tuple[HrAnswer, ...], list[list[int]]] = {}
        for first, last, offered in self._spans:
            by_list.setdefault(offered, []).append([first, column, last, column])
        for offered, spans in by_list.items():
            words = [ANSWER_WORDS[answer] for answer in offered]
            sheet.data_validation(*spans[0], {**_RULE, "source": words, "other_cells": spans[1:]})


def _offers(lines: pd.DataFrame) -> tuple[list[tuple[HrAnswer, ...]], Sequence[bool]]:
    return [offered_answers(question.reason) for question in questions_of(lines)], _are_asked(lines)


def _are_asked(lines: pd.DataFrame) -> Sequence[bool]:
    asked: list[bool] = lines["disposition"].isin(list(map(str, TO_CORRECT))).tolist()
    return asked
