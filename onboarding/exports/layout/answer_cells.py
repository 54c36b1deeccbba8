"""Read HR's answers in a returned hand-off workbook, and hold each row with an unclear answer.

The job accepts an answer only if it fits the question, and if the row's hidden question still belongs to the row. The
job also accepts a corrected address without an answer, if the question is about the address. After the answer "address
corrected" without an address, the job uses its own suggestion in the row, if the suggestion is unchanged. The job
guesses nothing. It holds a row with other words, or with two answers that contradict each other. The row's detail then
says what to do.

The frame of answered rows has these further columns:

==================  ===================================================================================================
column              meaning
==================  ===================================================================================================
``answer``          the ``HrAnswer`` of the row, or empty
``answered``        a sentence about the answer, for the detail of the row; empty without an answer
``confirmed``       ``yes`` if HR confirmed or entered the address of the row, and otherwise empty
``asked_cell``      the address cell of the question
``asked_reason``    the reason of the question, or empty if the job did not ask about the row
``asked_about``     the digest of the question's detail (``Question.about``)
``asked_place``     the row of the question, in the export
``comment``         HR's comment
==================  ===================================================================================================
"""

import pandas as pd
import pyarrow as pa

from onboarding.model.blank import BLANK
from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import PLACEHOLDERS
from onboarding.model.handoff_words import answer_in
from onboarding.model.hr_answers import ABOUT_STATUS, ANSWER_WORDS, NOT_ANSWERED, HrAnswer, offered_answers
from onboarding.model.questions import Question, identities
from onboarding.model.rows import is_open
from onboarding.model.values import dataclass

ANSWER_COLUMNS = (
    *("answer", "answered", "confirmed", "asked_cell", "asked_reason", "asked_about", "asked_place", "comment"),
)

