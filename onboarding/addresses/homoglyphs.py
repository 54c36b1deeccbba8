"""Find letters that look like other letters, by the rules and data of Unicode's technical standard 39 (UTS 39).

Each of the three checks returns one sentence for a person, or ``""`` for an address that passes. The first check
examines the address as it is spelled. The others ignore case, so two spellings of one address get the same answer.
"""

import re
import unicodedata
from functools import lru_cache
from string import ascii_letters

from email_validator import EmailNotValidError, validate_email

from onboarding.addresses.normalise import PLAIN_ADDRESS, PLAIN_LIMIT_BYTES

EUROPEAN = re.compile("[\x00-\x7fÀ-ÖØ-öø-ıĴ-ľŁ-ňŊ-ž]*")
"""Addresses that pass every check: Latin letters of European languages, as keyboards have them."""

LATIN = "LATIN"

NO_SCRIPT = frozenset({"COMMON", "INHERITED", "Unknown"})
"""Scripts that may stand beside any script: digits, signs, accents, and letters that are newer than the data."""

WRITTEN_TOGETHER = (
    frozenset({LATIN, "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({LATIN, "HAN", "BOPOMOFO"}),
    frozenset({LATIN, "HAN", "HANGUL"}),
)
"""Scripts that Japanese, Chinese and Korean mix (UTS 39, 5.2, "highly restrictive")."""

AS_TYPED = str.maketrans("\u0587\u0e33\u0eb3\u0edc\u0edd", "\u0565\u0e32\u0eb2\u0e94\u0e94")
"""Letters of Armenian, Thai and Lao that people type as one while Unicode's normal form has two. Each is replaced by a
letter that this form leaves alone, so that it does not count as unusual."""

_PLAIN = re.compile(f"(?=.{{,{PLAIN_LIMIT_BYTES}}}$){PLAIN_ADDRESS}")


def unusual_characters(email: str) -> str:
    """Find characters that are another form of usual ones: full-width letters, ligatures, raised letters.

    An unusual character is one that Unicode's normal form KC changes. IDNA has already changed those of the domain.
    """
    if unicodedata.is_normalized("NFKC", email):
        return ""
    odd = next((letter for letter in email.translate(AS_TYPED) if not unicodedata.is_normalized("NFKC", letter)), "")
    if not odd:
        return ""
    usual = unicodedata.normalize("NFKC", odd)
    return f'"{odd}" is an unusual form of "{usual}". {_suggestion(unicodedata.normalize("NFKC", email))}'


def look_alike(email: str) -> str:
    """Find a script of the address in which every letter looks like a Latin one.

    A single letter that does not look Latin proves that the writer meant the script: an address in Cyrillic at a
    Cyrillic domain may well contain a name like ``сара``, in which all letters look Latin. Where Latin letters stand
    beside it, a letter looks Latin if either of its cases does; elsewhere only its lower case counts. Cyrillic ``в``
    looks like no Latin letter, ``В`` does.
    """
    address = _without_case(email)
    by_part = [_scripts(part) for part in _parts(address)]
    for script in sorted(frozenset().union(*by_part) - {LATIN}):
        letters = [letter for letter in address if _script(letter) == script]
        among_latin = any({LATIN, script} <= scripts for scripts in by_part)
        if all(_pair(letter, among_latin) for letter in letters):
            form, latin = _pair(letters[0], among_latin)
            meant = [_pair(letter, among_latin)[1].lower() if letter in letters else letter for letter in address]
            return f'The {_name(script)} "{form}" looks like the Latin "{latin}". {_suggestion("".join(meant))}'
    return ""


def mixed_script(email: str) -> str:
    """Find a local part, or a label of the domain, in scripts that no language writes together."""
    for part in _parts(_without_case(email)):
        scripts = _scripts(part)
        if len(scripts) > 1 and not any(scripts <= together for together in WRITTEN_TOGETHER):
            names = " and ".join(_name(script) for script in sorted(scripts))
            return f'"{part}" mixes {names} letters; ask the person and type it again.'
    return ""


def _suggestion(address: str) -> str:
    """Return advice for a person, naming the address that was probably meant if it is valid."""
    if not _PLAIN.fullmatch(address):
        try:
            address = validate_email(address, check_deliverability=False, strict=True).normalized
        except EmailNotValidError:
            return "Type the address again."
    return f"Did you mean {address}? Type it again."


def _without_case(email: str) -> str:
    return unicodedata.normalize("NFC", email.casefold())


def _parts(address: str) -> tuple[str, ...]:
    """Return the local part and the labels of the domain."""
    local, _, domain = address.rpartition("@")
    return local, *domain.split(".")


@lru_cache(maxsize=4096)
def _scripts(part: str) -> frozenset[str]:
    return frozenset(map(_script, set(part))) - NO_SCRIPT


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    from confusable_homoglyphs import categories  # noqa: PLC0415 - a megabyte of data that few exports need

    return str(categories.alias(letter))


@lru_cache(maxsize=4096)
def _pair(letter: str, either_case: bool) -> tuple[str, ...]:  # noqa: FBT001 - by position it is faster, and it is called often
    """Return the letter or its capital, and the Latin letter that this looks like; empty if it looks like none."""
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415 - see above

    forms = (letter, letter.upper()) if either_case else (letter,)
    pairs = ((form, like["c"]) for form in forms for like in confusables_data.get(form, ()))
    return next((pair for pair in pairs if pair[1] in ascii_letters), ())


def _name(script: str) -> str:
    return script.replace("_", " ").title()
