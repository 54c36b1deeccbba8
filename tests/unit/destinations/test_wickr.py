"""Wickr gets the given name and the family name apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.destinations.wickr.requests import given_and_family


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ada Lovelace", ("Ada", "Lovelace")),
        ("Lovelace, Ada", ("Ada", "Lovelace")),
        ("  Ada   King  Lovelace ", ("Ada King", "Lovelace")),
        ("van der Berg, Jan Piet", ("Jan Piet", "van der Berg")),
        ("Ada", ("Ada", "")),
        ("Lovelace,", ("", "Lovelace")),
        ("", ("", "")),
    ],
)
def test_name_is_split_into_given_and_family_name(name, parts):
    assert given_and_family(name) == parts


@given(st.text())
def test_nothing_of_a_name_is_lost(name):
    given_name, family = given_and_family(name)

    kept = "".join(f"{given_name}{family}".split())
    assert sorted(kept) == sorted("".join(name.replace(",", "", 1).split()))
