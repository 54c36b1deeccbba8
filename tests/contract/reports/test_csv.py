"""The CSV that people open in a spreadsheet: its cells, its quotes, and what it does to formulas."""

import csv
import errno
import io
import re
import stat
import tempfile
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pytest
from frames import decided, outcomes, people
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition
from onboarding.model.neutralising import neutralise
from onboarding.model.outcomes import InviteState
from onboarding.reports import ReportContext, reconcile
from onboarding.reports.csv import open_reconciliation
from onboarding.reports.folder import LocalFolder
from onboarding.reports.reconcile import COLUMNS

RUN = ReportContext("r1", "chime", "account-1", "noon", Disposition.DEFERRED)
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")

cell = st.text(st.sampled_from([*LIVE, "'", '"', ",", ";", "|", " ", "a", "é", "\u2028", "\U0001f600"]), max_size=6)


def lines_of(cells, **columns) -> pd.DataFrame:
    """Return the lines of the report for rows that were not sent."""
    return reconcile(decided(cells, **columns), outcomes({}), RUN)


def written(value) -> str:
    """Return a cell in the form in which the report has it."""
    return neutralise(pa.array([value], pa.string()))[0].as_py()


def read(folder) -> list[dict[str, str]]:
    """Return the lines of a report as Python's csv module reads them."""
    with (folder.path / "reconciliation.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written_and_read(*frames, **how) -> tuple[str, list[dict[str, str]]]:
    """Return the text of a report of these frames of lines, and its lines as Python's csv module reads them."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = LocalFolder(Path(temporary))
        with open_reconciliation(folder, **how) as report:
            for frame in frames:
                report.append(frame)
        return (folder.path / "reconciliation.csv").read_bytes().decode(), read(folder)


@pytest.fixture
def folder(tmp_path):
    return LocalFolder(tmp_path)


def test_header_names_the_columns_of_the_contract_for_scripts(folder):
    """There is no byte order mark: Python's csv, awk and jq would take it for a part of the first name."""
    with open_reconciliation(folder) as report:
        report.append(lines_of([]))

    assert (folder.path / "reconciliation.csv").read_bytes() == ",".join(COLUMNS).encode() + b"\n"


def test_report_without_a_frame_has_a_header(folder):
    with open_reconciliation(folder):
        pass

    assert read(folder) == []
    assert (folder.path / "reconciliation.csv").read_text().count("\n") == 1


def test_lines_stand_in_input_order_across_frames(folder):
    with open_reconciliation(folder) as report:
        for start in (0, 3, 6):
            report.append(reconcile(people(3, start=start), outcomes({start: InviteState.INVITED}), RUN))

    lines = read(folder)
    assert [line["email"] for line in lines] == [f"person{n}@example.com" for n in range(9)]
    assert [line["disposition"] for line in lines] == ["invited", "deferred", "deferred"] * 3
    assert [(line["chunk"], line["attempts"]) for line in lines[:2]] == [("1", "1"), ("", "")]


def test_only_the_owner_may_read_it(folder):
    with open_reconciliation(folder) as report:
        report.append(lines_of(["ana@example.com"]))

    assert stat.S_IMODE((folder.path / "reconciliation.csv").stat().st_mode) == 0o600


@given(st.lists(cell, min_size=1, max_size=6), st.integers(0, 6))
@example(["", "=1+1", "\r=1", "a\rb\nc\x00d"], 2)
@example(['"=1"', "'=1", " =1", ",=1"], 0)
def test_no_cell_starts_live_and_none_is_altered_otherwise(names, cut):
    """A cell that is read back is unchanged, or has an apostrophe before text that a spreadsheet would execute."""
    frame = lines_of(names, name=names, employee_id=list(reversed(names)))

    _, lines = written_and_read(frame.iloc[:cut], frame.iloc[cut:])

    safe = [written(name) for name in names]
    assert [line["name"] for line in lines] == safe
    assert [line["email_as_given"] for line in lines] == safe
    assert [line["employee_id"] for line in lines] == list(reversed(safe))
    assert not any(value.startswith(LIVE) for line in lines for value in line.values())


@given(st.lists(st.tuples(cell, cell, st.booleans()), min_size=1, max_size=6), st.integers(0, 6))
@example([("", "", True), ("", "=1,1", False), ('"', "", True)], 1)
def test_cells_of_the_result_are_written_like_other_cells(results, cut):
    """The reason of a row and the answers of the service may hold any text, too."""
    details, errors, are_sent = zip(*results, strict=True)
    frame = decided([f"p{at}@x.example" for at in range(len(results))])
    frame["detail"] = text_array("" if is_sent else detail for detail, is_sent in zip(details, are_sent, strict=True))
    frame["disposition"] = text_array("" if is_sent else "held" for is_sent in are_sent)
    sent = [at for at, is_sent in enumerate(are_sent) if is_sent]
    settled = outcomes(dict.fromkeys(sent, InviteState.FAILED))
    settled["error"] = settled["invite_id"] = text_array(errors[at] for at in sent)
    lines = reconcile(frame, settled, RUN)

    _, found = written_and_read(lines.iloc[:cut], lines.iloc[cut:])

    for line, expected in zip(found, lines.to_dict("records"), strict=True):
        safe = {name: "" if pd.isna(value) else str(value) for name, value in expected.items()}
        assert line == {name: written(value) for name, value in safe.items()}


def test_only_cells_that_need_it_are_in_quotes(folder):
    with open_reconciliation(folder) as report:
        report.append(lines_of(["ana@example.com", ""], name=["Ruiz, Ana", 'Bo "B"'], employee_id=["007", "8"]))

    text = (folder.path / "reconciliation.csv").read_text().splitlines()
    assert text[1] == (
        'r1,staff.csv,,2,007,"Ruiz, Ana",ana@example.com,ana@example.com,deferred,,'
        '"Not sent this time; it will be when the job is run again.",,chime,account-1,,,,,,noon,'
    )
    assert text[2].startswith('r1,staff.csv,,3,8,"Bo ""B""",,,rejected,missing,')


class FullFolder:
    """A folder on a disk without space."""

    name = "full"

    def atomic_write(self, _) -> AbstractContextManager[BinaryIO]:
        return nullcontext(self)

    def writelines(self, _):
        raise OSError(errno.ENOSPC, "No space left on device")


@given(st.lists(cell, min_size=1, max_size=6), st.sampled_from(["", '"']))
@example(["x;=1+1;y", "Ana;=cmd|'/C calc'!A0;z", 'x;"=1+1"', "x|\n-1"], '"')
@example(["x;=1+1;y", "x,=1+1", "x\r@1"], "")
def test_no_piece_of_a_line_starts_live_wherever_a_spreadsheet_splits_it(names, quote):
    """The list separator of Excel is the semicolon in half of Europe. Quotes do not open a cell in its middle."""
    text, _ = written_and_read(lines_of(names, name=names))

    for separator in ",;|\t":
        for piece in re.split(f"[{separator}\r\n]", text):
            assert not piece.removeprefix(quote).startswith(("=", "+", "-", "@", "\x00", "＝", "＋", "－", "＠"))


@given(st.lists(cell, min_size=1, max_size=6))
@example(["Doe;=1+1", "7\t=1+1"])
def test_no_cell_starts_live_for_a_reader_that_splits_at_other_signs_too(names):
    """LibreOffice proposes comma, semicolon and tab together."""
    text, _ = written_and_read(lines_of(names, name=names))

    commas_alone = re.sub("[;|\t]", ",", re.sub('"(?:[^"]|"")*"', '"quoted"', text))
    assert {len(line) for line in csv.reader(io.StringIO(commas_alone, newline=""))} == {len(COLUMNS)}


@given(st.lists(st.text(max_size=9), min_size=1, max_size=9), st.integers(1, 500))
def test_lines_too_large_for_one_array_are_joined_in_parts(names, most_bytes):
    """An Arrow array holds at most 2 GiB of text."""
    frame = lines_of(names, name=[name.replace("\r", "").replace("\n", "") for name in names])

    assert written_and_read(frame, most_bytes=most_bytes) == written_and_read(frame)


def test_error_of_writing_reaches_the_caller_of_append():
    """A full disk must end the run, not only a thread."""
    appended = []

    def append_until_it_fails():
        with open_reconciliation(FullFolder()) as report:
            for number in range(9):
                report.append(lines_of(["ana@example.com"]))
                appended.append(number)

    with pytest.raises(OSError, match="No space left"):
        append_until_it_fails()

    assert len(appended) < 9


def test_address_that_starts_live_is_neutralised_and_any_other_is_as_it_was(folder):
    with open_reconciliation(folder) as report:
        report.append(
            lines_of(["+ana@example.com", "'=ben@example.com", "'t.hof@example.com", "O'Hara+x=1@example.com"])
        )

    assert [line["email"] for line in read(folder)] == [
        "'+ana@example.com",
        "''=ben@example.com",
        "'t.hof@example.com",
        "O'Hara+x=1@example.com",
    ]


def test_huge_cell_is_whole(folder):
    with open_reconciliation(folder) as report:
        report.append(lines_of(["x"], name=["=" + "é" * 100_000]))

    assert read(folder)[0]["name"] == "'=" + "é" * 100_000


def test_interrupted_report_leaves_nothing(folder):
    """Half a report would look like a whole one."""
    with suppress(KeyError), open_reconciliation(folder) as report:
        report.append(lines_of(["ana@example.com"]))
        raise KeyError

    assert list(folder.path.iterdir()) == []
