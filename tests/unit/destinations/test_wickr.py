"""Wickr gets the first name and the last name apart, and no part of a name in the wrong half."""

import pytest
from full_names import FULL_NAMES, FullName
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding.destinations.wickr.names import given_and_family
from onboarding.destinations.wickr.requests import new_user
from onboarding.model.plan import Invitee


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


@pytest.mark.parametrize(
    ("name", "family", "parts"),
    [
        ("Wei Wang", "Wang", {"firstName": "Wei", "lastName": "Wang"}),
        ("Jan Piet van der Berg", "van der Berg", {"firstName": "Jan Piet", "lastName": "van der Berg"}),
        ("Ana María Ruiz Soto", "Ruiz Soto", {"firstName": "Ana María", "lastName": "Ruiz Soto"}),
        ("太郎 山田", "山田", {"firstName": "太郎", "lastName": "山田"}),
        ("Ruiz", "Ruiz", {"lastName": "Ruiz"}),
        ("Ana Ruiz", "", {"firstName": "Ana", "lastName": "Ruiz"}),
        ("Suharto", "", {"firstName": "Suharto"}),
        ("", "", {}),
    ],
)
def test_columns_of_an_export_decide_which_half_is_the_familys(name, family, parts):
    user = new_user(Invitee(0, "a@example.com", "a@example.com", name, family), "group")

    assert user == {"username": "a@example.com", "securityGroupIds": ["group"], **parts}


WORDS = st.sampled_from([word for name in FULL_NAMES for word in name.name.split()] + [",", ", ", "Jr.", "van", "Dr."])


@given(st.text() | st.lists(WORDS, max_size=6).map(" ".join))
@example("van van van")
@example(",,,")
def test_nothing_of_a_name_is_lost(name):
    given_name, family = given_and_family(name)

    kept = f"{given_name}{family}".replace(",", "").split()
    assert sorted("".join(kept)) == sorted("".join(name.replace(",", "").split()))
