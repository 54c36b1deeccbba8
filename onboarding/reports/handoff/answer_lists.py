"""The cells in which HR answers: the hidden question of each row, and the lists of answers to choose from.

``exports`` reads the answers when HR has sent the workbook back.
"""

from collections.abc import Sequence

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from onboarding.model.dispositions import TO_CORRECT
from onboarding.model.handoff_words import HandoffColumn
from onboarding.model.hr_answers import HrAnswer, offered_answers
from onboarding.model.questions import identities, questions_of
from onboarding.reports.handoff.cells import safe_text
from onboarding.reports.handoff.wording import HandoffWording

MOST_SPANS = 1_000
"""The most spans of a sheet. In a span, all rows offer the same answers. Rows after the last span offer all answers."""

HINT = "Choose an answer. Leave the cell empty if you do not know."
NOT_AN_ANSWER = "Not an answer"
CHOOSE = "Choose one of the answers in the list. There is a column for comments."


def question_cells(lines: pd.DataFrame) -> list[str | None]:
    """Return the hidden cell of each line of the report: the question to HR, or None without a question."""
    asked = _are_asked(lines)
    persons = identities(lines).to_pylist()
    return [
        safe_text(question.as_cell(person)) if is_asked else None
        for question, person, is_asked in zip(questions_of(lines), persons, asked, strict=True)
    ]


class AnswerLists:
    """The lists of answers that the cells of a sheet offer. Neighbouring rows with equal lists form a span."""

    def __init__(self, wording: HandoffWording) -> None:
        self._wording = wording
        self._spans: list[tuple[int, int, tuple[HrAnswer, ...]]] = []

    def note(self, first_row: int, lines: pd.DataFrame) -> None:
        """Record the answers that each line of the report offers. ``first_row`` is the row of the first line."""
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
        """Add the lists of answers to the cells of a column of the ``sheet``, so that HR can choose an answer."""
        by_list: dict[tuple[HrAnswer, ...], list[list[int]]] = {}
        for first, last, offered in self._spans:
            by_list.setdefault(offered, []).append([first, column, last, column])
        for offered, spans in by_list.items():
            sheet.data_validation(*spans[0], {**self._rule(offered), "other_cells": spans[1:]})

    def _rule(self, offered: tuple[HrAnswer, ...]) -> dict[str, object]:
        """Return Excel's rule for a cell that offers a list of answers."""
        return {
            "validate": "list",
            "source": [self._wording.answers[answer] for answer in offered],
            "input_title": self._wording.titles[HandoffColumn.ANSWER],
            "input_message": self._wording.text(HINT),
            "error_title": self._wording.text(NOT_AN_ANSWER),
            "error_message": self._wording.text(CHOOSE),
        }


def _offers(lines: pd.DataFrame) -> tuple[list[tuple[HrAnswer, ...]], Sequence[bool]]:
    return [offered_answers(question.reason) for question in questions_of(lines)], _are_asked(lines)


def _are_asked(lines: pd.DataFrame) -> Sequence[bool]:
    asked: list[bool] = lines["disposition"].isin(list(map(str, TO_CORRECT))).tolist()
    return asked
