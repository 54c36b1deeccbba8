"""What a killed process leaves in temporary files, the next one removes, and nothing else."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from onboarding.reports import remove_unfinished_reports
from onboarding.runtime.files import atomic_write
from onboarding.runtime.scratch import create_private, private_scratch, remove_dead_scratch, remove_unfinished

HOLDING = """
import sys, time
from pathlib import Path
from onboarding.runtime.files import atomic_write
from onboarding.runtime.scratch import private_scratch

folder = Path(sys.argv[1])
with private_scratch(folder) as scratch, atomic_write(folder / "report.csv") as file:
    (scratch / "names.csv").write_text("Ada")
    file.write(b"Ada")
    file.flush()
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Return a process that has temporary files in a folder until it is told to go on."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def names(folder: Path) -> list[str]:
    """Return the kinds of names in a folder."""
    return sorted({"".join(sign for sign in path.name if not sign.isdigit())[:12] for path in folder.iterdir()})


def test_files_of_a_living_process_stay_and_it_ends_well(holder, tmp_path):
    before = set(tmp_path.rglob("*"))

    remove_dead_scratch(tmp_path)
    remove_unfinished(tmp_path)
    with private_scratch(tmp_path), atomic_write(tmp_path / "report.csv") as file:
        file.write(b"Bea")

    assert before < set(tmp_path.rglob("*"))
    holder.communicate()
    assert holder.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["report.csv"]
    assert (tmp_path / "report.csv").read_bytes() == b"Ada"


def test_files_of_a_killed_process_are_removed_by_the_next(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert len(list(tmp_path.rglob("*"))) == 3

    with private_scratch(tmp_path) as scratch:
        assert [path for path in tmp_path.iterdir() if path.is_dir()] == [scratch]
    remove_unfinished(tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("levels", [1, 2])
def test_unfinished_reports_of_killed_runs_are_removed(tmp_path, levels):
    folder = tmp_path.joinpath(*["run", "reconciliation"][:levels])
    folder.mkdir(parents=True)
    (folder / ".onboarding-0123456789abcdef.tmp").write_text("Ada")
    for kept in ("report.csv", ".onboarding-1.tmp", ".another-0123456789abcdef.tmp"):
        (folder / kept).write_text("kept")

    remove_unfinished_reports(str(tmp_path))

    assert {path.name for path in folder.iterdir() if path.is_file()} == {
        "report.csv",
        ".onboarding-1.tmp",
        ".another-0123456789abcdef.tmp",
    }


def test_planted_links_are_neither_followed_nor_removed(tmp_path):
    victim, folder = tmp_path / "victim", tmp_path / "folder"
    victim.mkdir()
    folder.mkdir()
    (victim / "file").write_text("precious")
    (folder / "onboarding-0123456789abcdef").symlink_to(victim)
    (folder / ".onboarding-0123456789abcdef.tmp").symlink_to(victim / "file")
    (folder / ".report.csv.tmp").symlink_to(victim / "file")

    remove_dead_scratch(folder)
    remove_unfinished(folder)
    with atomic_write(folder / "report.csv") as file:
        file.write(b"new")
    with pytest.raises(FileExistsError):
        create_private(folder / ".report.csv.tmp")

    assert (victim / "file").read_text() == "precious"
    assert len(list(folder.iterdir())) == 4


def test_report_replaces_a_planted_link_and_not_what_it_leads_to(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "report.csv").symlink_to(victim)

    with atomic_write(tmp_path / "report.csv") as file:
        file.write(b"new")

    assert victim.read_text() == "precious"
    assert (tmp_path / "report.csv").read_bytes() == b"new"


def test_only_the_owner_can_use_the_folder_and_the_files(tmp_path):
    before = os.umask(0)
    try:
        with private_scratch(tmp_path) as scratch:
            os.close(create_private(scratch / "names.csv"))
            modes = [stat.S_IMODE(path.stat().st_mode) for path in (scratch, scratch / "names.csv")]
    finally:
        os.umask(before)

    assert modes == [0o700, 0o600]


def test_two_processes_that_write_one_file_do_not_disturb_each_other(holder, tmp_path):
    with atomic_write(tmp_path / "report.csv") as file, atomic_write(tmp_path / "report.csv") as another:
        file.write(b"Bea")
        another.write(b"Cyd")

    assert (tmp_path / "report.csv").read_bytes() == b"Bea"
    holder.communicate()
    assert (tmp_path / "report.csv").read_bytes() == b"Ada"


def test_planted_link_with_the_expected_name_is_passed_by(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    with atomic_write(tmp_path / "report.csv"):
        (temporary,) = tmp_path.glob(".onboarding-*.tmp")
    temporary.symlink_to(victim)

    with atomic_write(tmp_path / "report.csv") as file:
        file.write(b"new")

    assert victim.read_text() == "precious"
    assert (tmp_path / "report.csv").read_bytes() == b"new"
