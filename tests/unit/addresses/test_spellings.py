"""Keys join no two mailboxes, and spellings bring together the keys that may be meant for one another."""

import sys
import unicodedata
from collections import defaultdict
from functools import cache

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding.addresses.normalise import keys_of
from onboarding.addresses.spellings import fold_case, respelled_keys, spelling_of

DIFFERENT = [
    ("straße", "strasse"),
    ("ﬁona", "fiona"),
    ("\u017fam", "sam"),
    ("\u0131p", "ip"),
    ("İp", "ip"),
    ("ŉa", "\u02bcna"),
    ("ǰan", "jan"),
    ("ﬅ", "st"),
    ("ﬀ", "ff"),
    ("x²", "x2"),
    ("µ", "u"),
]


@cache
def all_letters() -> list[str]:
    """Return all letters, marks and digits of Unicode."""
    return [chr(at) for at in range(sys.maxunicode + 1) if unicodedata.category(chr(at))[0] in "LMN"]


def similar(letter: str) -> set[str]:
    """Return the letter in each case and form that Unicode calls equivalent, if that is a single letter."""
    forms = {letter, unicodedata.normalize("NFC", letter)}
    forms |= {made for form in forms for made in (form.lower(), form.upper(), form.title()) if len(made) == 1}
    return forms | {unicodedata.normalize("NFC", form) for form in forms}


def test_letters_are_joined_only_if_they_differ_in_case_or_are_equivalent():
    """Over all of Unicode: Cherokee, Georgian and Greek letters, and signs such as Kelvin and Ohm, included."""
    joined = defaultdict(set)
    for letter in all_letters():
        joined[fold_case(letter)].add(letter)

    wrong = [
        (letter, folded)
        for folded, letters in joined.items()
        for letter in letters
        if letter != folded
        and unicodedata.normalize("NFC", letter) != folded
        and not any(folded in similar(form) for form in similar(letter))
    ]

    assert wrong == []


def test_no_letter_becomes_several():
    """Letters that Unicode composes of several stay what they are in the normal form."""
    longer = [letter for letter in all_letters() if len(fold_case(letter)) > len(unicodedata.normalize("NFC", letter))]

    assert longer == []


@pytest.mark.parametrize(
    ("one", "other"), [("É", "é"), ("E\u0301", "é"), ("Σ", "ς"), ("\u13a0", "\uab70"), ("Ა", "ა"), ("K", "k")]
)
def test_case_of_single_letters_is_ignored(one, other):
    assert len({*keys_of([f"a{one}@x.example.com", f"A{other}@X.example.com"])}) == 1


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_letters_are_different_mailboxes(one, other):
    keys = keys_of([f"{one}@example.com", f"{other}@example.com"])

    assert keys[0] != keys[1]


@pytest.mark.parametrize(("one", "other"), [pair for pair in DIFFERENT if pair[1] not in ("ip", "u", "jan")])
def test_different_mailboxes_may_have_one_spelling(one, other):
    first, second = map(spelling_of, keys_of([f"{one}@example.com", f"{other}@example.com"]))

    assert first == second == f"{other}@example.com"


def test_domains_that_versions_of_idna_take_for_one_are_different_and_have_one_spelling():
    keys = keys_of(["a@straße.example.com", "a@strasse.example.com", "a@müller.example.com"])

    assert keys == ["a@xn--strae-oqa.example.com", "a@strasse.example.com", "a@xn--mller-kva.example.com"]
    assert list(map(spelling_of, keys)) == [keys[1], keys[1], keys[2]]


@given(st.text(max_size=8), st.text(max_size=8))
@example("ΐ", "ΐ")
@example("\u1e9e", "SS")
def test_equal_keys_have_equal_spellings(one, other):
    assert fold_case(fold_case(one)) == fold_case(one)
    assert fold_case(one) == fold_case(unicodedata.normalize("NFD", one))
    assert fold_case(one) != fold_case(other) or spelling_of(fold_case(one)) == spelling_of(fold_case(other))
    assert spelling_of(spelling_of(fold_case(one))) == spelling_of(fold_case(one))


@given(st.lists(st.text(st.sampled_from("aßsﬁfiéž@.ŉ²Σ")), max_size=6))
@example(["a@xn--strae-oqa.example", "a@example.com", "ß@x", "ß@x", "é@x"])
def test_column_of_keys_has_the_spellings_of_its_cells(keys):
    keys = [fold_case(key) for key in keys]

    where, spellings = respelled_keys(pa.array(keys, pa.string()))

    assert where.tolist() == [spelling_of(key) != key for key in keys]
    assert spellings == [spelling_of(key) for key in keys if spelling_of(key) != key]
