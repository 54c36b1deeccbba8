"""Made-up cells that are just an address, or almost an address; the same cells for the same seed.

Most cells are near a valid address. Everything that email-validator, the cleaner or a fast path of ``addresses`` looks
at occurs in every variation, and with one letter more or less.
"""

# ruff: noqa: SIM905  words in a row read better than as many quoted ones
# ruff: noqa: S311  a made-up cell is no secret

import unicodedata
from collections.abc import Iterable, Iterator
from functools import partial
from random import Random

from email_validator import SPECIAL_USE_DOMAIN_NAMES
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from onboarding.addresses.one_cell import MOST_ADDRESS_PARTS

NOTHING = ["", *"- -- — – _ . n/a #n/a na n.a n.a. none null nil (blank) tbd unknown".split()]
"""What people write where there is no address."""

SPELLINGS_OF_AN_ID = [
    "ÄB7",
    "äb7\t",
    "\u00a0ÄB7",
    "A\u0308B7",
    "\u200bäB7\u200e",
    "Ä\u00adB7",
    "ÄB\uff17\u3000",
    "\x1aäB7",
]
"""One employee id, as systems, spreadsheets and people write it."""

INVISIBLE = "".join(map(chr, [0xAD, 0x34F, 0x61C, 0x180E, 0x200B, 0x200C, 0x200D, 0x202E, 0x2060, 0x2066, 0xFEFF]))
SPACE = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2003\u2028\u202f\u3000"
FOLDED = "\u00df\u1e9e\u017f\u0149\u01f0\u0130\u0131\u212a\u212b\u03c2\u03a3\u0345\u0390\ufb01\u01c5\u0140\u023a\u1e97"
MARKS = "\u0301\u0307\u0308\u0323\u0338\u093c\u094d\u05b8\ufe0f"
FOREIGN = "\u00e9\u00fc\u03b1\u0431\u05d0\u0627\u0661\u0915\u0e01\u65e5\u30fb\u00b7\uff21\U0001f600\U00010400"
SIGNS = "@.-_+'\"<>;,:/|%?()[]\\=&#!^`{}~*$"
WIDE = "\uff20\uff0e\u3002\uff61\ufe6b\u2024"
UNSAFE = "\x00\x7f\u0378\ue000\ufffd\U000e0001"
NASTY = SIGNS * 2 + "ana01X" * 3 + INVISIBLE + SPACE + FOLDED + MARKS + FOREIGN + WIDE + UNSAFE
NEAR_LATIN = "".join(map(chr, range(0xB0, 0x252)))
LABELS = "example com corp x a1 1a 123 co EXAMPLE Mail a-b a--b ab--c -a a- xn--exmple-cua XN--EXMPLE-CUA".split()
LABELS += "xn-- xn--a xn--80ak6aa92e xn--4dbc xn--zca xn--1ch xn--0 exa\u00dfe b\u00fccher \u05d0\u05d1 1\u05d0".split()
LABELS += [
    "\u0627\u0661",
    "\u0915\u094d\u200d\u0937",
    "a\u200db",
    "\u30fb",
    "l\u00b7l",
    "\u03b1\u03c2",
    "e\u0301",
    "\u0301",
    "",
]
ENDS = "com org de example info COM co.uk c 1 c0m xn--p1ai xn--4dbc arpa test local online museum".split()
LOCALS = "ana Ana.Ruiz ANA a ana+hr a.b.c .ana ana. ana..b 'o'neil' 0 - -- /ana ana/ben ana|b 50%25off".split()
OPENING = ["<", '"', "'", "mailto:", "MailTo:", "mailto:?", "Ana Ruiz <", '"Ruiz, Ana" <', "<mailto:", "(", "[", "", ""]
CLOSING = [">", '"', "'", ">;", ".", ";", ",", ", ;", "?subject=a%40b.c", "?", ">)", ")", " (x)", "/", "|", "", ""]
BETWEEN = [*";,/| \n\u00a0\u2028\x1c&:", "; ", ", ", " / ", "", " and ", ">, <", ";;"]


def cells(seed: int) -> Iterator[str]:
    """Yield made-up cells without end."""
    random = Random(seed)
    one_of = random.choice
    while True:
        yield one_of((_address, _address, _long, _wrapped, _wrapped, _several, _mutated, _mutated, _noise))(random)


