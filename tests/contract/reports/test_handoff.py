"""The hand-off workbook: its sheets and cells, and that it appears whole or not at all."""

import gc
import signal
import stat
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
import summaries
from frames import decided, outcomes
from hypothesis import given
from hypothesis import strategies as st
from soak import examples
from summaries import NOW

from onboarding.model.columns import text_array
from onboarding.model.dispositions import TO_CORRECT, Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.handoff_words import TITLES, HandoffColumn, HandoffLanguage
from onboarding.model.neutralising import neutralise
from onboarding.model.outcomes import InviteState
from onboarding.reports import ReportContext, Summary, reconcile
from onboarding.reports.folder import LocalFolder
from onboarding.reports.handoff.cells import MOST_UTF16_UNITS
from onboarding.reports.handoff.columns import LAYOUTS
from onboarding.reports.handoff.summary_sheet import next_steps
from onboarding.reports.handoff.wording import HandoffWording
from onboarding.reports.handoff.workbook import SLICE_ROWS, open_handoff
from onboarding.reports.reconcile import COLUMNS
from onboarding.reports.words import DISPOSITION_WORDS, label_of

MOST_WIDTH_ON_PAPER = 179
"""The most width in characters of the columns of a sheet that LibreOffice prints in letters of 7 points or more."""

LIVE = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
NASTY = [
    *(
        "=1+1",
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        "＝1",
        "＋1",
        "－1",
        "＠a",
        "{=1}",
        "x;=1+1;y",
    ),
    *(
        "<script>alert(1)</script>",
        "<r><t>1</t></r>",
        "&amp;",
        "😀",
        "\u202eevil",
        "00123",
        "2026-03-15",
        "1e5",
        "TRUE",
    ),
    *("http://www.example.com", "mailto:ana@example.com", "a\nb", " a ", "'a", "'=1", "#N/A", "Zoë"),
]
FULL_DISK = """
import resource, sys
sys.path[:0] = {path!r}
from test_handoff import LocalFolder, Path, lines_of, open_handoff, summary_of
from onboarding.model.errors import ReportNotWritten

lines = lines_of(*["invited"] * 3_000)
fill = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    with open_handoff(LocalFolder(Path(sys.argv[1])), Path(sys.argv[2])) as report:
        if not {is_late}:
            fill()
        report.append(lines)
        print("appended")
        fill()
        report.finish(summary_of(lines))
except ReportNotWritten as error:
    print(error)
"""


class FullFolder:
    """A folder on a disk without space, with the error of the kernel."""

    name = "full"

    @contextmanager
    def atomic_write(self, _) -> Iterator[BinaryIO]:
        with Path("/dev/full").open("r+b", buffering=0) as file:
            yield file


def lines_of(*dispositions, **columns) -> pd.DataFrame:
    """Return lines of the report, one for each disposition."""
    count = len(dispositions)
    every = {name: [""] * count for name in COLUMNS} | {"source": ["staff.csv"] * count, "disposition": dispositions}
    every |= {"decided_at": ["2026-03-01T08:30:00.250000+00:00"] * count} | columns
    arrays = {name: pa.array(list(map(str, cells)), pa.string()) for name, cells in every.items()}
    arrays |= {name: pa.nulls(count, pa.int64()) for name in ("chunk", "attempts")}
    arrays["row"] = pa.array(range(2, count + 2))
    return pd.DataFrame({name: pd.arrays.ArrowExtensionArray(arrays[name]) for name in COLUMNS})


def summary_of(*frames, **other) -> Summary:
    """Return the summary of a run with these lines."""
    counts = dict(Counter(Disposition(word) for lines in frames for word in lines["disposition"]))
    fields = {"counts": counts, "counts_by_source": {"staff.csv": counts}, "folder": "reports"}
    return summaries.summary_of(**fields | other)


