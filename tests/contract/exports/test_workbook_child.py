"""Tests that the process that reads a workbook is confined and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from workbooks import MAIN, write_xlsx

from onboarding.exports import workbook_child
from onboarding.exports.confined import PIPE, Confinement, confined_child
from onboarding.exports.workbook_child import WorkbookOutcome, WorkbookRequest
from onboarding.exports.workbook_readers import WorkbookReader
from onboarding.exports.workbook_table import open_workbook
from onboarding.model.blank import BLANK

PATIENCE_SECONDS = 60
PARENT = """
import sys
from pathlib import Path
from onboarding.exports.workbook_table import open_workbook
open_workbook(Path(sys.argv[1]))
"""


@pytest.fixture
def staff(tmp_path):
    return write_xlsx(tmp_path / "staff.xlsx", {"Staff": [["Name", "Work Email"], ["Ana", "ana@corp.example"]]})


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """Write a workbook that takes a few seconds to read; each sheet is just too small to be suspicious."""
    sheets = {f"S{number}": "<row/>" * 17_000_000 for number in range(2)}
    return write_xlsx(tmp_path_factory.mktemp("slow") / "slow.xlsx", sheets)


def until(found):
    """Repeat the question until there is an answer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.01)
    raise AssertionError("it never came")


def children_of(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def is_confined(pid):
    """Say whether a process has set its limits; the limit on memory comes last."""
    limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    return any("unlimited" not in line for line in limits.splitlines() if line.startswith("Max data size"))


def is_gone(pid):
    try:
        return " Z " in Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.soak
@pytest.mark.parametrize(
    "how",
    [*(pytest.param(one, marks=pytest.mark.soak) for one in (signal.SIGINT, signal.SIGTERM)), signal.SIGKILL],
    ids=lambda how: how.name,
)
def test_child_ends_with_its_parent(slow, how):
    with subprocess.Popen([sys.executable, "-c", PARENT, slow], stderr=subprocess.DEVNULL) as parent:
        (child,) = until(lambda: children_of(parent.pid))
        until(lambda: is_confined(child))

        parent.send_signal(how)
        parent.wait(PATIENCE_SECONDS)

    until(lambda: is_gone(child))


def test_reading_leaves_no_file_or_process_behind(staff, tmp_path):
    """No temporary file, process or open file is left."""
    script = (
        "import os, sys, warnings\n"
        "warnings.simplefilter('error')\n"
        "from pathlib import Path\n"
        "from onboarding.exports.workbook_table import open_workbook\n"
        "before = os.listdir('/proc/self/fd')\n"
        "sheets = open_workbook(Path(sys.argv[1]))\n"
        "print(len(os.listdir('/proc/self/fd')) - len(before))\n"
        "print(Path(f'/proc/self/task/{os.getpid()}/children').read_text().split(), os.listdir(os.environ['TMPDIR']))\n"
    )
    folder = tmp_path / "temporary"
    folder.mkdir()

    run = subprocess.run(
        [sys.executable, "-c", script, staff],
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )

    # What stays open is the mapping of the spool, which has no name.
    assert run.stdout.splitlines() in (["0", "[] []"], ["1", "[] []"])
    assert run.stderr == ""


def test_rows_survive_without_the_workbook(staff):
    """All rows were read before any row is decided."""
    (sheet,) = open_workbook(staff)
    staff.unlink()

    assert sheet.first_rows(1) == [["Name", "Work Email"]]


def test_child_inherits_no_credentials_and_says_nothing(staff, capfd, monkeypatch):
    """Its environment only says where its libraries are and how they are to run."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PYTHONVERBOSE", "1")

    open_workbook(staff)

    assert capfd.readouterr() == ("", "")


def test_child_loads_neither_pandas_nor_more_of_the_package_than_it_needs():
    script = f"import runpy, sys; runpy.run_path({workbook_child.__file__!r}); print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert {"pandas", "pyarrow", "openpyxl"} & set(loaded) == set()
    assert {name for name in loaded if name.startswith("onboarding")} == {
        "onboarding",
        "onboarding.exports",
        "onboarding.exports.ods_xml",
        "onboarding.exports.sheet_xml",
        "onboarding.exports.workbook_readers",
    }


def outcome_of(
    workbook, folder, spool="spool", *, seconds=PATIENCE_SECONDS, memory=2**30, reader=WorkbookReader.CALAMINE
):
    """Run the child alone, with a path that leads to its standard input as in the parent."""
    path = folder / "link.xlsx"
    path.symlink_to("/dev/fd/0")
    values = {"path": str(path), "reader": reader, "wanted": [], "blank": BLANK}
    request = json.dumps(asdict(WorkbookRequest(**values, text=2**30)))
    with (
        workbook.open("rb") as stdin,
        (folder / spool).open("wb") as stdout,
        confined_child(
            workbook_child.__file__, request, Confinement(memory, seconds), stdin=stdin, stdout=stdout
        ) as child,
    ):
        return child.wait(PATIENCE_SECONDS)


def test_child_starts_without_a_library_that_it_does_not_need(tmp_path):
    """To load numpy took a third of the time for a small file."""
    script = tmp_path / "script.py"
    script.write_text("import sys, pyarrow.parquet\nsys.exit(any(name.startswith('numpy.') for name in sys.modules))")
    with (
        script.open("rb") as stdin,
        confined_child(str(script), "", Confinement(2**30, PATIENCE_SECONDS), stdin=stdin, stdout=PIPE) as child,
    ):
        assert child.wait(PATIENCE_SECONDS) == 0


def test_full_disk_is_distinguished_from_a_bad_workbook(staff, tmp_path):
    assert outcome_of(staff, tmp_path, "/dev/full") == WorkbookOutcome.NO_ROOM


def test_time_is_bounded_without_a_parent_too(slow, tmp_path):
    assert outcome_of(slow, tmp_path, seconds=0) == -signal.SIGKILL


@pytest.mark.soak
def test_slow_reader_keeps_to_the_limit_of_memory(tmp_path):
    """The workbook has more strings than fit into memory."""
    strings = "".join(f"<si><t>{number:01500}</t></si>" for number in range(140_000))
    parts = {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>'}
    path = write_xlsx(tmp_path / "many.xlsx", {"S": []}, parts=parts)

    outcome = outcome_of(path, tmp_path, reader=WorkbookReader.OPENPYXL, memory=200 * 2**20)

    assert outcome == WorkbookOutcome.TOO_MUCH_MEMORY
