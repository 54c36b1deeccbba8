"""What a frame of rows is, and what is refused as one."""

import pytest
from frames import rows

from onboarding.rows import AS_READ, DECIDED, TEXT, Disposition, Reason, check, decide, is_open, text


def test_frame_of_another_shape_is_refused_by_name():
    """A missing column and one of another dtype are both told, and no cell is."""
    frame = rows(["ana@example.com"]).drop(columns="sheet").astype({"name": object})

    with pytest.raises(TypeError, match=r"^not a frame of rows: sheet, name$"):
        check(frame, AS_READ)


def test_rows_as_they_were_read_are_not_decided():
    with pytest.raises(TypeError, match="email, key, duplicate_of"):
        check(rows([]), DECIDED)


def test_decision_is_made_for_the_marked_rows_alone():
    frame = rows(["", "a", "b"], start=3, reason=["old", "old", "old"])

    decide(frame, frame["email_as_given"] != "a", Disposition.REJECTED, Reason.MISSING)
    decide(frame, frame["email_as_given"] == "b", Disposition.IN_DOUBT)

    assert frame["disposition"].tolist() == ["rejected", "", "in_doubt"]
    assert frame["reason"].tolist() == ["missing", "old", ""]
    assert is_open(frame).tolist() == [False, True, False]
    assert frame["disposition"].dtype == TEXT


def test_half_a_character_is_no_text():
    """A lone surrogate cannot be written to any report, so it never gets into a frame."""
    with pytest.raises(UnicodeEncodeError):
        text(["\ud800"])