def write(folder, *frames, most_rows=None, **other) -> Path:
    """Write a workbook of these frames of lines."""
    with open_handoff(LocalFolder(folder), folder.parent, **({"most_rows": most_rows} if most_rows else {})) as report:
        for lines in frames:
            report.append(lines)
        report.finish(summary_of(*frames, **other))
    return folder / "handoff.xlsx"


def written(*frames, **how) -> openpyxl.Workbook:
    """Return a workbook of these frames of lines as openpyxl reads it."""
    with tempfile.TemporaryDirectory() as folder:
        return openpyxl.load_workbook(write(Path(folder), *frames, **how))


def cells_of(sheet, title) -> list:
    """Return the cells under a title, without the header."""
    (column,) = (cells for cells in sheet.iter_cols(values_only=True) if cells[0] == title)
    return list(column[1:])


def first_sheet(book) -> list[tuple]:
    """Return the rows of the first sheet without empty rows and cells."""
    rows = book.worksheets[0].iter_rows(values_only=True)
    return [tuple(cell for cell in row if cell is not None) for row in rows]


def test_sheets_stand_in_the_order_in_which_they_are_needed_and_empty_ones_are_hidden():
    book = written(lines_of("invited", "already", "excluded", "duplicate"))
    alone = written(lines_of("invited"))

    assert visible(book) == [
        "Summary", "Needs you", "Invited", "Already there", "Not sent", "Duplicate", "Everything", "Legend",
    ]  # fmt: skip
    assert book.active.title == "Summary"
    assert visible(alone) == ["Summary", "Needs you", "Invited", "Everything", "Legend"]


def visible(book) -> list[str]:
    return [sheet.title for sheet in book if sheet.sheet_state == "visible"]


def test_plan_shows_people_to_be_invited_and_no_sheet_of_invited_people():
    book = written(lines_of("planned"), command="plan")

    shown = [sheet.title for sheet in book if sheet.sheet_state == "visible"]
    assert "To be invited" in shown
    assert "Invited" not in shown
    assert cells_of(book["To be invited"], "Row") == [2]


@examples(0.3)
@given(st.lists(st.lists(st.sampled_from(list(Disposition)), max_size=8), max_size=3))
def test_every_line_is_on_the_last_sheet_and_every_record_on_one_more(frames):
    book = written(*(lines_of(*dispositions) for dispositions in frames))

    given_words = [label_of(word) for dispositions in frames for word in dispositions]
    assert cells_of(book["Everything"], "What became of it") == given_words
    of_one_kind = [layout for layout in LAYOUTS if layout.dispositions]
    for layout in of_one_kind:
        belonging = sum(word in layout.dispositions for dispositions in frames for word in dispositions)
        assert book[layout.name].max_row - 1 == belonging
    records = sum(book[layout.name].max_row - 1 for layout in of_one_kind)
    assert records == sum(word is not Disposition.IGNORED for dispositions in frames for word in dispositions)


@pytest.mark.soak
def test_lines_of_many_frames_and_parts_stand_in_input_order(tmp_path):
    (tmp_path / "out").mkdir()
    sizes = 3, SLICE_ROWS + 3, 3
    starts = accumulate(sizes, initial=0)
    frames = [
        lines_of(*["invited"] * size, employee_id=range(start, start + size))
        for start, size in zip(starts, sizes, strict=False)
    ]

    found = pd.read_excel(write(tmp_path / "out", *frames), "Invited", engine="calamine", dtype=str)

    assert list(found["Employee ID"]) == [str(number) for number in range(sum(sizes))]


@pytest.mark.parametrize("disposition", list(Disposition))
def test_no_cell_of_any_sheet_is_live_and_none_is_altered_otherwise(disposition):
    """No text becomes a formula, link, number or date. As CSV the sheet is as harmless as the reconciliation."""
    columns = dict.fromkeys(("source", "sheet", "employee_id", "name", "email_as_given", "email", "detail"), NASTY)
    lines = lines_of(*[disposition] * len(NASTY), duplicate_of=NASTY, **columns).assign(
        before=text_array(["new"] * len(NASTY))
    )

    book = written(lines, account_name="=1+1", counts_by_source={cell: {disposition: 1} for cell in NASTY})

    safe = neutralise(pa.array(NASTY, pa.string())).to_pylist()
    sheets = [layout for layout in LAYOUTS if not layout.dispositions or disposition in layout.dispositions]
    for layout in sheets:
        for title in ("Export", "Sheet", "Employee ID", "Name", "Address as given"):
            assert cells_of(book[layout.name], title) == safe
    every = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in every} <= {"s", "n", "d"}
    assert not any(cell.hyperlink for cell in every)
    assert not any(str(cell.value).startswith(LIVE) for cell in every if cell.data_type == "s")


