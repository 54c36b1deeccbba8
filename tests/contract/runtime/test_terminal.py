"""What a person at a terminal sees of a run that gets on."""

import sys

import pytest
from hostile_names import HOSTILE, recorded_terminal
from rich.table import Table
from terminals import terminal

from onboarding.model.printable import printable
from onboarding.runtime.terminal import PlainConsole, progress_bars


def test_bar_with_a_total_shows_the_count_and_the_total():
    with terminal() as read:
        with progress_bars(enabled=True) as shown:
            advance = shown.bar("inviting", 1200)
            advance(500, "1 chunks, 2.0% throttled")
            advance(700, "2 chunks, 1.5% throttled")

        seen = read()

    assert "1,200/1,200" in seen
    assert "2 chunks, 1.5% throttled" in seen


def test_bar_without_a_total_shows_the_count():
    with terminal() as read:
        with progress_bars(enabled=True) as shown:
            shown.bar("reading")(3000, "people.csv")

        seen = read()

    assert "reading" in seen
    assert "3,000" in seen
    assert "people.csv" in seen


def test_bar_that_never_moved_is_not_shown():
    with terminal() as read:
        with progress_bars(enabled=True) as shown:
            shown.bar("asking who is there")
            shown.bar("inviting", 5)

        seen = read()

    assert "inviting" in seen
    assert "asking" not in seen


@pytest.mark.parametrize("enabled", [True, False])
def test_bars_are_silent_elsewhere(capsys, enabled):
    with progress_bars(enabled=enabled) as shown:
        shown.bar("inviting", 100)(50, "1 chunks")

    assert capsys.readouterr() == ("", "")


def test_bars_are_silent_where_they_are_unwanted():
    with terminal() as read:
        with progress_bars(enabled=False) as shown:
            shown.bar("inviting", 100)(50, "1 chunks")
        sys.stderr.write("end\n")

        assert read() == "end\r\n"


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
