"""Look up a letter in Unicode's data: the script that it belongs to, and the Latin letter that it looks like.

The data is in ``unicode_letters.txt``. Its first lines say which version of Unicode it has, and how it was made.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

LATIN = "Latin"


@dataclass(frozen=True, slots=True)
class LetterTable:
    """Unicode's data about letters: the ranges of characters that scripts have, and the letters that look Latin.

    ``firsts`` has the first character of each range, in order, as a code point. ``lasts`` and ``scripts`` have the last
    character and the script of the same range. ``latin`` has the Latin letter for each letter that looks like one.
    """

    firsts: Sequence[int]
    lasts: Sequence[int]
    scripts: Sequence[str]
    latin: Mapping[str, str]


@lru_cache(maxsize=4096)
def script_of(letter: str) -> str:
    """Return Unicode's name for the script of a character, such as ``Old_Italic``, or ``""`` if it has no script.

    Digits, signs and accents that several scripts share have no script, and neither have letters that are newer than
    the data.
    """
    table = _table()
    at = bisect_right(table.firsts, ord(letter)) - 1
    return table.scripts[at] if at >= 0 and ord(letter) <= table.lasts[at] else ""


def latin_look_alike(letter: str) -> str:
    """Return the Latin letter of ASCII that a letter of another script looks like, or ``""`` if there is none.

    The rule is that of Unicode's technical standard 39: two letters look alike if the standard maps both to the same
    prototype. If a small and a capital Latin letter have that prototype, the Latin letter in the same case as
    ``letter`` is returned. If ``letter`` is a text of several letters, the result is ``""``.
    """
    return _table().latin.get(letter, "")


@cache
def _table() -> LetterTable:
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    scripts, _, look_alikes = text.partition("[look-alikes]")
    ranges = sorted(
        (first, last, script)
        for script, codes in _entries(scripts.partition("[scripts]")[2])
        for first, last in map(_bounds, codes)
    )
    firsts, lasts, names = zip(*ranges, strict=True)
    return LetterTable(
        firsts,
        lasts,
        names,
        {chr(int(code, 16)): latin for latin, codes in _entries(look_alikes) for code in codes},
    )


def _entries(lines: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the first word of each line, and the other words."""
    for line in lines.strip().splitlines():
        name, *codes = line.split()
        yield name, codes


def _bounds(codes: str) -> tuple[int, int]:
    first, _, last = codes.partition("-")
    return int(first, 16), int(last or first, 16)