def test_ids_are_text_rows_are_numbers_and_moments_are_dates():
    book = written(lines_of("invited", "planned", employee_id=["00123", "7"]))

    row = next(book["Invited"].iter_rows(min_row=2))
    found = {heading.value: cell for heading, cell in zip(book["Invited"][1], row, strict=True)}
    assert (found["Employee ID"].value, found["Employee ID"].data_type) == ("00123", "s")
    assert (found["Row"].value, found["Row"].data_type) == (2, "n")
    assert found["Decided at (UTC)"].value == datetime(2026, 3, 1, 8, 30)  # noqa: DTZ001  a sheet's dates have no zone
    assert found["Decided at (UTC)"].is_date


@pytest.mark.parametrize("moment", ["noon", "2026-03-01", "2026-03-01T08:30:00", "0001-01-01T00:00:00+00:00"])
def test_text_that_is_no_time_of_a_known_zone_stays_text(moment):
    book = written(lines_of("invited", decided_at=[moment]))

    assert cells_of(book["Invited"], "Decided at (UTC)") == [moment]


def test_moments_of_any_zone_are_shown_in_utc():
    book = written(lines_of("invited", decided_at=["2026-03-01T10:30:00+02:00"]))

    assert cells_of(book["Invited"], "Decided at (UTC)") == [datetime(2026, 3, 1, 8, 30)]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("given_cell", "expected"),
    [
        ("a\x00b\x1fc\x0bd", "a\ufffdb\ufffdc\ufffdd"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\r=1", "'\n'=1"),
        ("\x00=1", "\ufffd=1"),
        ("a\ufffeb\uffff", "a\ufffdb\ufffd"),
        ("x" * MOST_UTF16_UNITS, "x" * MOST_UTF16_UNITS),
        ("x" * (MOST_UTF16_UNITS + 1), "x" * (MOST_UTF16_UNITS - 1) + "…"),
        ("😀" * MOST_UTF16_UNITS, "😀" * ((MOST_UTF16_UNITS - 1) // 2) + "…"),
        ("=" + "é" * MOST_UTF16_UNITS, "'=" + "é" * (MOST_UTF16_UNITS - 3) + "…"),
    ],
)
def test_characters_that_no_workbook_can_hold_are_replaced(given_cell, expected):
    book = written(lines_of("invited", "ignored", name=[given_cell, ""]))

    assert cells_of(book["Invited"], "Name") == [expected]
    assert cells_of(book["Everything"], "Name") == [expected, None]


def test_sheet_that_is_full_says_how_many_more_there_are():
    book = written(lines_of("invited", "held", "invited"), lines_of(*["invited"] * 4), most_rows=5)

    sheet = book["Invited"]
    assert (sheet.max_row, sheet.auto_filter.ref) == (5, "A1:H4")
    assert sheet["B5"].value == (
        "Total of 6 rows, of which 3 more than a sheet holds are not here; reconciliation.csv has them all."
    )
    assert cells_of(book["Needs you"], "Row") == [3]
    assert "Total of 7 rows, of which 4 more" in book["Everything"]["B5"].value


def test_header_stays_in_sight_and_filters():
    book = written(lines_of("held", "invited"))

    for sheet in book.worksheets[1:-1]:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")


def test_every_sheet_prints_in_landscape_as_wide_as_a_page_with_its_header_on_each():
    book = written(lines_of("held", "invited"))

    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
    for sheet in book.worksheets[1:-1]:
        assert sheet.print_title_rows == "$1:$1"


@pytest.mark.parametrize(
    ("address", "width"),
    [("a@x.example", 16), ("a" * 20 + "@x.example", 32), ("a" * 300 + "@x.example", 36), ("名" * 10, 22)],
)
def test_columns_are_as_wide_as_their_cells_ask_within_limits(address, width):
    sheet = written(lines_of("held", email_as_given=[address]))["Everything"]

    assert round(sheet.column_dimensions["C"].width - 0.71) == width


@pytest.mark.parametrize("language", HandoffLanguage)
def test_letters_of_the_sheet_to_fill_in_can_be_read_on_paper(tmp_path, language):
    """LibreOffice, whose usual font is wide, prints this many characters side by side in letters of 7 points."""
    with open_handoff(LocalFolder(tmp_path), tmp_path, language=language) as report:
        report.append(
            lines_of("held", **{name: ["x " * 99] for name in ("name", "employee_id", "email_as_given", "detail")})
        )
        report.finish(summary_of(lines_of("held")))

    sheet = openpyxl.load_workbook(tmp_path / "handoff.xlsx").worksheets[1]

    assert sheet.print_area.endswith("!$A$1:$G$2")
    assert sum(sheet.column_dimensions[column].width for column in "ABCDEFG") < MOST_WIDTH_ON_PAPER
    assert sheet["G1"].value == TITLES[language][HandoffColumn.CORRECTED]


def test_long_cells_are_wrapped_in_rows_as_high_as_they_need():
    lines = lines_of("held", "held", "held", detail=["short", "word " * 40, "a\nb\nc"])

    sheet = written(lines)["Needs you"]

    assert [sheet.row_dimensions[row].height for row in (2, 3, 4)] == [12.75, 4 * 12.75, 3 * 12.75]
    assert {cell.alignment.wrap_text for cell in sheet["D"] if cell.value} == {True}
    assert {cell.alignment.horizontal for cell in sheet["A"] if cell.value} == {"left"}


def test_only_cells_to_fill_in_may_change_and_no_password_is_asked_for():
    sheet = written(lines_of("held", "in_doubt"))["Needs you"]

    open_cells = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert open_cells == {"F2", "G2", "H2"}
    assert (sheet.protection.sheet, sheet.protection.password) == (True, None)
    assert sheet.protection.autoFilter is False  # which means that filters are not locked


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("exports/staff.csv", "exports/staff.csv"),
        ("/srv/exports/of/the/whole/company/today/staff.csv", "…/whole/company/today/staff.csv"),
        ("s3://a-bucket-with-a-long-name/staff-of-all-countries-in-2026.csv", "…/staff-of-all-countries-in-2026.csv"),
    ],
)
def test_long_names_of_exports_lose_their_first_folders(source, shown):
    assert cells_of(written(lines_of("held", source=[source]))["Needs you"], "Export") == [shown]


