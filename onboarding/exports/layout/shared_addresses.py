"""Find out from the cells of a column whether the addresses are the people's own or other people's.

Many people share the address of a manager or a team. One person may have several rows, such as a row for each position
or for each kind of address. So the module counts people instead of rows, by their ids and names.

An address often contains a part of its owner's name. If hardly any address contains a part of the name in its row, the
addresses may be other people's.
"""

import re
from collections.abc import Mapping, Sequence

from onboarding.exports.layout.column_names import plain_words

FEWEST_PEOPLE = 3
"""The least number of people with an address in a column that the module judges.

In a shorter column, two people may share an address by mistake.
"""

PEOPLE_AN_ADDRESS = 2
"""If at least this many people share an address on average, the addresses are not the people's own."""

ROWS_AN_ADDRESS = 3
"""If at least this many rows share an address on average, the addresses are not the people's own.

The module uses this number if no column tells people apart. The number is higher than ``PEOPLE_AN_ADDRESS``, since one
person may have several rows.
"""

FEW_NAMES = 0.2
"""The least share of people's own addresses that contain a part of the person's name or id."""

SURE_PART = 3
"""The fewest letters of a part of a name that the module finds inside a word. Shorter parts must be whole words."""

_PLACEHOLDER = re.compile(
    r"(?:no|none|na|n\.a|nil|null|unknown|missing|dummy|tbd|x+|kein\w*|sin|sem|senza|pas|brak)"
    r"[._-]*(?:e?-?mail|address|reply|correo|adresse)?@.*"
)
"""An address that HR enters for people without an address, such as ``noemail@example.com``."""


def people_by_address(
    addresses: Mapping[int, str], people: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]
) -> dict[str, int]:
    """Return the number of people of each address.

    ``addresses`` are the addresses by row. ``people`` contains the cells of each column that tells people apart, such
    as the ids. Two rows belong to the same person if their cells in any of these columns are equal. If these columns
    are empty, two equal ``rows`` belong to the same person.
    """
    at: dict[str, list[int]] = {}
    for row, address in addresses.items():
        at.setdefault(address, []).append(row)
    return {address: _people(found, people, rows) for address, found in at.items()}


def repeats(people: Mapping[str, int], *, knows_people: bool) -> bool:
    """Say whether so many people share the addresses that the addresses must be other people's.

    ``people`` is the number of people by address. If ``knows_people`` is false, no column tells people apart, and
    ``people`` is the number of rows by address.
    """
    counts = dict(people)
    common = max(counts, key=lambda address: counts[address], default="")
    if _PLACEHOLDER.fullmatch(common) and len(counts) > 1:
        del counts[common]
    total = sum(counts.values())
    needed = PEOPLE_AN_ADDRESS if knows_people else ROWS_AN_ADDRESS
    return total >= FEWEST_PEOPLE and total >= needed * len(counts)


def _people(found: Sequence[int], people: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> int:
    if len(found) == 1:
        return 1
    differing = [len({column[row] for row in found} - {""}) for column in people]
    return min((count for count in differing if count), default=len({tuple(rows[row]) for row in found}))


def resemble_others(addresses: Mapping[int, str], people: Sequence[Sequence[str]]) -> bool:
    """Say whether hardly any of the addresses contains a part of the person's name or id in the same row.

    ``addresses`` are the addresses by row. ``people`` contains the cells of each column of names or ids. The function
    ignores rows without a name in Latin letters, since people spell other names in many ways. The answer is no if fewer
    than ``FEWEST_PEOPLE`` rows are left.
    """
    parts = {row: plain_words(" ".join(column[row] for column in people)).split() for row in addresses}
    judged = [_resembles(addresses[row], parts[row]) for row in addresses if any(map(_is_latin, parts[row]))]
    return len(judged) >= FEWEST_PEOPLE and sum(judged) < FEW_NAMES * len(judged)


def _is_latin(part: str) -> bool:
    return len(part) > 1 and part.isascii() and part.isalpha()


def _resembles(address: str, parts: Sequence[str]) -> bool:
    local = plain_words(address.partition("@")[0])
    joined, words = local.replace(" ", ""), local.split()
    return any(part in words or (len(part) >= SURE_PART and part in joined) for part in parts)
