"""Addresses that a wrong encoding has damaged are found, and no address of a person who writes another script is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from legitimate_addresses import LEGITIMATE

from onboarding.addresses.damaged_text import damaged_text

NAMES = ["josé", "müller", "łukasz", "žižek", "ørsted", "çelik", "đặng", "jürgen.müller", "ñandú", "óscar", "öztürk"]
NAMES += ["иван", "σωκράτης", "\u0131\u011fd\u0131r", "ana-zoë", "françois.o'neill"]
WRONG = ["cp1252", "latin-1", "cp437", "cp850", "mac_roman"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", WRONG)
def test_text_that_was_read_in_a_wrong_encoding_is_found_with_the_right_one(name, encoding):
    try:
        damaged = name.encode().decode(encoding)
    except UnicodeDecodeError:
        pytest.skip("no program reads these bytes in that encoding")

    said = damaged_text(f"{damaged}@example.com")

    assert said, damaged
    assert f"Did you mean {name}@example.com?" in said or "Type the address again." in said


@pytest.mark.parametrize("local", ["jos\ufffd", "j?rgen", "?????", "m??ller", "\ufffdlvarez"])
def test_address_with_a_lost_letter_is_found(local):
    assert "lost" in damaged_text(f"{local}@example.com")


@pytest.mark.parametrize("sign", "║│┤©®°¬±÷√∩≡⌐¢£¥€™¡¿§¶†…")
def test_sign_that_no_name_has_is_found(sign):
    assert f'"{sign}"' in damaged_text(f"examp{sign}le@example.com") or "Did you mean" in damaged_text(
        f"a{sign}b@x.com"
    )


@pytest.mark.parametrize("address", LEGITIMATE)
def test_legitimate_address_is_not_damaged(address):
    assert damaged_text(address) == ""
    assert damaged_text(address.lower()) == ""


LOWER = [chr(code) for code in range(0xDF, 0x250) if chr(code).islower()]
ALPHABETS = [LOWER, [chr(code) for code in range(0x3B1, 0x3CA)], [chr(code) for code in range(0x430, 0x460)]]
ALPHABETS += [
    [chr(code) for code in block] for block in (range(0x5D0, 0x5EB), range(0x628, 0x64B), range(0x4E00, 0x4F00))
]


@given(st.sampled_from(ALPHABETS).flatmap(lambda letters: st.text(st.sampled_from([*letters, "a", "."]), max_size=9)))
def test_words_of_one_alphabet_are_not_damaged(word):
    assert damaged_text(f"{word}@example.com") == ""


@pytest.mark.parametrize(
    "name", ["\u00c2\u015f\u0131k", "Óscar", "Íñigo", "Žďár", "Çağla", "Šťastný", "Đặng", "Ångström", "ÓŻ", "JÓŻEF"]
)
def test_names_in_any_case_are_not_damaged(name):
    assert damaged_text(f"{name}@example.com") == ""
