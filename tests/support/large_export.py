"""Large made-up exports. ``python tests/support/large_export.py --rows 1000000 --seed 1 OUT`` writes one.

Ten columns and about 104 bytes a row, the same bytes for the same seed. The addresses are mixed as in an export that
was looked at closely: see ``MIX``.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from random import Random
from types import MappingProxyType

# ruff: noqa: SIM905  words in a row read better than as many quoted ones
# ruff: noqa: S311  a made-up export is no secret

BLOCK_ROWS = 50_000
HEADER = "Employee ID,First Name,Last Name,Work Email,Manager Email,Department,Job Title,Location,Hire Date,Status\n"

GIVEN = "Ana Bela Chiara Dmitri Elodie Farid Greta Helene Ismael Jurgen Katja Luis Marek Nuno Orjan Paula".split()
FAMILY = "Ruiz Muller Okafor Nowak Lindqvist Moreau Rossi Schafer Jansen Novak Costa Weiss Dubois Ferrari".split()
DOMAINS = "example.com example.org example.net corp.example north.example quay.example".split()
PLACES = "Sales,Clerk,Paris Finance,Analyst,Lisbon IT,Developer,Madrid Legal,Counsel,Oslo".split()


class RowKind(IntEnum):
    """How the address of a row is written, which decides the fate of the row."""

    PLAIN = 0
    SPACED = 1
    """Valid once its case and space are normalised."""
    DUPLICATE = 2
    """The name and the address of an earlier plain row, in other case, under another employee id: a second position."""
    ODD = 3
    """Valid, but no plain address."""
    INVALID = 4
    BLANK = 5


MIX: Mapping[RowKind, int] = MappingProxyType(
    {RowKind.PLAIN: 90, RowKind.SPACED: 5, RowKind.DUPLICATE: 2, RowKind.ODD: 1, RowKind.INVALID: 1, RowKind.BLANK: 1}
)
"""How many of a hundred rows are of each kind."""


DUPLICATES: Mapping[RowKind, int] = MappingProxyType({RowKind.PLAIN: 2, RowKind.DUPLICATE: 1})
"""The mix of an export of many duplicates. An export of nothing else would have somebody else's addresses."""


def write_large_export(path: Path, *, rows: int, seed: int, mix: Mapping[RowKind, int] = MIX) -> Counter[RowKind]:
    """Write an export of ``rows`` rows, and return how many rows there are of each kind.

    All rows but the duplicates, the invalid and the blank ones have an address that no other row has. The first row
    is always plain, so that a duplicate has something to repeat.
    """
    random = Random(seed)
    kinds, repeated = bytearray(), {0}
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        for first in range(0, rows, BLOCK_ROWS):
            size = min(BLOCK_ROWS, rows - first)
            kinds += bytes(random.choices(list(mix), list(mix.values()), k=size))
            kinds[0] = RowKind.PLAIN
            file.write("".join(_records(range(first, first + size), kinds, repeated, random)))
    return Counter({RowKind(kind): count for kind, count in Counter(kinds).items()})


def _records(numbers: range, kinds: bytearray, repeated: set[int], random: Random) -> Iterator[str]:
    for number in numbers:
        kind = kinds[number]
        person = _earlier(number, kinds, repeated, random) if kind == RowKind.DUPLICATE else number
        given, family = GIVEN[person % len(GIVEN)], FAMILY[person % len(FAMILY)]
        address = _address(number) if kind == RowKind.PLAIN else _written(person, kind, random)
        yield (
            f"{number:07},{given},{family},{address},m{number % 499}@boss.example,{PLACES[number % 4]},"
            f"20{number % 25:02}-{number % 12 + 1:02}-{number % 28 + 1:02},Active\n"
        )


def _address(number: int) -> str:
    given, family = GIVEN[number % len(GIVEN)].lower(), FAMILY[number % len(FAMILY)].lower()
    return f"{given}.{family}{number}@{DOMAINS[number % len(DOMAINS)]}"


def _written(person: int, kind: int, random: Random) -> str:
    """Return the address of the person with this number, in a row that is not plain."""
    address = _address(person)
    match kind:
        case RowKind.SPACED:
            return random.choice((address.upper(), address.title(), f" {address}", f"{address}  "))
        case RowKind.DUPLICATE:
            return address.upper()
        case RowKind.ODD:
            return random.choice(
                (f"mailto:{address}", f"<{address}>", f"\u00a0{address}", f"{address}\u200b", f"jürgen.{address}")
            )
        case RowKind.INVALID:
            return random.choice(
                (address.replace("@", "(at)"), address.replace("@", "@@"), f"{address}..example", f".{address}")
            )
    return ""


def _earlier(number: int, kinds: bytearray, repeated: set[int], random: Random) -> int:
    """Return any earlier plain row whose address no other row repeats. An address of three people would be held.

    Return the first row if such rows are too rare to be found by chance.
    """
    for _ in range(200):
        earlier = random.randrange(number)
        if kinds[earlier] == RowKind.PLAIN and earlier not in repeated:
            repeated.add(earlier)
            return earlier
    return 0


def _kind(text: str) -> RowKind:
    return RowKind[text.upper()]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Write a made-up export.")
    arguments.add_argument("out", type=Path, metavar="OUT")
    arguments.add_argument("--rows", type=int, required=True)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument(
        "--only",
        type=_kind,
        metavar="KIND",
        help=f"after the first row: {', '.join(kind.name.lower() for kind in RowKind)} (a third of the rows)",
    )
    given = arguments.parse_args()
    mixes = {None: MIX, RowKind.DUPLICATE: DUPLICATES}
    mix = mixes.get(given.only) or {given.only: 1}
    written = write_large_export(given.out, rows=given.rows, seed=given.seed, mix=mix)
    print(", ".join(f"{kind.name.lower()} {count}" for kind, count in sorted(written.items())))  # noqa: T201
