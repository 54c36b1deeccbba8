"""Cells that are nearly addresses get the answer of email-validator, on the fast way and on the thorough one."""

import re
import sys
import unicodedata
from itertools import islice
from random import Random

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from differential import answers, disagreements, speeds
from edge_cells import around, cells
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from onboarding.addresses.cleaning import clean_lightly
from onboarding.addresses.normalise import keys_of
from onboarding.addresses.odd_cells import CASE_INSENSITIVE, LATIN_LETTERS, _usual
from onboarding.addresses.ordinary_letters import ordinary_letters
from onboarding.addresses.spellings import fold_case

ALIKE = [range(0x3400, 0xA48D), range(0xAC00, 0xF900), range(0xFDD0, 0xFDF0)]
"""Ideographs and syllables, private and unassigned: tens of thousands, and all of a range behave alike."""

CELLS_AT_A_TIME = 5_000


def test_made_up_cells_have_the_answer_of_email_validator(soak):
    """``python tests/support/differential.py`` compares cells until it is stopped."""
    made = list(islice(cells(seed=1), 20_000 if soak else 3_000))

    assert list(disagreements(made)) == []
    assert min(speeds(made).values()) > 50


def test_address_from_elsewhere_has_the_key_of_a_cell():
    """Addresses of a service or a ledger are compared with rows, and skip the fast expression."""
    made = list(islice(cells(seed=3), 3_000))

    keys = [found.key or fold_case(cell) for cell, found in zip(made, answers(made), strict=True)]

    assert keys_of(made) == keys


def test_same_seed_makes_the_same_cells_and_another_seed_different_ones():
    """A disagreement can be found again."""
    one, again, other = (list(islice(cells(seed), 100)) for seed in (1, 1, 2))

    assert one == again != other


@pytest.mark.soak
def test_every_character_around_an_address_has_the_answer_of_email_validator(soak):
    """By default the test tries the first 592 code points, which are Latin, and every 61st after these.

    ``python tests/support/differential.py --code-points`` tries every character.
    """
    alike = {code_point for some in ALIKE for code_point in some[1:-1]}

    tried = range(0x10000) if soak else [*range(0x250), *range(0x250, 0x10000, 61)]

    made = list(around(code_point for code_point in tried if code_point not in alike))

    # An export may not have all these domains.
    for start in range(0, len(made), CELLS_AT_A_TIME):
        assert list(disagreements(made[start : start + CELLS_AT_A_TIME])) == []


def test_latin_letters_are_the_letters_that_may_be_compared_by_lower_case():
    """The columns lower a letter where email-validator's answer is normalised and casefolded."""
    letters = list(map(chr, range(0xC0, 0x250)))
    lowered = pc.utf8_lower(pa.array(letters)).to_pylist()

    simple = [
        letter
        for letter, low in zip(letters, lowered, strict=True)
        if letter.isalpha()
        and len(low) == 1
        and letter.casefold() == low == unicodedata.normalize("NFC", low)
        and letter == unicodedata.normalize("NFC", letter)
    ]

    assert simple == re.findall(f"[{LATIN_LETTERS}]", "".join(map(chr, range(sys.maxunicode))))
    assert {"\u00df", "\u017f", "\u0130", "\u0149", "\u01f0"}.isdisjoint(simple)


def test_words_of_neighbouring_letters_have_the_answer_of_email_validator(soak):
    """Many cells in one script are decided together, by the letters that they have in common."""
    letters = [letter for code in range(0x80, 0x30000) if unicodedata.category(letter := chr(code))[0] in "LMN"]
    random = Random(1)  # noqa: S311 - a made-up word is no secret

    def word() -> str:
        first = random.randrange(len(letters) - 40)
        return "".join(random.choices(letters[first : first + 40], k=random.randint(1, 9)))

    words = [word() for _ in range(20_000 if soak else 600)]
    made = [f"a.{word}@example.com" if at % 2 else f"{word}@{word[:3]}.com" for at, word in enumerate(words)]

    for start in range(0, len(made), CELLS_AT_A_TIME):
        assert list(disagreements(made[start : start + CELLS_AT_A_TIME])) == []


def test_addresses_in_other_scripts_are_decided_together():
    """email-validator takes 50 microseconds for each address that it is asked about."""
    made = pa.array([f"{first}{second}@müller.example" for first in "абвΓδאا日ქ𐐀" for second in "сԱเ"])
    bare = clean_lightly(made)

    assert not _usual(bare)[0].any()
    assert _usual(bare, ordinary_letters(bare))[0].all()


def test_mailboxes_in_any_case_are_those_of_email_validator():
    assert set(CASE_INSENSITIVE) == set(CASE_INSENSITIVE_MAILBOX_NAMES)
