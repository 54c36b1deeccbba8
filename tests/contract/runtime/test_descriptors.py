"""Locks, links and temporary files behave alike with what POSIX has, and without it, as on Windows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from onboarding.runtime.descriptors import sync

WITHOUT_POSIX = Path(__file__).parents[2] / "support" / "without_posix"

ONE_LOCK = """
import os, sys
from pathlib import Path
from onboarding.runtime.descriptors import (
    IS_POSIX, is_locked_by_another, lock, open_unlinked, read_start, write_start
)

path = Path(sys.argv[1]) / "lock"
first = open_unlinked(path, os.O_RDWR | os.O_CREAT)
second = open_unlinked(path, os.O_RDWR)
print(lock(first), lock(second), is_locked_by_another(second))
write_start(first, b"the holder")
print(read_start(second, 100))
os.close(first)
print(is_locked_by_another(second), lock(second))
try:
    open_unlinked(path.with_name("link"), os.O_RDWR)
except OSError:
    print("refused", IS_POSIX)
"""

HOLDING = """
import sys
from pathlib import Path
from onboarding.runtime.scratch import new_unfinished, private_scratch

folder = Path(sys.argv[1])
with private_scratch(folder) as scratch:
    (scratch / "names.csv").write_text("Ada")
    new_unfinished(folder / "report.csv")
    print("ready", flush=True)
    sys.stdin.read()
"""

CLEARING = """
import sys
from pathlib import Path
from onboarding.runtime.files import atomic_write
from onboarding.runtime.scratch import private_scratch, remove_unfinished

folder = Path(sys.argv[1])
remove_unfinished(folder)
with private_scratch(folder) as scratch, atomic_write(folder / "own.csv") as file:
    (scratch / "names.csv").write_text("Bea")
    file.write(b"Bea")
print(len(list(folder.iterdir())))
"""


@pytest.fixture(params=[True, False], ids=["with POSIX", "without POSIX"])
def started(request, tmp_path):
    """Return a function that starts a script with the folder as its argument, with or without what only POSIX has."""
    environment = os.environ if request.param else {**os.environ, "PYTHONPATH": str(WITHOUT_POSIX)}

    def started(script: str) -> subprocess.Popen:
        command = [sys.executable, "-c", script, str(tmp_path)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, env=environment, start_new_session=True, **pipes)

    started.is_posix = request.param
    return started


def test_file_has_one_lock_which_ends_with_its_descriptor_and_links_are_refused(started, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "lock")

    out, _ = started(ONE_LOCK).communicate()

    assert out.splitlines() == ["True False True", "b'the holder'", "False True", f"refused {started.is_posix}"]


def test_temporary_files_stay_while_their_process_lives_and_go_when_it_is_killed(started, tmp_path):
    with started(HOLDING) as holder:
        assert holder.stdout.readline() == "ready\n"
        while_it_lives, _ = started(CLEARING).communicate()
        holder.kill()
    after_it_died, _ = started(CLEARING).communicate()

    assert (while_it_lives, after_it_died) == ("3\n", "1\n")
    assert [path.name for path in tmp_path.iterdir()] == ["own.csv"]
    assert (tmp_path / "own.csv").read_bytes() == b"Bea"


def test_sync_of_a_file_that_is_closed_fails(tmp_path):
    descriptor = os.open(tmp_path / "report", os.O_WRONLY | os.O_CREAT)
    sync(descriptor)
    os.close(descriptor)

    with pytest.raises(OSError, match="Bad file descriptor"):
        sync(descriptor)
