"""A process that gets too little memory ends with one plain line: no traceback, and no crash of a library."""

import resource
import subprocess
import sys

import pyarrow as pa
import pytest

from onboarding.cli.output import OUT_OF_MEMORY, run_to_exit_code
from onboarding.model.errors import ExitCode

UNDER_A_LIMIT = """
import resource, sys
which, limit = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(which, (limit, limit))
sys.argv = ["onboard", *sys.argv[3:]]
from onboarding.cli.app import main
main()
"""


@pytest.mark.parametrize("which", [resource.RLIMIT_AS, resource.RLIMIT_DATA])
@pytest.mark.parametrize("command", [["run", "people.csv", "--sandbox"], ["check", "--sandbox"]])
def test_limit_that_no_run_fits_in_is_said_at_once(workspace, which, command):
    workspace.export(3)
    script = [sys.executable, "-c", UNDER_A_LIMIT, str(which), "400000000", *command]

    done = subprocess.run(script, cwd=workspace.folder, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == ExitCode.INTERNAL
    assert done.stderr.startswith("onboard: The system lets this process reserve 400 MB of memory")
    _, more, to_type = done.stderr.splitlines()
    assert more.endswith(" guide performance")
    assert to_type.endswith(f" {' '.join(command[1:])}")


@pytest.mark.parametrize("error", [MemoryError(), pa.ArrowMemoryError("malloc of size 64 failed")])
def test_full_memory_is_said_in_one_line(capsys, error):
    def work():
        raise error

    assert run_to_exit_code(work) == ExitCode.INTERNAL
    assert capsys.readouterr().err.splitlines()[0] == f"onboard: {OUT_OF_MEMORY}"


def test_thread_that_does_not_start_is_said_in_one_line(capsys):
    """The stacks of threads are memory, too."""

    def work():
        raise RuntimeError("can't start new thread")

    assert run_to_exit_code(work) == ExitCode.INTERNAL
    assert capsys.readouterr().err.splitlines()[0] == f"onboard: {OUT_OF_MEMORY}"
