"""Who has left is found in each language, wherever the column stands, and no ordinary column asks a question."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_fates import export_of_text, fates_of_export, fates_of_text
from policy_languages import ABOUT_SOMETHING_ELSE, LANGUAGES

from onboarding.exports.layout.policy_columns import SAYS_WHO_LEFT
from onboarding.exports.tables import Unreadable

PAST, AHEAD, BEGUN = "2024-06-30", "2027-03-31", "2019-03-15"


def written(columns: dict[str, list[str]]) -> str:
    """Return a table as CSV, with a column of addresses."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def addresses(count: int) -> list[str]:
    return [f"p{number}@corp.example" for number in range(count)]


EVERY_NAME = [
    *((language, "status", name) for language, words in LANGUAGES.items() for name in words.status),
    *((language, "end", name) for language, words in LANGUAGES.items() for name in words.end),
]


def test_each_name_of_a_column_is_understood(soak):
    """Each alone says who has left."""
    missed = []
    for language, use, name in EVERY_NAME if soak else EVERY_NAME[::4]:
        words = LANGUAGES[language]
        cells = [words.active[0], words.gone[0], words.active[0]] if use == "status" else ["", PAST, AHEAD]
        try:
            fates = fates_of_text(written({"Email": addresses(3), name: cells}))
        except Unreadable as question:
            fates = [question.why]
        if fates != ["planned", "inactive" if use == "status" else "ended", "planned"]:
            missed.append((language, name, fates))

    assert missed == []


@st.composite
def rosters(draw):
    """Return a table, and which of its people have left or not started."""
    words = LANGUAGES[draw(st.sampled_from(sorted(LANGUAGES)))]
    count = draw(st.integers(2, 8))
    left = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    uses = draw(st.lists(st.sampled_from(["status", "end", "start"]), min_size=1, unique=True))
    columns = {"Email": addresses(count)}
    if "status" in uses or "end" not in uses:
        choices = [st.sampled_from(words.gone if gone else words.active) for gone in left]
        columns[draw(st.sampled_from(words.status))] = [draw(choice) for choice in choices]
    for name in (
        draw(st.lists(st.sampled_from(words.end), min_size=1, max_size=2, unique=True)) if "end" in uses else ()
    ):
        columns[name] = [PAST if gone else draw(st.sampled_from(["", AHEAD])) for gone in left]
    if "start" in uses:
        columns[draw(st.sampled_from(words.start))] = [BEGUN] * count
    for name in draw(st.lists(st.sampled_from(sorted(ABOUT_SOMETHING_ELSE)), max_size=4, unique=True)):
        columns[name] = [draw(st.sampled_from(ABOUT_SOMETHING_ELSE[name])) for _ in range(count)]
    names = draw(st.permutations(sorted(columns)))
    return {name: columns[name] for name in names}, left


@given(rosters())
def test_person_who_left_is_never_planned_and_all_others_are(roster):
    columns, left = roster

    fates = fates_of_text(written(columns))

    assert [fate == "planned" for fate in fates] == [not gone for gone in left], (columns, fates)


LETTERS = st.text(st.sampled_from("bcdfghjklmnpqrstvwxz"), min_size=5, max_size=9)


@given(LETTERS, st.sampled_from(sorted(LANGUAGES)), st.integers(0, 2), st.booleans())
def test_unknown_name_is_asked_about_if_its_cells_may_say_who_left(name, language, at, dates):
    words = LANGUAGES[language]
    cells = ["", PAST, "", "2023-01-31"] if dates else [words.active[0], words.gone[0], words.active[0], words.gone[-1]]
    columns = {"Email": addresses(4), "Town": ["Bern", "Oslo", "Bern", "Rome"]}
    items = list(columns.items())
    items.insert(at, (name, cells))

    with pytest.raises(Unreadable) as asked:
        fates_of_text(written(dict(items)))

    assert name in asked.value.why
    assert ("--end-column" if dates else "--status-column") in asked.value.why
    assert "--ignore-column" in asked.value.why


@pytest.mark.parametrize("name", ABOUT_SOMETHING_ELSE)
def test_column_about_something_else_is_neither_used_nor_asked_about(name):
    """If nothing else says who has left, a note names it."""
    cells = [ABOUT_SOMETHING_ELSE[name][row % 3] for row in range(6)]
    export = export_of_text(written({"Email": addresses(6), name: cells}))

    assert fates_of_export(export) == ["planned"] * 6
    assert not {role.partition(" ")[0] for role in export.facts.columns} & set(SAYS_WHO_LEFT)
    assert export.facts.notes == (f'Columns that were not used: "{name}".',)
