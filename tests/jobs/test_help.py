"""Help and version reach a terminal, a full disk and a shell that completes words."""

import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from onboarding.cli.app import exit_code_of

ONBOARD = Path(sys.executable).with_name("onboard")


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["run", "--help"], ["run", "--help-all"]])
def test_help_and_version_end_well_even_if_nothing_can_be_written(words):
    with Path("/dev/full").open("w", encoding="utf-8") as full, redirect_stdout(full):
        assert exit_code_of(words) == 0


COMPLETED = {
    "onboard mig": ["migrate"],
    "onboard run --destination w": ["wickr"],
    "onboard plan --max-more": ["--max-more-rejected", "--max-more-held", "--max-more-excluded"],
}
"""What bash offers for the last word of a line."""


def test_bash_completes_commands_options_and_their_words():
    """It is switched on as the guide says."""
    script = """
        eval "$(_ONBOARD_COMPLETE=bash_source onboard)"
        for line in "$@"; do
            COMP_WORDS=($line) COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
            _onboard_completion onboard
            echo "${COMPREPLY[@]}"
        done
        complete -p onboard
    """
    environment = {"PATH": f"{ONBOARD.parent}:/usr/bin:/bin", "HOME": "/"}

    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", *COMPLETED],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    *offered, switched_on = done.stdout.splitlines()
    assert [line.split() for line in offered] == list(COMPLETED.values())
    assert switched_on == "complete -o nosort -F _onboard_completion onboard"
