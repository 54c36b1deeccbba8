"""Find deceptive letters in an address: unusual forms, letters that look Latin (homoglyphs), and mixed scripts.

The rules and data come from Unicode's technical standard 39 (UTS 39). The module ``suspicious`` calls the checks.

Each of the three checks returns one sentence of advice for a person, or ``""`` for an address that passes. The check
``unusual_characters`` examines the address as it is written. ``look_alike`` and ``mixed_script`` ignore case.
"""

import re
import unicodedata
from functools import lru_cache

from onboarding.addresses.normalise import PLAIN_ADDRESS, PLAIN_LIMIT_BYTES
from onboarding.addresses.unicode_letters import LATIN, latin_look_alike, script_of
from onboarding.addresses.validation import validate

EUROPEAN = re.compile("[\x00-\x7fÀ-ÖØ-öø-ıĴ-ľŁ-ňŊ-ž]*")
"""The regular expression for addresses that surely pass: ASCII and the Latin letters on European keyboards."""

WRITTEN_TOGETHER = (
    frozenset({LATIN, "Han", "Hiragana", "Katakana"}),
    frozenset({LATIN, "Han", "Bopomofo"}),
    frozenset({LATIN, "Han", "Hangul"}),
)
"""The scripts that people mix in Japanese, Chinese and Korean texts (UTS 39, 5.2, "highly restrictive")."""

AS_TYPED = str.maketrans("\u0587\u0e33\u0eb3\u0edc\u0edd", "\u0565\u0e32\u0eb2\u0e94\u0e94")
"""Usual letters of Armenian, Thai and Lao, each with the letter that ``unusual_characters`` examines instead.

Unicode's normal form KC replaces each of these usual letters with two letters, so the check would refuse the usual
letters.
"""

_PLAIN = re.compile(f"(?=.{{,{PLAIN_LIMIT_BYTES}}}$){PLAIN_ADDRESS}")


def unusual_characters(email: str) -> str:
    """Return advice if an address has full-width letters, ligatures, raised letters or the like, or else ``""``.

    A character counts as unusual if Unicode's normal form KC changes it. The domain has no unusual characters, since
    IDNA has already replaced them.
    """
    if unicodedata.is_normalized("NFKC", email):
        return ""
    odd = next((letter for letter in email.translate(AS_TYPED) if not unicodedata.is_normalized("NFKC", letter)), "")
    if not odd:
        return ""
    usual = unicodedata.normalize("NFKC", odd)
    return f'"{odd}" is an unusual form of "{usual}". {_suggestion(unicodedata.normalize("NFKC", email))}'


def look_alike(email: str) -> str:
    """Return advice if an address has letters of another script that all look like Latin letters, or else ``""``.

    If at least one letter of a script does not look Latin, the writer meant the script, and the address passes.

    A letter looks Latin if its lower case looks Latin. Beside Latin letters in the same local part or label, a letter
    also looks Latin if its capital looks Latin. For example, the Cyrillic ``В`` looks Latin only as a capital.
    """
    address = _without_case(email)
    by_part = [_scripts(part) for part in _parts(address)]
    for script in sorted(frozenset().union(*by_part) - {LATIN}):
        letters = [letter for letter in address if script_of(letter) == script]
        among_latin = any({LATIN, script} <= scripts for scripts in by_part)
        if all(_pair(letter, among_latin) for letter in letters):
            form, latin = _pair(letters[0], among_latin)
            meant = [_pair(letter, among_latin)[1].lower() if letter in letters else letter for letter in address]
            return f'The {_name(script)} "{form}" looks like the Latin "{latin}". {_suggestion("".join(meant))}'
    return ""


def mixed_script(email: str) -> str:
    """Return advice if one part of an address has letters of scripts that no language writes together, or else ``""``.

    The parts are the local part and each label of the domain.
    """
    for part in _parts(_without_case(email)):
        scripts = _scripts(part)
        if len(scripts) > 1 and not any(scripts <= together for together in WRITTEN_TOGETHER):
            names = " and ".join(_name(script) for script in sorted(scripts))
            return f'"{part}" mixes {names} letters; ask the person and type it again.'
    return ""


def _suggestion(address: str) -> str:
    """Return advice that proposes an address, or, if the address is invalid, advice to type the address again."""
    if not _PLAIN.fullmatch(address):
        try:
            address = validate(address).normalized
        except ValueError:
            return "Type the address again."
    return f"Did you mean {address}? Type it again."


def _without_case(email: str) -> str:
    return unicodedata.normalize("NFC", email.casefold())


def _parts(address: str) -> tuple[str, ...]:
    """Return the local part of an address and each label of its domain."""
    local, _, domain = address.rpartition("@")
    return local, *domain.split(".")


@lru_cache(maxsize=4096)
def _scripts(part: str) -> frozenset[str]:
    return frozenset(map(script_of, set(part))) - {""}


@lru_cache(maxsize=4096)
def _pair(letter: str, either_case: bool) -> tuple[str, ...]:  # noqa: FBT001 - by position it is faster, and it is called often
    """Return the Latin-looking form of a letter and the Latin letter, or an empty tuple if no form looks Latin.

    The forms of a letter are the letter itself and, if ``either_case`` is true, its capital.
    """
    forms = (letter, letter.upper()) if either_case else (letter,)
    pairs = ((form, latin_look_alike(form)) for form in forms)
    return next((pair for pair in pairs if pair[1]), ())


def _name(script: str) -> str:
    return script.replace("_", " ")