def test_suggestion_has_a_column_of_its_own():
    details = [
        "Did you mean gmail.com?",
        "Did you mean b@example.com? Write the address with an @-sign.",
        "No address.",
    ]
    lines = lines_of(*["held"] * 3, detail=details, email=["a@gmial.com", "", ""], email_as_given=["x", "y", "z"])

    assert cells_of(written(lines)["Needs you"], "Suggestion") == ["a@gmail.com", "b@example.com", None]


def test_only_an_address_that_may_be_mended_is_asked_for():
    """The cell to fill in looks different, and takes everything that a person types as text."""
    lines = lines_of("rejected", "in_doubt", "held", "failed")

    sheet = written(lines)["Needs you"]

    titles = [cell.value for cell in sheet[1]]
    to_fill = [row[titles.index("Corrected address")] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in to_fill] == [None] * 4
    assert [cell.number_format == "@" for cell in to_fill] == [True, False, True, True]
    assert [cell.fill.fgColor.rgb == "FFFFF2CC" for cell in to_fill] == [True, False, True, True]


def test_what_is_wrong_is_in_words_that_say_how_to_correct_it():
    lines = lines_of(
        *("rejected", "held", "held", "failed", "in_doubt"),
        reason=["invalid_syntax", "near_miss_domain", "role_address", "", ""],
        detail=["No @-sign.", "Did you mean gmail.com?", "", "The service refused the address: BadRequest", "timeout"],
    )

    cells = cells_of(written(lines)["Needs you"], "What is wrong")

    assert cells[:2] == ["No @-sign.", "Did you mean gmail.com? If it is gmail.com, choose “address corrected”."]
    assert cells[2] == "Address of an office, not of a person."
    assert cells[3].startswith("The service refused the address: BadRequest. Enter the right address under “Corrected")
    assert cells[4].endswith(DISPOSITION_WORDS[Disposition.IN_DOUBT].remedy)


