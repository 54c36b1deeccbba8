"""Rows between two passes."""

import pandas as pd
from frames import rows

from onboarding.preparing.local_engine import FrameSpool


def test_frames_come_back_as_they_were(tmp_path):
    frames = [rows(["ana@x.example", "é\n\x00"], start=3), rows([]), rows(["ben@x.example"], start=5, source="b.csv")]

    with FrameSpool(tmp_path) as spool:
        for frame in frames:
            spool.append(frame)
        back = list(spool.frames())

    for frame, same in zip([frames[0], frames[2]], back, strict=True):
        pd.testing.assert_frame_equal(same, frame)


def test_rows_that_all_say_the_same_come_back_as_many(tmp_path):
    frame = rows(["ana@x.example"] * 3)[["source", "email_as_given"]]

    with FrameSpool(tmp_path) as spool:
        spool.append(frame)

        pd.testing.assert_frame_equal(next(spool.frames()), frame)


def test_nothing_taken_in_gives_nothing_back(tmp_path):
    with FrameSpool(tmp_path) as spool:
        assert list(spool.frames()) == []


def test_file_has_no_name(tmp_path):
    """There are addresses in it: whatever ends the process, nothing may stay behind."""
    with FrameSpool(tmp_path) as spool:
        spool.append(rows(["ana@x.example"]))

        assert list(tmp_path.iterdir()) == []
