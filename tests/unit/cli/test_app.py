"""Whatever goes wrong in a command, or before click has found one, ends in one plain line and an exit code."""

import copy

import click
import pytest

from onboarding.cli.app import Commands, app, exit_code_of
from onboarding.model.errors import AccessRefused

COMMANDS = sorted(app.commands)
SECRET = "ana@example.com"  # noqa: S105 - what no traceback may show


def broken(name: str, error: BaseException) -> Commands:
    """Return a group that has a command like the one with this name, which raises an error as soon as it begins."""

    def fail(**_values: object) -> None:
        raise error

    command = copy.copy(app.commands[name])
    command.callback, command.params = fail, []
    return Commands("onboard", commands={name: command})


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_shows_a_traceback(name, capsys):
    code = exit_code_of([name], broken(name, RuntimeError(SECRET)))

    said = capsys.readouterr()
    assert code == 1
    assert said.out == ""
    assert said.err.startswith("onboard: internal error (RuntimeError); this is a bug.")
    assert said.err.splitlines()[1].endswith(" guide troubleshooting")
    assert SECRET not in said.err


@pytest.mark.parametrize("name", COMMANDS)
def test_wrong_option_is_answered_with_the_help_of_the_command(name, capsys):
    code = exit_code_of([name, "--no-such\noption"])

    message, more = capsys.readouterr().err.splitlines()
    assert code == 2
    assert message.startswith("onboard: No such option")
    assert more.startswith("See: ")
    assert more.endswith(f" {name} --help")


def test_error_of_a_command_keeps_its_exit_code(capsys):
    code = exit_code_of(["guide"], broken("guide", AccessRefused("No credentials were found.")))

    assert code == 7
    message, more = capsys.readouterr().err.splitlines()
    assert message == "onboard: No credentials were found."
    assert more.endswith(" guide destinations-and-permissions")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_interrupted_command_says_so(error, capsys):
    assert exit_code_of(["guide"], broken("guide", error)) == 130
    assert "onboard: interrupted before anything was sent" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["run", "--no-such-option", "--quiet"], ["plan", "-q", "--json=1"]])
def test_quiet_leaves_out_where_to_read_more(words, capsys):
    assert exit_code_of(words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_no_command_at_all_shows_the_list_of_commands(capsys):
    assert exit_code_of([]) == 2
    assert "Invite people:\n  run " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "ends"),
    [
        (["rnu", "a b.csv"], " run 'a b.csv'"),
        (["run", "a.csv", "--max-invite=3"], " run a.csv --max-invites=3"),
        (["run", "--zzz"], " run --help"),
    ],
)
def test_mistyped_command_or_option_is_corrected_in_the_last_line(typed, ends, capsys):
    assert exit_code_of(typed) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(ends)