def test_merged_row_names_the_one_that_was_kept():
    lines = lines_of("duplicate", reason=["same_address"], duplicate_of=["staff.csv#7"])

    assert cells_of(written(lines)["Duplicate"], "Merged into") == ["staff.csv#7"]


def test_lines_of_a_real_run_are_taken_as_they_are():
    """Columns that repeat a few words come as Arrow dictionaries."""
    frame = decided(["ana@example.com", "bad", "ana@example.com", "ben@example.com"], employee_id=list("abad"))
    context = ReportContext("r1", "chime", "account-1", NOW.isoformat(), Disposition.DEFERRED)
    lines = reconcile(frame, outcomes({0: InviteState.INVITED}), context)

    book = written(lines.iloc[:3], lines.iloc[3:])

    assert cells_of(book["Everything"], "Employee ID") == list("abad")
    assert cells_of(book["Invited"], "Address") == ["ana@example.com"]
    assert cells_of(book["Needs you"], "Address as given") == ["bad"]
    assert cells_of(book["Not sent"], "Why") == ["Not sent this time; it will be when the job is run again."]


def test_summary_adds_up():
    rows = first_sheet(written(lines_of("held", "invited", "invited", "invited"), exit_code=ExitCode.GUARD))

    assert ("Invited", 3, 0.75, "Invited") in rows
    assert ("Held", 1, 0.25, "Needs you") in rows
    assert ("All rows", 4) in rows
    assert ("Export", "Rows", "Invited", "Held") in rows
    assert ("staff.csv", 4, 3, 1) in rows
    assert ("Account", "Example (chime account-1)") in rows
    assert ("How it ended", "A guard stopped the run.") in rows
    assert ("Started at (UTC)", datetime(2026, 3, 1, 8, 30)) in rows  # noqa: DTZ001


def test_summary_of_a_run_without_a_row_has_no_shares():
    rows = first_sheet(written())

    assert ("All rows", 0) in rows
    assert ("Nothing: every row is settled.",) in rows


def test_names_that_are_no_text_are_written_as_other_reports_write_them():
    """A file's name may have bytes that are no text."""
    rows = first_sheet(written(lines_of("held"), counts_by_source={"\udcff.csv": {Disposition.HELD: 1}}))

    assert ("\\udcff.csv", 1, 1) in rows


@pytest.mark.parametrize(
    ("disposition", "asked"),
    [
        *((disposition, 'on the sheet "Needs you"') for disposition in TO_CORRECT),
        (Disposition.IN_DOUBT, "In doubt: "),
        (Disposition.DEFERRED, "Deferred: "),
        (Disposition.PLANNED, "To be invited: "),
        (Disposition.INVITED, "Nothing: every row is settled."),
    ],
)
def test_summary_says_what_to_do_next(disposition, asked):
    assert asked in " ".join(next_steps({disposition: 1}, HandoffWording(HandoffLanguage.ENGLISH)))


def test_rehearsal_is_marked():
    cells = " ".join(str(cell) for row in first_sheet(written(rehearsal=object())) for cell in row)

    assert "nobody was mailed" in cells


