"""Find the address in one cell, even within a link or beside a name or a label, or find the fault of the cell.

The library email-validator decides whether an address is valid. The module ``odd_cells`` decides about whole columns,
and asks this module about the few cells that remain.
"""

import re
from contextlib import suppress

from onboarding.addresses.cleaning import TRAILING, clean
from onboarding.addresses.spellings import fold_case
from onboarding.addresses.validation import validate
from onboarding.addresses.wrappings import addresses_in, find_wrapped, spell_out
from onboarding.model.dispositions import Reason
from onboarding.model.employees import NO_ADDRESS
from onboarding.model.values import dataclass

MOST_ADDRESS_PARTS = 20
"""The most parts into which the job splits a cell at separators, to find several addresses.

The last part is the whole rest of the cell. No person writes so many addresses in a cell.
"""

NO_ADDRESS_WORDS = frozenset(word.rstrip(TRAILING) for word in NO_ADDRESS)
"""The words that people write in a cell instead of an address, without the signs that ``clean`` removes at the end."""

_SLASH_FIRST = re.compile(r"(?:^|[\s,;|])/(?=[^\s/])")
"""The regular expression for a slash at the start of a text. The slash may belong to an address."""

_BETWEEN_ADDRESSES = re.compile(r"[\s;,/|]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The address of one cell as ``email`` and ``key``, or the ``reason`` and ``detail`` for refusing the cell.

    ``reason`` and ``detail`` are empty for an address. ``email`` and ``key`` are empty for a refused cell.
    """

    email: str = ""
    key: str = ""
    reason: str = ""
    detail: str = ""


MISSING = Verdict(reason=Reason.MISSING, detail="The row has no address; enter one.")
"""The verdict on a cell that is empty or contains one of the ``NO_ADDRESS_WORDS``."""

DID_YOU_MEAN = "Did you mean {}? Write the address with an @-sign."
"""The detail for a cell that writes a word in place of the ``@``."""

_NO_SIGN = "must have an @-sign"
_SEVERAL = Verdict(reason=Reason.SEVERAL_ADDRESSES, detail="The cell holds several addresses; keep the one to invite.")


def examine_cell(cell: str) -> Verdict:
    """Return the verdict on one cell: its address, or the reason to refuse the cell.

    The library email-validator judges the cleaned cell first. If the library refuses the cell, the function looks for
    addresses inside the cell.
    """
    address = clean(cell)
    if address.casefold() in NO_ADDRESS_WORDS:
        return MISSING
    try:
        return _validate(address)
    except ValueError as error:
        wrong = str(error)
    found = _one_of_several(address) or wrapped_address(address)
    return found or Verdict(reason=Reason.INVALID_SYNTAX, detail=advice_for(address, wrong))


def wrapped_address(cell: str) -> Verdict | None:
    """Return the verdict on a cell that contains an address and other text, or ``None`` for any other cell.

    The module ``wrappings`` finds the address. If the cell contains several addresses, the verdict says so.
    """
    addresses = set(addresses_in(cell))
    if len(addresses) > 1 and len({verdict.key for each in addresses if (verdict := _verdict(clean(each)))}) > 1:
        return _SEVERAL
    return _verdict(find_wrapped(cell))


def advice_for(cell: str, wrong: str) -> str:
    """Return the detail for a cell without a usable address. ``wrong`` is email-validator's message."""
    if (meant := _verdict(spell_out(cell))) is not None:
        return DID_YOU_MEAN.format(meant.email)
    if "@" in cell and _NO_SIGN in wrong:
        return "The cell holds more than an address; write the address alone."
    return wrong


def _verdict(address: str) -> Verdict | None:
    if not address:
        return None
    with suppress(ValueError):
        return _validate(address)
    return None


def _one_of_several(cell: str) -> Verdict | None:
    """Return the verdict on a cell that lists several addresses or repeats one address, or ``None`` for any other cell.

    ``cell`` is cleaned, so its last character is no full stop, semicolon or comma.
    """
    parts = [part for part in _BETWEEN_ADDRESSES.split(cell, MOST_ADDRESS_PARTS - 1) if part]
    if len(parts) == 1:
        return None
    found: dict[str, Verdict] = {}
    usable = 0
    for part in parts:
        with suppress(ValueError):
            verdict = _validate(clean(part))
            found.setdefault(verdict.key, verdict)
            usable += 1
    if len(found) > 1:
        return _SEVERAL
    is_repeated = 1 < usable == len(parts) and not _SLASH_FIRST.search(cell)
    return next(iter(found.values())) if is_repeated else None


def _validate(address: str) -> Verdict:
    valid = validate(address)
    return Verdict(valid.normalized, f"{fold_case(valid.local_part)}@{valid.ascii_domain}")
