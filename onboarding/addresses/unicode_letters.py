"""Look up the script of a letter, and the Latin letter that the letter looks like, in Unicode's data.

The data is in ``unicode_letters.txt``. The file begins with its version of Unicode, and with the name of the script
that made the file.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from onboarding.model.values import dataclass

LATIN = "Latin"


@dataclass(frozen=True, slots=True)
class LetterTable:
    """Unicode's data about letters: the ranges of characters of each script, and the letters that look Latin.

    ``firsts`` and ``lasts`` are the first and the last character of each range, as code points in order. ``scripts``
    are the scripts of the ranges. ``latin`` maps each letter that looks Latin to the Latin letter.
    """

    firsts: Sequence[int]
    lasts: Sequence[int]
    scripts: Sequence[str]
    latin: Mapping[str, str]


@lru_cache(maxsize=4096)
def script_of(letter: str) -> str:
    """Return Unicode's name for the script of a character, such as ``Old_Italic``, or ``""`` for no script.

    Digits, signs and accents that several scripts share have no script. Letters that are newer than the data have no
    script either.
    """
    table = _table()
    at = bisect_right(table.firsts, ord(letter)) - 1
    return table.scripts[at] if at >= 0 and ord(letter) <= table.lasts[at] else ""


def latin_look_alike(letter: str) -> str:
    """Return the ASCII letter that a letter of another script looks like, or ``""`` for a letter without such a look.

    Two letters look alike if Unicode's technical standard 39 maps both to the same prototype. If a small and a capital
    ASCII letter fit, the function returns the letter in the case of ``letter``. For a text of several letters, the
    result is ``""``.
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
    """Yield the first word of each line, and a list of the line's other words."""
    for line in lines.strip().splitlines():
        name, *codes = line.split()
        yield name, codes


def _bounds(codes: str) -> tuple[int, int]:
    first, _, last = codes.partition("-")
    return int(first, 16), int(last or first, 16)
