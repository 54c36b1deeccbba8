"""Wickr gets the first name and the last name apart, and no part of a name in the wrong half."""

import pytest
from full_names import FULL_NAMES, FullName
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding.destinations.wickr.names import given_and_family


def test_table_has_enough_names_of_enough_languages():
    assert len({name.name for name in FULL_NAMES}) >= 120
    assert len({name.language for name in FULL_NAMES}) >= 20
    assert sum(bool(name.family) for name in FULL_NAMES) > 80


@pytest.mark.parametrize("name", FULL_NAMES, ids=lambda name: name.name)
def test_name_is_split_where_its_form_says_how_and_stays_whole_elsewhere(name: FullName):
    expected = (name.given, name.family) if name.family else (name.name, "")

    assert given_and_family(name.name) == expected


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("  Ada   Lovelace ", ("Ada", "Lovelace")),
        ("Lovelace,", ("Lovelace", "")),
        (", Ada", ("Ada", "")),
        ("King, Martin, Jr.", ("Martin", "King, Jr.")),
        ("Dr.", ("Dr.", "")),
        ("Jr.", ("Jr.", "")),
        ("", ("", "")),
    ],
)
def test_odd_forms_of_a_name(name, parts):
    assert given_and_family(name) == parts


WORDS = st.sampled_from([word for name in FULL_NAMES for word in name.name.split()] + [",", ", ", "Jr.", "van", "Dr."])


@given(st.text() | st.lists(WORDS, max_size=6).map(" ".join))
@example("van van van")
@example(",,,")
def test_nothing_of_a_name_is_lost(name):
    given_name, family = given_and_family(name)

    kept = f"{given_name}{family}".replace(",", "").split()
    assert sorted("".join(kept)) == sorted("".join(name.replace(",", "").split()))
