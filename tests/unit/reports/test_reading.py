"""How exports were read, in words."""

import pytest

from onboarding.reports.reading import LINES_AT_MOST, lines_about_reading, reading_in_words


def facts(source="a.csv", *, notes=(), guessed=False, sheet="", **columns):
    named = {role.replace("__", " "): name for role, name in columns.items()}
    return {
        "source": source,
        "columns": named,
        "notes": notes,
        "guessed": guessed,
        "encoding": "cp1252",
        "sheet": sheet,
    }


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "A list of addresses; no column says who has left."),
        ({"email": "Mail"}, 'Addresses from "Mail"; no column says who has left.'),
        (
            {"email": "Mail", "starts_on": "Hired"},
            'Addresses from "Mail"; no column says who has left (only "Hired" was used).',
        ),
        (
            {"email": "mail", "email_fallback": "upn", "enabled": "accountEnabled"},
            'Addresses from "mail", or "upn" where it is empty; who works there from "accountEnabled".',
        ),
        (
            {"email": "Mail", "ends_on": "Left", "ends_on__2": "Ended", "status": "State"},
            'Addresses from "Mail"; who works there from "State", "Left" and "Ended".',
        ),
        ({"email": "Corrected address", "email_before": "x"}, 'Corrected addresses from "Corrected address".'),
        ({"email": "ann@example.com is odd"}, 'Addresses from "… is odd"; no column says who has left.'),
    ],
)
def test_columns_are_said_in_one_sentence(columns, words):
    assert reading_in_words(facts(**columns)).choice == words


def test_a_guessed_encoding_is_said_before_other_notes():
    assert reading_in_words(facts(notes=("One.",), guessed=True)).notes == ("The encoding cp1252 is a guess.", "One.")


def test_exports_that_were_read_alike_share_a_line():
    inputs = [facts(f"in/{name}.csv", email="Mail") for name in "abcde"] + [
        facts("in/f.xlsx", sheet="Staff", notes=("Two.",))
    ]

    lines = list(lines_about_reading(inputs, {f"in/{name}.csv": f"{name}.csv" for name in "abcde"}))

    assert lines == [
        'a.csv, b.csv, c.csv and 2 more files: Addresses from "Mail"; no column says who has left.',
        "in/f.xlsx (Staff): A list of addresses; no column says who has left.",
        "  Two.",
    ]


def test_lines_about_many_exports_are_bounded():
    lines = list(lines_about_reading([facts(f"{number}.csv", email=f"Mail {number}") for number in range(99)], {}))

    assert len(lines) == LINES_AT_MOST
    assert lines[-1] == "80 more lines about exports: see summary.json."
