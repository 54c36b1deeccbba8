"""A file appears whole or not at all, whatever goes wrong."""

import stat
import subprocess
import sys
from contextlib import suppress

import pytest

from onboarding.model.errors import ExitCode, ReportNotWritten
from onboarding.runtime.files import atomic_write

FULL_DISK = """
import resource, sys
from pathlib import Path
from onboarding.model.errors import ReportNotWritten
from onboarding.runtime.files import atomic_write

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with atomic_write(Path(sys.argv[1])) as file:
        for _ in range(1_000):
            file.write(b"x" * 1_000)
except ReportNotWritten as error:
    print(error)
"""

KILLED = """
import os, signal, sys
from pathlib import Path
from onboarding.runtime.files import atomic_write

with atomic_write(Path(sys.argv[1])) as file:
    file.write(b"half of the new")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run(script, path) -> subprocess.CompletedProcess:
    """Run a script in a process of its own, with the path as its argument."""
    return subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)


@pytest.fixture
def path(tmp_path):
    """Return a file that exists."""
    path = tmp_path / "report.csv"
    path.write_bytes(b"old")
    return path


def test_file_that_is_synced_while_it_grows_is_whole(path):
    """The file is synced again and again, like a file that takes an hour."""
    with atomic_write(path, sync_seconds=0) as file:
        for number in range(200):
            file.write(f"{number}\n".encode() * 100)

    assert path.read_text().splitlines() == [str(number) for number in range(200) for _ in range(100)]


def test_new_file_takes_the_old_ones_place(path):
    with atomic_write(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"

    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_only_the_owner_may_read_it(path):
    path.chmod(0o644)

    with atomic_write(path) as file:
        file.write(b"new")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_error_leaves_the_old_file(path):
    with suppress(KeyError), atomic_write(path) as file:
        file.write(b"half of the new")
        raise KeyError

    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_crash_leaves_the_old_file(path):
    killed = run(KILLED, path)

    assert killed.returncode == -9
    assert path.read_bytes() == b"old"


def test_leftover_of_a_crash_is_overwritten(path):
    run(KILLED, path)

    with atomic_write(path) as file:
        file.write(b"new")

    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_full_disk_leaves_the_old_file_and_says_so(path):
    child = run(FULL_DISK, path)

    assert child.stdout == (
        f"{str(path)!r} could not be written (File too large); see to its folder and the disk. "
        "What was sent is in the ledger.\n"
    )
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_vanished_folder_is_one_plain_line(tmp_path):
    with pytest.raises(ReportNotWritten, match="No such file or directory") as caught, atomic_write(tmp_path / "a/b"):
        pass

    assert caught.value.exit_code is ExitCode.INTERNAL
