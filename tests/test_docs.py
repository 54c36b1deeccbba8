"""Documentation that lies fails the build."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.settings.reading import IN_FILE_ONLY
from onboarding.settings.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading of the README, without its head."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def dependencies() -> set[str]:
    project = PYPROJECT["project"]
    required = project["dependencies"] + [name for extra in project["optional-dependencies"].values() for name in extra]
    return {re.match(r"[A-Za-z0-9-]+", requirement)[0].lower() for requirement in required} - {project["name"]}


def setting_rows() -> list[list[str]]:
    rows = []
    for name, field in Settings.model_fields.items():
        key = field.alias or name
        flag = "`EXPORT…`" if key == "exports" else f"`--{key.replace('_', '-')}`"
        named = f"`{key}`" if key in IN_FILE_ONLY else f"`{PREFIX}{key.upper()}`, `{key}`"
        rows.append(["" if key in IN_FILE_ONLY else flag, named, field.description])
    return rows


def test_readme_has_exactly_two_set_up_commands():
    start = README.split("\n## Start\n")[1].split("\n## ")[0]

    commands = re.findall(r"```sh\n(.*?)\n```", start, re.DOTALL)

    assert len(commands) == 2
    assert commands[0].endswith(".venv/bin/onboard run sample_data --sandbox")
    assert commands[1].endswith(".venv/bin/pytest")


def test_readme_shows_what_a_terminal_shows():
    """Its excerpt leaves out lines of the recorded text, and says so, but changes none."""
    recorded = (ROOT / "tests" / "jobs" / "recorded" / "run-80-plain.txt").read_text(encoding="utf-8")
    excerpt = README.split("```text\n")[1].split("```")[0]

    parts = excerpt.removesuffix("\n").split("\n…\n")

    pattern = r"\n(?:.*\n)+".join(map(re.escape, parts))
    assert re.fullmatch(pattern, recorded.removesuffix("\n"))
    assert len(parts) > 1


def test_exit_codes_in_readme_are_the_ones_in_the_code():
    assert [int(code) for code, _ in table("Exit codes")] == sorted(ExitCode)


def test_dispositions_in_readme_are_the_ones_in_the_code():
    assert [row[0].strip("`") for row in table("Read the report")] == [d.value for d in Disposition]


def test_reasons_in_readme_are_the_ones_in_the_code():
    named = {reason for row in table("Read the report") for reason in re.findall(r"`(\w+)`", row[2])}

    assert named == {reason.value for reason in Reason}


def test_settings_in_readme_are_the_ones_in_the_code():
    assert table("Settings") == setting_rows()


def test_every_setting_is_an_option_of_plan():
    shown = subprocess.run(
        [sys.executable, "-m", "onboarding", "plan", "--help"], capture_output=True, text=True, check=True
    ).stdout

    options = {flag.strip("`") for flag, _, _ in setting_rows()} - {"EXPORT…", ""}
    assert options - set(re.findall(r"--[a-z-]+", shown)) == set()


COMMANDS = ("run", "plan", "apply", "resume", "runs", "report", "answers", "purge", "check", "schema", "sandbox")


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_names_every_command_and_help_knows_it(command):
    shown = subprocess.run(
        [sys.executable, "-m", "onboarding", "--help"], capture_output=True, text=True, check=True
    ).stdout

    assert re.search(rf"^ +{command} ", shown, re.MULTILINE)
    assert f"| `onboard {command}" in README


def test_every_option_in_a_readme_command_exists():
    known = {"--quiet", "--constraint", "--editable", "--account-id", "--endpoint-url", "--region"}
    for command in COMMANDS:
        shown = subprocess.run(
            [sys.executable, "-m", "onboarding", command, "--help"], capture_output=True, text=True, check=True
        ).stdout
        known |= set(re.findall(r"--[a-z-]+", shown))

    used = {
        option
        for block in re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
        for option in re.findall(r" (--[a-z-]+)", block)
    }

    assert used <= known


def test_readme_says_why_each_dependency_is_there():
    explained = {name.lower() for row in table("What it stands on") for name in re.findall(r"`([\w-]+)`", row[0])}

    assert explained == dependencies()


def test_constraints_pin_every_dependency_by_name_and_version_only():
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()

    pinned = {re.fullmatch(r"([A-Za-z0-9._-]+)==[\w.+]+", line)[1].lower().replace("_", "-") for line in lines}

    assert dependencies() <= pinned


def test_top_level_is_as_the_architecture_has_it():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )

    top = {name.split("/")[0] for name in tracked if name and not name.startswith(".")}

    assert top == {
        "CHANGELOG.md", "LICENSE", "README.md", "jobs", "onboarding", "pyproject.toml", "sample_data", "tests",
    }  # fmt: skip


def test_jobs_are_short():
    for job in (ROOT / "jobs").glob("*.py"):
        assert len(job.read_text(encoding="utf-8").splitlines()) < 60
