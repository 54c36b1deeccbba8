"""The checks find letters that look like others, and suggest the address that was meant."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from legitimate_addresses import LEGITIMATE

from onboarding.addresses.homoglyphs import AS_TYPED, EUROPEAN, look_alike, mixed_script, unusual_characters


@pytest.mark.parametrize("email", LEGITIMATE)
def test_names_of_all_countries_raise_no_alarm(email):
    email = unicodedata.normalize("NFC", email)

    assert [unusual_characters(email), look_alike(email), mixed_script(email)] == ["", "", ""]


@pytest.mark.parametrize(
    ("email", "odd", "usual", "meant"),
    [
        ("ａｎａ@example.com", "ａ", "a", "ana@example.com"),
        ("ﬁona@example.com", "ﬁ", "fi", "fiona@example.com"),
        ("ᵃna@example.com", "ᵃ", "a", "ana@example.com"),
        ("mª.jose@example.com", "ª", "a", "ma.jose@example.com"),
        ("ﾀﾅｶ@jp.example", "ﾀ", "タ", "タナカ@jp.example"),
        ("𝐚na@example.com", "𝐚", "a", "ana@example.com"),
    ],
)
def test_advice_names_the_unusual_form_and_the_usual_one(email, odd, usual, meant):
    assert unusual_characters(email) == f'"{odd}" is an unusual form of "{usual}". Did you mean {meant}? Type it again.'


def test_advice_suggests_valid_addresses_only():
    assert unusual_characters("ana…@example.com") == '"…" is an unusual form of "...". Type the address again.'


@pytest.mark.parametrize(
    ("email", "script", "letter", "latin", "meant"),
    [
        ("аna@example.com", "Cyrillic", "а", "a", "ana@example.com"),
        ("ana@exаmple.com", "Cyrillic", "а", "a", "ana@example.com"),
        ("Ana@x.exаmple.com", "Cyrillic", "а", "a", "ana@x.example.com"),
        ("сорa@example.com", "Cyrillic", "с", "c", "copa@example.com"),
        ("сора@example.com", "Cyrillic", "с", "c", "copa@example.com"),
        ("ana.оо@example.com", "Cyrillic", "о", "o", "ana.oo@example.com"),
        ("ВEN@example.com", "Cyrillic", "В", "B", "ben@example.com"),
        ("νινα@example.com", "Greek", "ν", "v", "viva@example.com"),
        ("mаriο@example.com", "Cyrillic", "а", "a", "mariο@example.com"),
    ],
)
def test_advice_names_letters_that_look_latin_and_the_meant_address(email, script, letter, latin, meant):
    sentence = f'The {script} "{letter}" looks like the Latin "{latin}".'

    assert look_alike(email) == f"{sentence} Did you mean {meant}? Type it again."


@pytest.mark.parametrize("email", ["сара@пример.example", "сара.иванова@example.com", "анна@example.com"])
def test_one_letter_that_does_not_look_latin_proves_the_script(email):
    assert look_alike(email) == ""


def test_letter_that_looks_latin_only_as_a_capital_counts_only_among_latin_letters():
    """``вера`` does not look like a Latin word, ``ВERA`` does."""
    assert look_alike("вера@example.com") == ""
    assert look_alike("вera@example.com") != ""


@pytest.mark.parametrize(
    ("email", "part", "scripts"),
    [
        ("anaж@example.com", "anaж", "Cyrillic and Latin"),
        ("иванa@пример.example", "иванa", "Cyrillic and Latin"),
        ("ana@wжw.example.com", "wжw", "Cyrillic and Latin"),
        ("иванω@example.com", "иванω", "Cyrillic and Greek"),
        ("김たろう@example.com", "김たろう", "Hangul and Hiragana"),
    ],
)
def test_scripts_that_no_language_writes_together_are_named(email, part, scripts):
    assert mixed_script(email) == f'"{part}" mixes {scripts} letters; ask the person and type it again.'


def test_scripts_may_differ_between_local_part_and_domain():
    """Most people with names in other scripts have an address at a Latin domain."""
    assert mixed_script("иванова@example.com") == ""
    assert mixed_script("ana@пример.example") == ""


addresses = st.builds("{}@{}.example".format, st.text(min_size=1, max_size=6), st.sampled_from(["x", "пример", "例え"]))


@given(addresses)
def test_spelling_in_another_case_gets_the_same_answer(email):
    """So two spellings with one key get one disposition."""
    email = unicodedata.normalize("NFC", email)
    folded = unicodedata.normalize("NFC", email.casefold())

    assert [look_alike(email), mixed_script(email)] == [look_alike(folded), mixed_script(folded)]


@given(addresses)
def test_unusual_characters_are_those_that_normal_form_kc_changes(email):
    """The exceptions are letters that people always type so."""
    email = unicodedata.normalize("NFC", "".join(letter for letter in email if ord(letter) not in AS_TYPED))

    assert bool(unusual_characters(email)) is (unicodedata.normalize("NFKC", email) != email)


@given(st.from_regex(EUROPEAN, fullmatch=True))
def test_european_letters_never_raise_an_alarm(local):
    """They are not examined, since there are so many."""
    email = unicodedata.normalize("NFC", f"{local}@example.com")

    assert [unusual_characters(email), look_alike(email), mixed_script(email)] == ["", "", ""]
