"""What the wheel holds: all commands work where there is no clone of the repository."""

import subprocess
import sys
from pathlib import Path

import pytest
from workspace import Finished, finish

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def installed(workspace, tmp_path_factory):
    """Build the wheel, install it into a folder of its own, and return what runs ``onboard`` from there."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheel], check=True, capture_output=True)

    def onboard(*arguments: str) -> Finished:
        command = [sys.executable, "-m", "onboarding", *arguments]
        return finish(workspace.start_command(command, PYTHONPATH=str(folder / "site")))

    return onboard


@pytest.mark.soak
def test_wheel_has_the_samples_the_jobs_and_the_guide(installed):
    assert installed("samples", "demo").code == 0

    rehearsed = installed("run", "demo/sample_data", "--sandbox")
    night = installed("nightly", "demo/jobs/nightly.toml")
    migration = installed("migrate", "demo/jobs/migration.toml")
    handed_off = installed("handoff", "demo/jobs/handoff.toml")

    assert [done.code for done in (rehearsed, night, migration, handed_off)] == [0, 0, 0, 0]
    assert "498 people invited" in rehearsed.out
    assert "60 rows need a person" in night.err
    assert installed("guide", "start").out.startswith("# Start")
    assert installed("--version").out.startswith("onboard ")
