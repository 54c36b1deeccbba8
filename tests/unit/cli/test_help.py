"""Help shows what most people need on one page, and all options on request, each with the words that it can have."""

import re
import shlex

import click
import pytest

from onboarding.cli.app import app, exit_code_of
from onboarding.cli.exit_words import CODES_OF_COMMAND
from onboarding.cli.help_texts import CHOICES, COMMON, EXAMPLES, PANELS, SIGNS
from onboarding.model.errors import ExitCode
from onboarding.settings.options import OPTIONS
from onboarding.settings.settings import Settings

COMMANDS = sorted(app.commands)
GENERAL = {"config"}


def help_of(name: str, flag: str = "--help") -> str:
    """Return what a command prints for a flag on a terminal of 80 columns."""
    command = app.commands[name]
    with click.Context(command, info_name=f"onboard {name}", terminal_width=78) as context:
        context.meta["onboarding.cli.help.shows_all"] = flag == "--help-all"
        return command.get_help(context)


def settings_of(name: str) -> set[str]:
    return {f"--{each.name.replace('_', '-')}" for each in app.commands[name].params if each.name in OPTIONS}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_a_terminal_and_a_page(name):
    lines = help_of(name).splitlines()

    assert max(map(len, lines)) <= 80
    assert len(lines) < 60  # few enough to read from top to bottom
    assert max(map(len, help_of(name, "--help-all").splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_short_help_has_the_options_of_its_examples(name):
    typed = {flag for line in EXAMPLES[name] for flag in re.findall(r"(?<=\s)--[a-z-]+", line.rpartition("| ")[2])}
    own = {option for each in app.commands[name].params for option in each.opts}
    shown = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", help_of(name), re.MULTILINE))

    assert (typed & own) - shown == set()


def test_short_help_says_how_to_switch_a_rehearsal_off():
    assert all("or --no-sandbox." in " ".join(help_of(name).split()) for name in ("run", "plan", "check", "who"))


@pytest.mark.parametrize("name", COMMANDS)
def test_all_options_are_shown_on_request(name):
    shown = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", help_of(name, "--help-all"), re.MULTILINE))

    assert settings_of(name) - shown == set()


def test_usage_names_the_program_without_its_folder(monkeypatch, capsys):
    """In a pipe, too, where the folder of a virtual environment would break the line."""
    monkeypatch.setattr("sys.argv", ["/srv/a long folder/onboarding/.venv/bin/onboard"])

    assert [exit_code_of(words) for words in (["--help"], ["run", "--help"])] == [0, 0]

    usages = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Usage: ")]
    assert usages == ["Usage: onboard [OPTIONS] COMMAND [ARGS]...", "Usage: onboard run [OPTIONS] [EXPORT]..."]


def test_commands_that_look_back_rehearse_nothing():
    assert "Look at the rehearsals" in help_of("who")
    assert "Look at the rehearsals" not in help_of("run")


def test_short_help_says_how_many_options_there_are():
    shown = re.search(r"--help-all +Show all (\d+) options", help_of("run"))

    assert int(shown[1]) == len(re.findall(r"^  (?:-\w, )?--[\w-]+", help_of("run", "--help-all"), re.MULTILINE))
    assert "--help-all" not in help_of("purge")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_examples_that_can_be_parsed_and_with_exit_codes(name):
    for line in EXAMPLES[name]:
        words = shlex.split(line.rpartition("| ")[2])
        assert words[:2] == ["onboard", name]
        assert app.commands[name].make_context(name, words[2:])

    assert [*EXAMPLES[name]] == [line for line in map(str.strip, help_of(name).splitlines()) if line in EXAMPLES[name]]
    assert "Exit codes: 0 settled, 1 error, 2 settings" in help_of(name)


def test_tables_of_help_name_options_and_commands_that_exist():
    in_panels = [name for names in PANELS.values() for name in names]
    with_signs = [name for names in SIGNS.values() for name in names]

    assert len(in_panels) == len(set(in_panels))
    assert len(with_signs) == len(set(with_signs))
    assert {*in_panels, *with_signs, *COMMON, *CHOICES} - {*OPTIONS, *GENERAL} == set()
    assert CODES_OF_COMMAND.keys() | EXAMPLES.keys() <= app.commands.keys()


def test_words_that_help_offers_are_the_ones_that_settings_take():
    schema = Settings.model_json_schema()
    enums = {name: _enum_of(each, schema) for name, each in schema["properties"].items()}

    assert {name: words for name, words in enums.items() if words} == {
        name: list(words) for name, words in CHOICES.items() if SIGNS_OF[name] == "WORD"
    }
    for name, words in CHOICES.items():
        if SIGNS_OF[name] == "WORD":
            assert set(words) <= set(re.findall(r"[\w-]+", OPTIONS[name].help))


SIGNS_OF = {name: sign for sign, names in SIGNS.items() for name in names}


def _enum_of(part: dict, schema: dict) -> list[str]:
    """Return the words of a property in a JSON Schema, or an empty list if it takes any text."""
    if "$ref" in part:
        return _enum_of(schema["$defs"][part["$ref"].rpartition("/")[2]], schema)
    nested = [words for each in part.get("anyOf", ()) if (words := _enum_of(each, schema))]
    return part.get("enum") or next(iter(nested), [])


@pytest.mark.parametrize("name", [name for name in COMMANDS if "--aws-secret" in settings_of(name)])
def test_command_that_asks_for_a_secret_may_be_refused_or_throttled(name):
    assert {ExitCode.CLOSED, ExitCode.STOPPED} <= set(CODES_OF_COMMAND[name])
