"""The spool of the local engine: decided frames on disk between its two passes."""

import pandas as pd
from frames import rows

from onboarding.model.streams import frame_to_buffer, read_frame
from onboarding.preparing.candidates import DecidedFrame
from onboarding.preparing.duplicates import FrameRecords
from onboarding.preparing.local_engine import FrameSpool


def decided(frame) -> DecidedFrame:
    """Return a frame as the first pass leaves it."""
    position = int(frame.index[0]) if len(frame) else 0
    return DecidedFrame(frame_to_buffer(frame), len(frame), position, (), FrameRecords())


def test_frames_come_back_as_they_were(tmp_path):
    frames = [rows(["ana@x.example", "é\n\x00"], start=3), rows([]), rows(["ben@x.example"], start=5, source="b.csv")]

    with FrameSpool(tmp_path) as spool:
        for frame in frames:
            spool.append(decided(frame))
        back = [read_frame(*stored) for stored in spool.frames()]

    for frame, same in zip([frames[0], frames[2]], back, strict=True):
        pd.testing.assert_frame_equal(same, frame)


def test_rows_that_are_all_equal_come_back_as_many(tmp_path):
    frame = rows(["ana@x.example"] * 3)[["source", "email_as_given"]]

    with FrameSpool(tmp_path) as spool:
        spool.append(decided(frame))

        pd.testing.assert_frame_equal(read_frame(*next(spool.frames())), frame)


def test_empty_spool_gives_no_frame(tmp_path):
    with FrameSpool(tmp_path) as spool:
        assert list(spool.frames()) == []


def test_file_has_no_name(tmp_path):
    """It has addresses in it, so nothing may stay behind, however the process ends."""
    with FrameSpool(tmp_path) as spool:
        spool.append(decided(rows(["ana@x.example"])))

        assert list(tmp_path.iterdir()) == []
