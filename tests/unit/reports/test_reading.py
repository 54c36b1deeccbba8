"""How exports were read, in words."""

import pytest

from onboarding.reports.reading import address_columns, lines_about_reading, reading_in_words, short_names


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


def test_notes_about_exports_share_a_line():
    """First come the exports in which people who left cannot be told apart."""
    named = {f"in/{name}.csv": f"{name}.csv" for name in "abcde"}
    inputs = [facts(name, email="Mail", notes=("One.",)) for name in named]
    inputs += [facts("in/f.xlsx", sheet="Staff", notes=("Two.",), status="State"), facts("in/g.csv", guessed=True)]

    lines = list(lines_about_reading(inputs, named, details="summary.json"))

    assert lines == [
        "in/g.csv, a.csv, b.csv and 3 more files: No column says who has left.",
        "in/g.csv: The encoding cp1252 is a guess.",
        "a.csv, b.csv, c.csv and 2 more files: One.",
        "in/f.xlsx: Two.",
    ]


def test_lines_about_many_exports_are_bounded():
    inputs = [facts(f"{number}.csv", notes=(f"Note {number}.",), status="State") for number in range(99)]

    lines = list(lines_about_reading(inputs, {}, most=6, details="r1/report.html#exports"))

    assert len(lines) == 6
    assert lines[-1] == "94 more notes about exports: r1/report.html#exports"


def test_corrected_addresses_need_no_column_that_says_who_left():
    assert not list(lines_about_reading([facts(email="Corrected address", email_before="x")], {}, details=""))


def test_column_of_addresses_is_said_in_a_few_words():
    inputs = [
        facts("a.csv", email="mail", email_fallback="upn"),
        facts("b.csv"),
        facts("c.zip", email="Mail"),
        facts("c.zip", email="Mail"),
        facts("c.zip", email="E-Mail"),
        facts("d.csv", email="ann@example.com is odd"),
    ]

    assert address_columns(inputs) == {
        "a.csv": "mail, upn",
        "b.csv": "a list",
        "c.zip": "Mail; E-Mail",
        "d.csv": "… is odd",
    }


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        (["hr/a.csv", "hr/b.csv"], ["a.csv", "b.csv"]),
        (["hr/emea/staff.csv", "hr/apac/staff.csv"], ["emea/staff.csv", "apac/staff.csv"]),
        (["s3://hr/in/a.csv", "s3://hr/in/2026/a.csv"], ["a.csv", "2026/a.csv"]),
        (["/srv/hr/a.csv"], ["a.csv"]),
        (["a.csv", "hr/a.csv"], ["a.csv", "hr/a.csv"]),
        ([], []),
    ],
)
def test_names_leave_out_the_folders_that_all_exports_share(sources, names):
    assert short_names(sources) == dict(zip(sources, names, strict=True))
