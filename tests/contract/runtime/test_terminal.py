"""What a person at a terminal sees of texts and tables."""

import pytest
from hostile_names import HOSTILE, recorded_terminal
from rich.table import Table
from terminals import terminal

from onboarding.model.printable import printable
from onboarding.runtime.progress import progress_bars
from onboarding.runtime.terminal import PlainConsole


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_console_and_bars_show_foreign_text_as_it_is(hostile):
    with recorded_terminal() as recording:
        PlainConsole().print(hostile)
        table = Table(hostile, title=hostile)
        table.add_row(hostile)
        PlainConsole(stderr=True).print(table)
        with progress_bars(enabled=True) as shown:
            shown.bar(hostile)(1, hostile)

    assert recording.hidden == set()
    assert printable(hostile) in recording.text


def test_terminal_breaks_prose_between_words_and_a_path_never(monkeypatch):
    """A terminal of its own accord breaks a line in the middle of a word."""
    path = "/srv/onboarding/" + "x" * 90
    text = " ".join(["invitations"] * 20) + f" {path} " + " ".join(["people"] * 10)
    monkeypatch.setenv("COLUMNS", "80")
    with terminal() as read:
        PlainConsole(stderr=True).print_line(text)
        seen = read()

    lines = seen.replace("\r", "").splitlines()
    assert path in lines
    assert all(len(line) <= 80 for line in lines if line != path)
    assert " ".join(" ".join(lines).split()) == text


def test_prose_stays_one_line_elsewhere(capsys):
    PlainConsole().print_line("word " * 60)

    assert len(capsys.readouterr().out.splitlines()) == 1
