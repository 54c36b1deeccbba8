"""Find the ordinary letters beyond ASCII in a column: a local part may contain these letters in any order.

The library email-validator takes 50 microseconds for an address, and an export may contain a million addresses in
another script. But an export contains few different letters. So this module asks email-validator once about each
letter. The module ``odd_cells`` uses the answers for all addresses of a column.
"""

import unicodedata
from functools import cache, lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses.spellings import fold_case
from onboarding.addresses.validation import validate

MOST_RANGES = 1_000
"""The most ranges of letters in one regular expression. Arrow refuses expressions that need too much memory."""

_JAMO = range(0x1100, 0x1200)
"""The parts of Korean syllables. Unicode's normal form C joins neighbouring parts by a rule, not by a table."""


def ordinary_letters(cells: pa.Array) -> str:
    """Return the ordinary letters beyond ASCII in a column, as ranges for a regular expression (``[…]``).

    An ordinary letter is valid in a local part. Unicode's normal form C never changes the letter, and never joins the
    letter to its neighbour. ``fold_case`` turns the letter into its lower case, which is also an ordinary letter. The
    function returns at most ``MOST_RANGES`` ranges.
    """
    letters = sorted({ord(letter) for letter in set("".join(cells.to_pylist())) if _is_ordinary(letter)})
    ranges: list[list[int]] = []
    for letter in letters:
        if ranges and ranges[-1][1] == letter - 1:
            ranges[-1][1] = letter
        else:
            ranges.append([letter, letter])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges[:MOST_RANGES])


@lru_cache(maxsize=65_536)
def _is_ordinary(letter: str) -> bool:
    if letter.isascii() or not _stays(letter):
        return False
    lower = pc.utf8_lower(pa.scalar(letter)).as_py()
    if not (len(lower) == 1 and lower == fold_case(letter) and _stays(lower)):
        return False
    local = f"a{letter}b"
    try:
        return validate(f"{local}@example.com").local_part == local
    except ValueError:
        return False


def _stays(letter: str) -> bool:
    """Say whether a character is a letter that Unicode's normal form C never changes."""
    return (
        unicodedata.category(letter).startswith("L")
        and unicodedata.combining(letter) == 0
        and unicodedata.is_normalized("NFC", letter)
        and ord(letter) not in _JAMO
        and letter not in _joined_letters()
    )


@cache
def _joined_letters() -> frozenset[str]:
    """Return the characters that Unicode's normal form C may join to the character before them."""
    pairs = (unicodedata.decomposition(chr(code)).split() for code in range(0x30000))
    return frozenset(chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and pair[0][0] != "<")  # noqa: PLR2004