ANSWERED_LATER = "HR wants to be asked later; nothing was decided."
NO_QUESTION = (
    'The answer does not say what it answers: the hidden column "Question" is empty or gone; answer in the workbook '
    "that the job wrote."
)
NOT_ITS_QUESTION = (
    "The row is not as the job wrote it: its Employee ID, Name or Address as given are those of another row; put them "
    "back, then answer again."
)
NO_CORRECTION = (
    'The answer is "address corrected", and there is no corrected address and no suggestion; enter the address.'
)
NOT_ABOUT_ADDRESS = 'The question is not about the address; choose "is active" or "has left" too.'


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of an answered row.

    The hidden cell ``question`` records what the job asked. ``given`` is the address in question, and ``suggestion``
    the address that the job suggested. ``answer`` is HR's answer. ``corrected`` is the address that HR wrote instead.
    ``person`` identifies the row's person.
    """

    answer: str
    corrected: str
    given: str
    question: str
    suggestion: str
    person: str

    @property
    def is_answered(self) -> bool:
        """Whether HR chose or wrote an answer."""
        return self.answer.strip(BLANK).lower() not in PLACEHOLDERS

    @property
    def entered(self) -> str:
        """The address that HR entered or accepted, or empty."""
        return self.corrected.strip(BLANK) or self._accepted

    @property
    def new_address(self) -> str:
        """The address that HR entered or accepted, or empty if HR only repeated the address of the export."""
        return "" if self.entered == self.given.strip(BLANK) else self.entered

    @property
    def _accepted(self) -> str:
        """The suggestion, if HR chose "address corrected" and the suggestion is unchanged; otherwise empty."""
        suggestion = self.suggestion.strip(BLANK)
        if not suggestion or answer_in(self.answer.strip(BLANK)) is not HrAnswer.CORRECTED:
            return ""
        question = Question.from_cell(self.question, self.person)
        return suggestion if question and question.suggests(suggestion) else ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """The meaning of an answered row: HR's answer and the question. If the answer is not clear, ``unclear`` says why.

    A row without an answer waits for HR's answer.
    """

    answer: HrAnswer | None = None
    question: Question | None = None
    unclear: str = ""


def read_answers(frame: pd.DataFrame, given: pa.Array) -> pd.DataFrame:
    """Apply HR's answers in a sheet of the hand-off workbook, and return the frame with ``ANSWER_COLUMNS``.

    ``frame`` is a frame of ``read_corrections``, with the columns ``answer``, ``comment``, ``suggestion`` and
    ``question`` if the sheet contains these columns. The addresses in ``frame`` are the corrections. ``given`` contains
    the address cells of the questions.
    """
    nothing = pd.Series(text_array([""] * len(frame)), frame.index)
    corrected = frame["email_as_given"].where(frame["disposition"] != Disposition.REJECTED, "")
    beside = (frame.get(name, nothing) for name in ("question", "suggestion"))
    texts = (frame.get("answer", nothing), corrected, given.to_pylist(), *beside)
    rows = [_Row(*map(str, row)) for row in zip(*texts, identities(frame, given).to_pylist(), strict=True)]
    may_change = is_open(frame) | (frame["disposition"] == Disposition.REJECTED)
    readings = [_read(row) if may else None for row, may in zip(rows, may_change, strict=True)]
    frame = frame.drop(columns=["question", "suggestion"], errors="ignore").assign(
        **{name: nothing for name in ANSWER_COLUMNS if name != "comment" or name not in frame}
    )
    frame["asked_cell"] = text_array(given)
    where = [reading is not None for reading in readings]
    decided = [_decided(row, reading) for row, reading in zip(rows, readings, strict=True) if reading]
    for name, *cells in zip(_DECIDED, *decided, strict=True) if decided else ():
        frame.loc[where, name] = text_array(map(str, cells))
    return frame


def _read(row: _Row) -> _Reading | None:
    """Return the meaning of a row, or None if HR wrote nothing in the row and no question belongs to the row."""
    question = Question.from_cell(row.question, row.person)
    if not (row.is_answered or row.entered):
        return _Reading(question=question) if question else None
    answer = answer_in(row.answer.strip(BLANK)) if row.is_answered else HrAnswer.CORRECTED
    if answer is None:
        return _Reading(unclear=f"The answer is none of the list; choose one of: {_listed(tuple(HrAnswer))}.")
    has_question = bool(row.question.strip(BLANK))
    if question is None and (has_question or answer is not HrAnswer.CORRECTED):
        return _Reading(unclear=NOT_ITS_QUESTION if has_question else NO_QUESTION)
    return _fitted(row, answer, question)


def _fitted(row: _Row, answer: HrAnswer, question: Question | None) -> _Reading:
    """Return the meaning of an answer, or the reason why the answer does not fit the question and the address."""
    offered = offered_answers(question.reason) if question else (answer,)
    if answer is HrAnswer.CORRECTED and row.is_answered and not row.new_address:
        return _Reading(unclear=NO_CORRECTION)
    if question and answer is HrAnswer.CORRECTED and question.reason in ABOUT_STATUS:
        return _Reading(unclear=NOT_ABOUT_ADDRESS)
    if answer not in offered:
        words = f'"{ANSWER_WORDS[answer]}" does not answer this question; choose one of: {_listed(offered)}.'
        return _Reading(unclear=words)
    if row.new_address and answer not in (HrAnswer.CORRECTED, HrAnswer.ACTIVE):
        return _Reading(unclear=f'The row has the answer "{ANSWER_WORDS[answer]}" and another address; remove one.')
    return _Reading(answer, question)


def _listed(answers: tuple[HrAnswer, ...]) -> str:
    return ", ".join(ANSWER_WORDS[answer] for answer in answers)


_DECIDED = (
    *("disposition", "reason", "detail", "email_as_given"),
    *("answer", "answered", "confirmed", "asked_reason", "asked_about", "asked_place"),
)


def _decided(row: _Row, reading: _Reading) -> tuple[str, ...]:
    """Return the new values of a row after HR's answer, for the columns ``_DECIDED`` in their order.

    An unclear answer holds the row.
    """
    address, question, answer = row.new_address or row.given, reading.question, reading.answer
    if reading.unclear:
        return (Disposition.HELD, Reason.UNCLEAR_ANSWER, reading.unclear, address, *[""] * 6)
    if answer is None:
        return (*_still_asked(question, NOT_ANSWERED), address, *[""] * 6)
    said = f"HR answered: {ANSWER_WORDS[answer]}{f' ({question.place})' if question else ''}."
    fates = {
        HrAnswer.LATER: _still_asked(question, ANSWERED_LATER),
        HrAnswer.LEFT: (Disposition.EXCLUDED, Reason.INACTIVE, said),
        HrAnswer.LEAVE_OUT: (Disposition.EXCLUDED, Reason.LEFT_OUT, said),
    }
    asked = (question.reason, question.about, question.place) if question else ("", "", "")
    confirmed = "yes" if row.entered or answer is HrAnswer.RIGHT else ""
    return (*fates.get(answer, ("", "", "")), address, answer, said, confirmed, *asked)


def _still_asked(question: Question | None, detail: str) -> tuple[str, str, str]:
    """Return the disposition, reason and detail of a row that still waits for HR's answer.

    The disposition and the reason are the same as in the person's row of the export. A row without a question of this
    job, such as a row that the service refused, waits like a row without an address.
    """
    if question is None or question.reason not in list(Reason):
        return Disposition.REJECTED, Reason.MISSING, detail
    is_unusable = question.reason in (Reason.MISSING, Reason.INVALID_SYNTAX)
    return Disposition.REJECTED if is_unusable else Disposition.HELD, question.reason, detail
