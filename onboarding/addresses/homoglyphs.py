"""Is an address written with the letters that it seems to be written with?

Three ways in which it may not be, each told in one sentence for a person, or ``""`` where there is nothing to tell.
The first compares the address as it was spelled; the others look at its letters without their case, so that two
spellings of one address get the same answer. They follow Unicode's technical standard 39, with its data.
"""

import re
import unicodedata
from functools import lru_cache
from string import ascii_letters

from email_validator import EmailNotValidError, validate_email

from onboarding.addresses.normalise import PLAIN, PLAIN_LIMIT_BYTES

EUROPEAN = re.compile("[\x00-\x7fÀ-ÖØ-öø-ıĴ-ľŁ-ňŊ-ž]*")
"""Addresses of which there is nothing to tell: in the Latin letters of European languages, as keyboards have them."""

LATIN = "LATIN"

NO_SCRIPT = frozenset({"COMMON", "INHERITED", "Unknown"})
"""The scripts of digits, signs and accents, which go with any; and of letters younger than the data."""

WRITTEN_TOGETHER = (
    frozenset({LATIN, "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({LATIN, "HAN", "BOPOMOFO"}),
    frozenset({LATIN, "HAN", "HANGUL"}),
)
"""Scripts that Japanese, Chinese and Korean mix (UTS 39, 5.2, "highly restrictive")."""

AS_TYPED = str.maketrans("\u0587\u0e33\u0eb3\u0edc\u0edd", "\u0565\u0e32\u0eb2\u0e94\u0e94")
"""Letters of Armenian, Thai and Lao that Unicode's form has in two and everybody types as one, and such as stand for
them where that form is looked for."""


_PLAIN = re.compile(f"(?=.{{,{PLAIN_LIMIT_BYTES}}}$){PLAIN}")


def unusual_characters(email: str) -> str:
    """Tell of characters that are another form of usual ones: full-width letters, ligatures, raised letters.

    The measure is Unicode's normal form KC, to which IDNA has brought the domain.
    """
    if unicodedata.is_normalized("NFKC", email):
        return ""
    odd = next((letter for letter in email.translate(AS_TYPED) if not unicodedata.is_normalized("NFKC", letter)), "")
    if not odd:
        return ""
    usual = unicodedata.normalize("NFKC", odd)
    return f'"{odd}" is an unusual form of "{usual}". {_suggestion(unicodedata.normalize("NFKC", email))}'


def look_alike(email: str) -> str:
    """Tell of letters of another script, all of which look like Latin ones.

    One letter that does not is proof that the script is meant: an address in Cyrillic at a domain in Cyrillic may
    well hold a name like ``сара``, all of whose letters look Latin. Among Latin letters it counts how a letter looks
    in either case, alone only in lower case: Cyrillic ``в`` looks like no Latin letter, ``В`` does.
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
    """Tell of a local part, or a label of the domain, in scripts that no language writes together."""
    for part in _parts(_without_case(email)):
        scripts = _scripts(part)
        if len(scripts) > 1 and not any(scripts <= together for together in WRITTEN_TOGETHER):
            names = " and ".join(_name(script) for script in sorted(scripts))
            return f'"{part}" mixes {names} letters; ask the person and type it again.'
    return ""


def _suggestion(address: str) -> str:
    """Return a question that names the address, if it is one."""
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
    from confusable_homoglyphs import categories  # noqa: PLC0415 - a megabyte of data that most exports need not

    return str(categories.alias(letter))


@lru_cache(maxsize=4096)
def _pair(letter: str, either_case: bool) -> tuple[str, ...]:  # noqa: FBT001 - quicker by position, and asked often
    """Return the letter, or the capital of it, and the Latin letter that this looks like, or nothing."""
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415 - see above

    forms = (letter, letter.upper()) if either_case else (letter,)
    pairs = ((form, like["c"]) for form in forms for like in confusables_data.get(form, ()))
    return next((pair for pair in pairs if pair[1] in ascii_letters), ())


def _name(script: str) -> str:
    return script.replace("_", " ").title()
