"""Look up a letter in Unicode's data: the script that it belongs to, and the Latin letter that it looks like.

The data is in ``unicode_letters.txt``. The first lines of this file say from which version of Unicode the data is, and
how the file was made.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from onboarding.model.values import dataclass

LATIN = "Latin"


@dataclass(frozen=True, slots=True)
class LetterTable:
    """Unicode's data about letters: the ranges of characters that scripts have, and the letters that look Latin.

    ``firsts`` has the first character of each range, in order, as a code point. ``lasts`` and ``scripts`` have the last
    character and the script of the same range. ``latin`` has the Latin letter for each letter that looks Latin.
    """

    firsts: Sequence[int]
    lasts: Sequence[int]
    scripts: Sequence[str]
    latin: Mapping[str, str]


@lru_cache(maxsize=4096)
def script_of(letter: str) -> str:
    """Return Unicode's name for the script of a character, such as ``Old_Italic``, or ``""`` if it has no script.

    Digits, signs and accents that several scripts share have no script. Letters that are newer than the data have no
    script either.
    """
    table = _table()
    at = bisect_right(table.firsts, ord(letter)) - 1
    return table.scripts[at] if at >= 0 and ord(letter) <= table.lasts[at] else ""


def latin_look_alike(letter: str) -> str:
    """Return the Latin letter of ASCII that a letter of another script looks like, or ``""`` if it looks like none.

    The rule is that of Unicode's technical standard 39: two letters look alike if the standard maps both to the same
    prototype. If both a small and a capital Latin letter have this prototype, the function returns the Latin letter in
    the case of ``letter``. If ``letter`` is a text of several letters, the result is ``""``.
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
    """Yield, for each line, the first word and a list of the other words."""
    for line in lines.strip().splitlines():
        name, *codes = line.split()
        yield name, codes


def _bounds(codes: str) -> tuple[int, int]:
    first, _, last = codes.partition("-")
    return int(first, 16), int(last or first, 16)