def around(code_points: Iterable[int]) -> Iterator[str]:
    """Yield cells with each code point before, after and inside an address; surrogates are no text."""
    for letter in (chr(code_point) for code_point in code_points if not 0xD800 <= code_point < 0xE000):
        yield from (f"{letter}ana@x.com", f"ana@x.com{letter}", f"an{letter}a@x.com", f"ana@x{letter}y.com")


def _address(random: Random) -> str:
    local = random.choice((*LOCALS, *CASE_INSENSITIVE_MAILBOX_NAMES, None, None, None, None, None, None))
    if local is None:
        letters = random.choice((NEAR_LATIN, NEAR_LATIN + "ab.", FOLDED + MARKS + "aI", NASTY))
        local = "".join(random.choices(letters, k=3))
    labels = random.choices(LABELS, k=random.choice((1, 1, 1, 2, 3)))
    address = f"{local}@{'.'.join([*labels, random.choice((*ENDS, 'com', 'com', *SPECIAL_USE_DOMAIN_NAMES))])}"
    change = random.choice(
        (str.upper, str.title, str, str, str, *map(partial, [unicodedata.normalize] * 2, ("NFC", "NFD")))
    )
    return change(address)


def _long(random: Random) -> str:
    """Return an address at the limit of one of its parts, or of the whole: 254 bytes."""
    letter = random.choice(("a", "a", "\u00e9", "\u65e5", "e\u0301", "\u212b", "\u0390"))
    local = letter * (random.choice((1, 30, 63, 64, 65, 66)) // len(letter))
    wide = random.choice(("b", "b", "b", "\u00fc", "\u65e5", "xn--", "xn--80ak6aa92e"))
    label = (wide + "b" * 70)[: random.choice((1, 20, 59, 62, 63, 64))]
    domain = f"{label}." * random.choice((1, 1, 2, 3, 4)) + random.choice(("com", "Info", "test", "1"))
    if random.random() < 0.5:
        ideal = random.choice((253, 254, 254 - len(f"{local}@".encode()), 66 - len(local))) + random.choice((-1, 0, 1))
        missing = max(0, ideal - len(domain.encode()))
        domain = "".join(("b" * 49 + ".")[at % 50] for at in range(missing))[::-1] + domain
    return f"{local}@{domain}"


def _wrapped(random: Random) -> str:
    cell = random.choice((_address, _several, _long))(random) if random.random() < 0.3 else "Ana@Example.com"
    for _ in range(random.choice((1, 1, 2, 2, 3, 4, 12))):
        space = "".join(random.choices(SPACE + INVISIBLE, k=random.choice((0, 0, 1, 2))))
        opening, closing = random.choice((*zip(OPENING, CLOSING, strict=False), *[(None, None)] * 3))
        cell = f"{opening or random.choice(OPENING)}{space}{cell}{space}{closing or random.choice(CLOSING)}"
    return cell.replace("@", "%40").replace("ana", "%61na") if random.random() < 0.1 else cell


def _several(random: Random) -> str:
    one = random.choice(("ana@x.com", _address(random), _address(random)))
    others = (one, one, one.upper(), one.swapcase(), "ben@x.com", f"<{one}>", "x", "", _address(random))
    cell = one
    for _ in range(random.choice((*[1] * 18, *[2] * 6, 3, 3, MOST_ADDRESS_PARTS - 1, MOST_ADDRESS_PARTS))):
        cell += random.choice(BETWEEN) + random.choice(others)
    return cell


def _mutated(random: Random) -> str:
    cell = random.choice(
        ("ana@example.com", "Ana.Ruiz@corp.example", "j\u00fcrgen@b\u00fccher.de", "<ana@x.com>;", "n/a")
    )
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(len(cell) + 1)
        cell = cell[:at] + random.choice(("", *random.choices(NASTY, k=2))) + cell[at + random.choice((0, 1)) :]
    return cell


def _noise(random: Random) -> str:
    made_of = random.choice((NASTY, SIGNS + "ana@x.com", [*NOTHING, *SPACE, *OPENING, *CLOSING]))
    return "".join(random.choices(made_of, k=random.randrange(12)))
