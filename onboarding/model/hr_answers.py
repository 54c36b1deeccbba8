"""The answers that HR can choose in the hand-off workbook, the answers that fit a question, and a remembered answer.

This module loads no pandas.
"""

from dataclasses import field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from onboarding.model.dispositions import Reason
from onboarding.model.errors import ExitCode
from onboarding.model.values import dataclass

ANSWERABLE = frozenset(
    {
        *(ExitCode.SETTLED, ExitCode.PARTIAL, ExitCode.IN_DOUBT),
        *(ExitCode.STOPPED, ExitCode.INTERRUPTED, ExitCode.TERMINATED),
    }
)
"""The exit codes of runs with rows that HR can correct. Other runs have read wrong data, or could not do their work."""


class HrAnswer(StrEnum):
    """An answer that HR can choose in the hand-off workbook. The ledger and JSON documents contain its value."""

    CORRECTED = "address_corrected"
    RIGHT = "address_right"
    ACTIVE = "active"
    LEFT = "left"
    LEAVE_OUT = "leave_out"
    LATER = "later"


ANSWER_WORDS = MappingProxyType(
    {
        HrAnswer.CORRECTED: "address corrected",
        HrAnswer.RIGHT: "address is right",
        HrAnswer.ACTIVE: "is active",
        HrAnswer.LEFT: "has left",
        HrAnswer.LEAVE_OUT: "leave out",
        HrAnswer.LATER: "ask me later",
    }
)
"""The words of each answer in English. ``handoff_words`` contains the words in all languages of the workbook."""

NOT_CORRECTED = "No corrected address yet; enter one."
"""The detail of a row without a correction, in a workbook of corrections."""

NOT_ANSWERED = "HR has not answered yet; choose an answer."
"""The detail of a row without an answer, in a hand-off workbook."""

LEFT_EMPTY = frozenset({NOT_CORRECTED, NOT_ANSWERED})
"""The details of rows that HR has not filled in."""

ABOUT_STATUS = frozenset(
    {Reason.UNKNOWN_STATUS, Reason.CONTRADICTING_STATUS, Reason.UNREADABLE_DATE, Reason.HIDDEN_ROW}
)
"""The reasons for questions about the person instead of the address: does the person belong to the company?"""

CONFIRMABLE = frozenset(
    {
        *(Reason.CONTRADICTING_ADDRESSES, Reason.GUESSED_ENCODING, Reason.UNKNOWN_ADDRESS_TYPE, Reason.DAMAGED_TEXT),
        *(Reason.UNUSUAL_CHARACTERS, Reason.LOOK_ALIKE, Reason.MIXED_SCRIPT, Reason.DISPOSABLE_DOMAIN),
        *(Reason.NO_SUCH_DOMAIN, Reason.ROLE_ADDRESS, Reason.NEAR_MISS_DOMAIN, Reason.SAME_EMPLOYEE_OTHER_ADDRESS),
        Reason.NEW_DOMAIN,
    }
)
"""The doubts about an address that end when HR calls the address right.

The doubt about an address of many employees stays, since a run must not mail the address once for each employee.
"""

_STATUS_ANSWERS = (HrAnswer.ACTIVE, HrAnswer.LEFT, HrAnswer.LEAVE_OUT, HrAnswer.LATER)
_ADDRESS_ANSWERS = (HrAnswer.CORRECTED, HrAnswer.LEAVE_OUT, HrAnswer.LEFT, HrAnswer.LATER)


def offered_answers(reason: str) -> tuple[HrAnswer, ...]:
    """Return the answers that fit a question with this reason, in the order in which the workbook offers them."""
    if reason in ABOUT_STATUS:
        return _STATUS_ANSWERS
    return (_ADDRESS_ANSWERS[0], HrAnswer.RIGHT, *_ADDRESS_ANSWERS[1:]) if reason in CONFIRMABLE else _ADDRESS_ANSWERS


UNTOLD_FIELDS = ("row_hash", "cell_hash", "about")
"""The fields of an answer that only the ledger needs: hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedAnswer:
    """HR's answer to a question about a row.

    ``row_hash``, ``cell_hash`` and ``about`` are hashes of the row's identity, of its address cell, and of the detail
    on which the question depends. ``reason`` is the question's reason, and ``place`` names the row of the question.
    ``address`` is the address that HR entered, or empty. ``run_id`` is the run that read the answer. The ``id`` is 0
    for an answer that is not in the ledger yet.
    """

    row_hash: bytes
    cell_hash: bytes
    reason: str
    about: bytes
    answer: HrAnswer
    place: str
    run_id: str
    answered_at: datetime
    address: str = field(default="", repr=False)
    comment: str = field(default="", repr=False)
    id: int = 0
    revoked_at: datetime | None = None
    purged_at: datetime | None = None

    @property
    def is_about_status(self) -> bool:
        """Whether the question is about the person's status instead of the address."""
        return self.reason in ABOUT_STATUS

    @property
    def decides_row(self) -> bool:
        """Whether the answer decides the row's disposition, even if the row raises another question."""
        return self.answer in (HrAnswer.CORRECTED, HrAnswer.LEFT, HrAnswer.LEAVE_OUT)

    @property
    def sentence(self) -> str:
        """The sentence about this answer in the detail of a row."""
        return f"HR answered on {self.answered_at:%Y-%m-%d}: {ANSWER_WORDS[self.answer]}."

    def has_question_of(self, other: "RememberedAnswer") -> bool:
        """Say whether this answer and the answer ``other`` belong to the same question about the same row."""
        return (self.row_hash, self.reason, self.about) == (other.row_hash, other.reason, other.about)

    def says_same(self, other: "RememberedAnswer") -> bool:
        """Say whether the answer ``other`` is the same answer to the same question."""
        return self.has_question_of(other) and (self.answer, self.address) == (other.answer, other.address)

    def replaces(self, earlier: "RememberedAnswer") -> bool:
        """Say whether this answer makes the answer ``earlier`` invalid."""
        if self.row_hash != earlier.row_hash:
            return False
        if self.answer is HrAnswer.LATER:
            return self.has_question_of(earlier)
        return self.has_question_of(earlier) or earlier.decides_row or earlier.answer is HrAnswer.LATER