def test_many_exports_are_shortened():
    counts = {f"{number}.csv": {Disposition.INVITED: 1} for number in range(1_003)}

    rows = first_sheet(written(counts=({Disposition.INVITED: 1_003}), counts_by_source=counts))

    assert ("999.csv", 1, 1) in rows
    assert rows[-1] == ("and 3 more, which summary.json lists",)


def test_only_the_owner_may_read_it(tmp_path):
    path = write(tmp_path, lines_of("invited"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_temporary_files_are_private_and_vanish(tmp_path):
    (tmp_path / "out").mkdir()

    with open_handoff(LocalFolder(tmp_path / "out"), tmp_path) as report:
        report.append(lines_of("invited"))
        (scratch,) = set(tmp_path.iterdir()) - {tmp_path / "out"}
        modes = {stat.S_IMODE(path.stat().st_mode) for path in scratch.iterdir()}
        assert (stat.S_IMODE(scratch.stat().st_mode), modes) == (0o700, {0o600})
        report.finish(summary_of(lines_of("invited")))

    assert [path.name for path in tmp_path.rglob("*")] == ["out", "handoff.xlsx"]


def test_interrupted_report_leaves_nothing(tmp_path):
    """A report that is never finished leaves nothing either."""
    (tmp_path / "out").mkdir()

    with suppress(KeyError), open_handoff(LocalFolder(tmp_path / "out"), tmp_path) as report:
        report.append(lines_of("invited"))
        raise KeyError
    with open_handoff(LocalFolder(tmp_path / "out"), tmp_path) as report:
        report.append(lines_of("invited"))

    assert [path.name for path in tmp_path.rglob("*")] == ["out"]


@pytest.mark.soak
@pytest.mark.parametrize("is_late", [pytest.param(False, marks=pytest.mark.soak), True])
def test_full_disk_is_one_plain_line_and_leaves_the_old_file(tmp_path, is_late):
    """The disk may be full while lines are taken in, or while the sheets are put together."""
    for name in ("out", "scratch"):
        (tmp_path / name).mkdir()
    (tmp_path / "out" / "handoff.xlsx").write_bytes(b"old")
    script = FULL_DISK.format(path=[*sys.path, str(Path(__file__).parent)], limit=10_000, is_late=is_late)

    child = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "out"), str(tmp_path / "scratch")],
        capture_output=True,
        text=True,
        check=False,
    )

    *before, line = child.stdout.splitlines()
    assert (before, child.stderr) == (["appended"] if is_late else [], "")
    assert line.startswith(f"'{tmp_path}/out/handoff.xlsx' could not be written (File too large")
    assert (tmp_path / "out" / "handoff.xlsx").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["handoff.xlsx", "out", "scratch"]


def test_file_that_cannot_be_written_fails_as_any_other_and_only_once(tmp_path):
    """The folder translates the error; an archive that is garbage-collected does not try again."""
    lines = lines_of("invited")

    with open_handoff(FullFolder(), tmp_path) as report:
        report.append(lines)
        with pytest.raises(OSError, match="No space left on device"):
            report.finish(summary_of(lines))
    del report

    assert gc.collect() >= 0  # pytest fails where something is raised that no code can catch


KILLED = """
import os, signal, sys
sys.path[:] = {path!r}
from pathlib import Path
from test_handoff import lines_of, open_handoff, LocalFolder

with open_handoff(LocalFolder(Path(sys.argv[1])), Path(sys.argv[2])) as report:
    report.append(lines_of("invited", "held"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_sheets_of_a_killed_process_are_removed_by_the_next(tmp_path):
    for name in ("out", "scratch"):
        (tmp_path / name).mkdir()
    script = KILLED.format(path=[*sys.path, str(Path(__file__).parent)])
    command = [sys.executable, "-c", script, str(tmp_path / "out"), str(tmp_path / "scratch")]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()]

    with open_handoff(LocalFolder(tmp_path / "out"), tmp_path / "scratch"):
        pass

    assert list((tmp_path / "scratch").iterdir()) == []
