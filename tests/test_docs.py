"""Documentation that lies fails the build."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from onboarding.cli.app import app
from onboarding.cli.guide import TOPICS, text_of
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.settings.options import PREFIX
from onboarding.settings.reading import IN_FILE_ONLY
from onboarding.settings.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = {topic: text_of(topic) for topic in TOPICS}
DOCUMENTS = {"README": README, **GUIDE}
ELSEWHERE = {
    "--quiet",
    "--constraint",
    "--editable",
    "--no-deps",
    "--require-hashes",
    "--requirement",
    "--wheel-dir",
    "--decrypt",
    "--account-id",
    "--endpoint-url",
    "--region",
    "--rows",
    *("--build-arg", "--cap-drop", "--file", "--format", "--read-only", "--rm", "--secret", "--security-opt", "--tag"),
    *("--tmpfs", "--volume", "--cli-input-json"),
}
"""The long flags of other programs that the documentation names."""
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def table(topic: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading of a document, without its head."""
    section = DOCUMENTS[topic].split(f"# {heading}\n")[1].split("\n## ")[0]
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


def test_exit_codes_in_guide_are_the_ones_in_the_code():
    assert [int(code) for code, _ in table("exit-codes", "Exit codes: what to do when a run stops")] == sorted(ExitCode)


def test_dispositions_in_guide_are_the_ones_in_the_code():
    assert [row[0].strip("`") for row in table("reports-and-schemas", "reconciliation.csv")] == [
        d.value for d in Disposition
    ]


def test_reasons_in_guide_are_the_ones_in_the_code():
    named = {
        reason
        for row in table("reports-and-schemas", "reconciliation.csv")
        for reason in re.findall(r"`(\w+)`", row[2])
    }

    assert named == {reason.value for reason in Reason}


def test_settings_in_guide_are_the_ones_in_the_code():
    assert table("settings", "All settings") == setting_rows()


def messages_in_code() -> list[str]:
    """Return the texts in the code that are no docstrings, each with ``…`` in place of its values."""
    found = []
    for path in (ROOT / "onboarding").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                skipped.update(map(id, node.values))
                found.append("".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
                found.append(node.value)
    return found


def phrases_of_troubleshooting() -> list[str]:
    rows = [line.split("|") for line in GUIDE["troubleshooting"].splitlines() if line.startswith("| ")]
    return [cells[1].strip() for cells in rows if cells[1].strip() not in {"the message says", "---"}]


def test_troubleshooting_begins_each_entry_with_words_that_the_program_prints():
    messages = messages_in_code()
    phrases = phrases_of_troubleshooting()

    patterns = [re.compile(".*".join(map(re.escape, re.split(" ?… ?", phrase))), re.DOTALL) for phrase in phrases]

    assert [pattern.pattern for pattern in patterns if not any(map(pattern.search, messages))] == []
    assert len(phrases) >= 30
    assert len(phrases) == len(set(phrases))


def flags_of(command: click.Command) -> set[str]:
    """Return all flags of a command, also those that help does not show."""
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    return {"--help", "--help-all"}.union(*((*option.opts, *option.secondary_opts) for option in options))


def commands_in(document: str) -> list[tuple[str, list[str]]]:
    """Return the commands of ``onboard`` in the code of a document: the name of each, and the long flags after it."""
    fenced = re.compile(r"^ *```\w+\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
    code = [*fenced.findall(document), *re.findall(r"`([^`]+)`", fenced.sub("", document))]
    called = [match for text in code for match in re.finditer(r"(?:^|\s)onboard ([a-z]+)([^\n|]*)", text)]
    return [(match[1], re.findall(r"(?<=\s)--[a-z][a-z-]*", match[2])) for match in called]


def test_every_setting_is_an_option_of_plan():
    options = {flag.strip("`") for flag, _, _ in setting_rows()} - {"EXPORT…", ""}

    assert options - flags_of(app.commands["plan"]) == set()


def test_readme_names_every_command():
    assert set(app.commands) - {name for name, _ in commands_in(README)} == set()


@pytest.mark.parametrize("topic", DOCUMENTS)
def test_every_command_in_the_documentation_exists_with_its_options(topic):
    wrong = [
        (name, flag)
        for name, flags in commands_in(DOCUMENTS[topic])
        for flag in flags or [""]
        if name not in app.commands or (flag and flag not in flags_of(app.commands[name]))
    ]

    assert wrong == []


def test_short_help_has_the_options_that_the_readme_types():
    """A new user looks up what a command of the README says."""
    typed = {(name, flag) for name, flags in commands_in(README) for flag in flags}

    hidden = [f"{name} {flag}" for name, flag in sorted(typed) if flag not in short_help_of(name)]

    assert hidden == []


def short_help_of(name: str) -> str:
    with click.Context(app.commands[name], info_name=name) as context:
        return app.commands[name].get_help(context)


@pytest.mark.parametrize("topic", DOCUMENTS)
def test_every_option_in_the_documentation_is_one_of_some_command(topic):
    known = ELSEWHERE.union(*map(flags_of, app.commands.values()))

    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", DOCUMENTS[topic]))

    assert named - known == set()


@pytest.mark.parametrize("topic", DOCUMENTS)
def test_every_link_within_the_repository_leads_to_a_file(topic):
    folder = ROOT if topic == "README" else ROOT / "onboarding" / "guide"

    links = re.findall(r"\]\(([^)#]+)[^)]*\)", DOCUMENTS[topic])

    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []


def test_guide_lists_all_its_topics_in_words():
    assert sorted(TOPICS) == sorted(path.stem for path in (ROOT / "onboarding" / "guide").glob("*.md"))
    assert all(re.match(r"# \w", text) for text in GUIDE.values())


def test_readme_can_be_read_in_five_minutes():
    assert len(README.splitlines()) <= 220
    assert len(README.split()) <= 2200


def test_guide_says_why_each_dependency_is_there():
    explained = {
        name.lower()
        for row in table("contributing", "Why each package is there")
        for name in re.findall(r"`([\w-]+)`", row[0])
    }

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
