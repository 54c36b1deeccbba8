"""Find addresses with damaged letters, from a program that decoded the letters with a wrong encoding.

A damaged address may be valid, but it is not the person's address. There are three kinds of damage:

1. The character U+FFFD in place of a lost letter, or the ``?`` that many programs write in place of U+FFFD.
2. The UTF-8 bytes of one letter, shown as letters and signs of an old encoding: ``josÃ©`` for ``josé``.
3. Signs that no name contains, such as ``║`` and ``©``.
"""

import re
import unicodedata
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise

LOST = "?\ufffd"
"""The signs that a program writes in place of letters that the program cannot write."""

_USUAL = ("cp1252", "latin-1")
OLD_ENCODINGS = (*_USUAL, "cp1250", "cp437", "cp850", "mac_roman", "cp1251", "cp1254", "cp1257", "cp852")
"""The encodings in which programs read UTF-8 by mistake.

The first two encodings are the most common. If one of these two encodings explains a damaged text, the job tries no
other encoding.
"""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_SIGNS = frozenset({"So", "Sm", "Sc", "Sk"})
_DAMAGE = frozenset("¡¿§¶†‡•…‰")
_SURE_LEADS = frozenset("ÃÅÄĂĹ")
_FEWEST_LETTERS_OF_ANY = 2


def damaged_text(email: str) -> str:
    """Return advice if the local part of an address seems damaged, or else ``""``."""
    local, _, domain = email.rpartition("@")
    if any(sign in local for sign in LOST):
        return "A letter of the address was lost where a ? stands; type the address again."
    readings = {run: _readings(run) for run in _BEYOND_ASCII.findall(local)}
    if any(readings.values()):
        meant = _BEYOND_ASCII.sub(lambda run: next(iter(readings[run[0]]), run[0]), local)
        is_clear = all(len(letters) <= 1 for letters in readings.values())
        advice = f"Did you mean {meant}@{domain}? Type it again." if is_clear else "Type the address again."
        return f"A program has decoded letters of the address in a wrong way. {advice}"
    odd = next((sign for sign in local if not sign.isascii() and _is_sign(sign)), "")
    return f'"{odd}" is no letter, so the address may be damaged; type it again.' if odd else ""


def _is_sign(character: str) -> bool:
    return character in _DAMAGE or unicodedata.category(character) in _SIGNS


@lru_cache(maxsize=4096)
def _readings(run: str) -> frozenset[str]:
    """Return the texts that a program may have turned into the damaged characters ``run``.

    The function encodes the characters with each old encoding, and decodes the bytes as UTF-8.
    """
    found: list[str] = []
    for encoding in OLD_ENCODINGS:
        with suppress(UnicodeError):
            letters = run.encode(encoding).decode("utf-8")
            if letters.isalpha() and _is_sure(run, letters):
                found.append(letters)
                if encoding in _USUAL:
                    break
    return frozenset(found)


def _is_sure(run: str, letters: str) -> bool:
    """Say whether the characters ``run`` are surely the damaged form of ``letters``.

    A sign among the characters is proof of damage. So is a pair of letters that never follow each other in a name, such
    as ``Ãa``. Several ``letters`` of one script are proof, too.
    """
    if any(not character.isalpha() for character in run):
        return True
    if any(before in _SURE_LEADS and not after.isupper() for before, after in pairwise(run)):
        return True
    return len(letters) >= _FEWEST_LETTERS_OF_ANY and _is_of_one_script(letters)


@lru_cache(maxsize=4096)
def _is_of_one_script(letters: str) -> bool:
    return len({unicodedata.name(letter, "").partition(" ")[0] for letter in letters}) == 1
