"""HR's answer settles the question that HR was asked, and no other question with the same reason."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from frames import rows

from onboarding.addresses.normalise import normalise
from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.hr_answers import HrAnswer, RememberedAnswer
from onboarding.model.questions import digest_of_detail, hash_seed, hashes_of, identities, plain_cells
from onboarding.model.rows import decide, is_open
from onboarding.preparing import AnswerBook, hold_respelled

SECRET = b"secret"
LOOK_ALIKES = (
    "It has letters of another script. Did you mean strasse@example.com? Type it again.",
    "The exclusion list may have this address in another spelling (such as ss for ß); correct one of them.",
    "May be another spelling of the address in staff.csv#{} (such as ss for ß); remove the wrong one.",
    "The account may have the person already, under another spelling of the address; look there.",
)
OTHER_ADDRESSES = (
    "The employee has another address in staff.csv#{}; remove the wrong one.",
    "The employee was invited at old@example.com by run r{}; if the address has changed, change it in the account too.",
)


def book(frame, reason, detail) -> AnswerBook:
    """Return the answers of HR, which has confirmed the address of the frame's row after the question in ``detail``."""
    seed = hash_seed(SECRET)
    (row,), (cell,) = (
        hashes_of(each, seed) for each in (identities(frame), plain_cells(as_array(frame["email_as_given"])))
    )
    (about,) = hashes_of(pa.array([digest_of_detail(reason, detail)], pa.string()), seed)
    answer = RememberedAnswer(
        row_hash=row,
        cell_hash=cell,
        reason=reason,
        about=about,
        answer=HrAnswer.RIGHT,
        place="staff.csv#2",
        run_id="r1",
        answered_at=datetime.now(UTC),
    )
    return AnswerBook.of(SECRET, [answer])


@pytest.mark.parametrize(
    ("reason", "questions"),
    [(Reason.LOOK_ALIKE, LOOK_ALIKES), (Reason.SAME_EMPLOYEE_OTHER_ADDRESS, OTHER_ADDRESSES)],
)
def test_answer_settles_the_same_question_alone(reason, questions):
    """Whatever row or run the detail names by now."""
    frame = normalise(rows(["straße@example.com"]))
    before = is_open(frame).to_numpy(bool)
    decide(frame, before, Disposition.HELD, reason)

    settled = {
        (asked, raised): is_open(book(frame, reason, asked.format(3)).settle(held, before)).all()
        for asked in questions
        for raised in questions
        for held in [frame.assign(detail=text_array([raised.format(4)]))]
    }

    assert {both for both, is_settled in settled.items() if is_settled} == {(each, each) for each in questions}


def test_confirmed_letters_leave_open_whether_the_account_has_the_person():
    frame = normalise(rows(["straße@example.com"]))
    held = hold_respelled(frame, set(frame["key"]))

    settled = book(frame, Reason.LOOK_ALIKE, LOOK_ALIKES[0]).settle(held, is_open(frame).to_numpy(bool))

    assert settled["disposition"].tolist() == ["held"]
