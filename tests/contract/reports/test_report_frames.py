"""The report of a run comes back as frames, with each cell as the export had it."""

import json
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from frames import decided, outcomes
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ReportNotWritten
from onboarding.model.outcomes import InviteState
from onboarding.reports import RECONCILIATION, ReportContext, open_reconciliation, reconcile
from onboarding.reports.folder import LocalFolder, written_folder
from onboarding.reports.reconcile import COLUMNS
from onboarding.reports.report_frames import read_frames

NOON = "2026-03-01T12:00:00.000000+00:00"
RUN = ReportContext("r1", "chime", "account-1", NOON, Disposition.DEFERRED)

cell = st.text(st.sampled_from("=+-@\t\r\n\0＝＋－＠|'\",; aé<r>"), max_size=6)


@pytest.fixture
def folder(tmp_path):
    return LocalFolder(tmp_path)


def write(folder, names, *, part=RECONCILIATION, sent=()):
    """Write a report with a line for each name. The rows with the numbers ``sent`` were invited."""
    frame = decided([f"p{at}@x.example" for at in range(len(names))], name=list(names))
    with open_reconciliation(folder) as report:
        of_sent = outcomes(dict.fromkeys(sent, InviteState.INVITED)).assign(decided_at=NOON)
        report.append(reconcile(frame, of_sent, RUN))
    if part != RECONCILIATION:
        (folder.path / part).parent.mkdir(exist_ok=True)
        (folder.path / RECONCILIATION).rename(folder.path / part)


@given(st.lists(cell, max_size=6))
@example([])
@example(["'=1", "=1", "''=1", "<r>", "'a", "", "NULL", "nan"])
def test_every_cell_is_as_it_was_before_it_was_written(names):
    with tempfile.TemporaryDirectory() as temporary:
        folder = LocalFolder(Path(temporary))
        write(folder, names)

        frames = list(read_frames(folder, [RECONCILIATION]))

    assert [name for frame in frames for name in frame["name"]] == names


def test_columns_have_the_types_that_programs_count_with(folder):
    write(folder, ["Ana", "Bo"], sent=[0])

    (frame,) = read_frames(folder, [RECONCILIATION])

    assert tuple(frame.columns) == COLUMNS
    assert frame["attempts"].tolist() == [1, pd.NA]
    assert frame["decided_at"].max() - frame["decided_at"].min() == pd.Timedelta(0)
    types = frame.dtypes.map(str)
    assert types[["row", "chunk", "attempts"]].unique().tolist() == ["int64[pyarrow]"]
    assert types["decided_at"] == "timestamp[us, tz=UTC][pyarrow]"
    assert types.drop(["row", "chunk", "attempts", "decided_at"]).unique().tolist() == ["string[pyarrow]"]


def test_frames_are_no_larger_than_wanted_and_count_on(folder):
    write(folder, list("abcdefg"))

    frames = list(read_frames(folder, [RECONCILIATION], most_rows=3))

    assert [frame.index.tolist() for frame in frames] == [[0, 1, 2], [3, 4, 5], [6]]


def test_cell_that_is_longer_than_a_block_is_read_and_no_row_before_it_twice(folder):
    """The quotes of an export may be wrong, so that a cell takes in the rows after it."""
    names = [*map(str, range(30_000)), "x" * 9_000_000, "Bo"]
    write(folder, names)

    frame = pd.concat(read_frames(folder, [RECONCILIATION]))

    assert frame["name"].tolist() == names
    assert frame.index.tolist() == list(range(len(names)))


def test_parts_of_a_run_to_many_accounts_come_one_after_the_other(folder):
    parts = [f"reconciliation/part-{number:05}.csv" for number in range(3)]
    for name, part in zip("abc", parts, strict=True):
        write(folder, [name], part=part)
    manifest = {"parts": [{"part": part} for part in (parts[0], "", *parts[1:])]}
    (folder.path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    frame = pd.concat(read_frames(folder, ["manifest.json", "reconciliation/part-*.csv"]))

    assert (frame["name"].tolist(), frame.index.tolist()) == (["a", "b", "c"], [0, 1, 2])


def test_report_that_is_not_as_the_run_wrote_it_is_refused_in_one_line(folder):
    write(folder, ["Ana"])
    report = folder.path / RECONCILIATION
    report.write_bytes(report.read_bytes().replace(b",", b";"))

    with pytest.raises(ReportNotWritten, match=r"is not as the run wrote it.*; write it again"):
        list(read_frames(folder, [RECONCILIATION]))


@pytest.mark.parametrize("files", [[RECONCILIATION], ["manifest.json"], ["handoff.xlsx"], []])
def test_report_that_is_not_there_is_refused_in_one_line(folder, files):
    with pytest.raises(ReportNotWritten, match=r"could not be read|has no reconciliation\.csv"):
        list(read_frames(written_folder(folder.name, lambda: pytest.fail("S3 is not needed")), files))
