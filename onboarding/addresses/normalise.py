"""Normalise the rows of an export: find each row's address and key, and reject or hold rows without a usable address.

The module also returns the keys of single addresses (``keys_of``) and the domains of keys (``domains_of``). The module
``suspicious`` holds rows with a usable but suspicious address.

The result for each cell is the same as if the library email-validator judged the address that ``cleaning.clean``
returns. First, a regular expression recognises the plain addresses of a column, and nearly all addresses of an export
are plain. The expression accepts only addresses that email-validator accepts, with the same normal form. Then the
module ``odd_cells`` examines all other cells.

Every row passes through this module, so the module works on Arrow arrays and numpy masks. Pandas would make a new frame
in each step, and would copy most cells several times.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses.odd_cells import CASE_INSENSITIVE, SIGNS, examine_cells
from onboarding.addresses.spellings import fold_case
from onboarding.model.columns import as_array, as_mask, byte_lengths, cell_bytes, replace_where, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import InputRefused
from onboarding.model.rows import is_open

PLAIN_LIMIT_BYTES = 66
"""The longest address that counts as plain, in bytes.

An address of at most this length exceeds no limit of the standards: 64 bytes for the local part, 63 for a label, and
254 for the whole address.
"""

_ATOM = rf"[a-z0-9{SIGNS}]+"
_LABEL = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# No special-use name (RFC 6761) has two or three letters. Longer names are listed, so `test` or `local` never match.
_LAST_LABEL = r"(?:[a-z]{2,3}|info|name|mobi|jobs|asia|coop|aero|example|online|cloud|email|group|global|agency)"
# A spreadsheet writes an apostrophe before a text, so ``odd_cells`` examines addresses with an apostrophe at the start.
_BEGINNING = SIGNS.replace("'", "")
_FIRST_ATOM = rf"[a-z0-9{_BEGINNING}][a-z0-9{SIGNS}]*"
PLAIN_ADDRESS = rf"^{_FIRST_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LAST_LABEL}$"
"""The regular expression for a plain address in lower case."""

MOST_INTERNATIONAL_DOMAINS = 10_000
"""The most international domains that an export may contain: domains beyond ASCII, or with A-labels (``xn--``).

No employer's export contains more. The check of an international domain takes 0.2 ms, a thousand times as long as the
check of a usual row.
"""

_INTERNATIONAL = r"(?i)[^\x00-\x7f]|xn--"
_AFTER_SIGN = r"[@＠](?P<domain>[^@＠]*)$"

_TO_LOWER = rf"^(?:{'|'.join(CASE_INSENSITIVE)})@"

_LOCAL_PART, _DOMAIN = 0, 1

DomainCodes = npt.NDArray[np.int32]
"""The index of each row's domain or suspicion in a list, or -1 for a row without an entry. The shape is ``(rows,)``."""


def normalise(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the columns ``email`` and ``key``, and reject or hold rows without exactly one address.

    ``frame`` has the columns of ``rows.AS_READ``. Only rows without a disposition change. A row without a usable
    address becomes ``rejected``. A row with several addresses becomes ``held``, since the addresses may belong to two
    people.

    ``email`` keeps capitals in the local part, since capitals may matter to a service. ``key`` ignores case: its local
    part is in NFC and without case (``fold_case``), and its domain is in A-labels. Dots and ``+tag`` stay in both
    columns, since ``a.na`` and ``ana`` may be different people.

    Raises ``InputRefused`` if the frame contains more than ``MOST_INTERNATIONAL_DOMAINS``.
    """
    given = as_array(frame["email_as_given"])
    trimmed = pc.ascii_trim_whitespace(given)
    lowered = pc.ascii_lower(trimmed)
    plain = as_mask(pc.match_substring_regex(lowered, PLAIN_ADDRESS))
    plain &= as_mask(pc.less_equal(pc.binary_length(lowered), PLAIN_LIMIT_BYTES))
    mixed = plain & as_mask(pc.not_equal(trimmed, lowered))
    odd = ~plain & is_open(frame).to_numpy()
    cells = given.filter(odd)
    if len(cells) > MOST_INTERNATIONAL_DOMAINS and _international_domains(cells) > MOST_INTERNATIONAL_DOMAINS:
        raise too_many_international_domains(frame["source"].iloc[0])
    verdicts = examine_cells(cells)
    settled = ~plain & ~odd
    none = settled, pa.repeat("", int(settled.sum()))
    with_lower_domain = _with_lower_domain(trimmed.filter(mixed), lowered.filter(mixed))
    columns = {
        "email": replace_where(trimmed, (mixed, with_lower_domain), (odd, verdicts["email"]), none),
        "key": replace_where(lowered, (odd, verdicts["key"]), none),
        "disposition": replace_where(as_array(frame["disposition"]), (odd, _dispositions(verdicts["reason"]))),
        "reason": replace_where(as_array(frame["reason"]), (odd, verdicts["reason"])),
        "detail": replace_where(as_array(frame["detail"]), (odd, verdicts["detail"])),
    }
    return frame.assign(**{name: text_array(column) for name, column in columns.items()})


def too_many_international_domains(source: str) -> InputRefused:
    """Return the error for an export with too many international domains. ``source`` is the export's name."""
    return InputRefused(
        f"{source}: its addresses have more than {MOST_INTERNATIONAL_DOMAINS:,} different domains with letters other"
        " than a to z, as no export has; remove the rows that are no people, or split the file"
    )


def _international_domains(cells: pa.Array) -> int:
    """Return the number of different international domains in a column of cells."""
    domains = pc.extract_regex(cells, _AFTER_SIGN).drop_null()
    (domain,) = domains.flatten()
    return int(pc.count_distinct(domain.filter(pc.match_substring_regex(domain, _INTERNATIONAL))).as_py())


def keys_of(addresses: Sequence[str]) -> list[str]:
    """Return the key of each address from a service or a ledger.

    The key of a text that is no usable address is the text without case.
    """
    keys = examine_cells(pa.array(addresses, pa.string()))["key"].to_pylist()
    return [key or fold_case(address) for key, address in zip(keys, addresses, strict=True)]


def domains_of(keys: pa.Array) -> tuple[list[str], DomainCodes]:
    """Return the distinct domains of a column of keys, in order of first appearance, and each row's index in this list.

    ``keys`` is the column ``key`` of a frame. A key has one ``@``. An empty key has the domain ``""``.
    """
    encoded = _halves(keys, _DOMAIN).dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()


def _with_lower_domain(given: pa.Array, lowered: pa.Array) -> pa.Array:
    """Return plain addresses with the domain in lower case.

    A local part whose case never matters, such as ``info``, is in lower case, too. ``given`` contains the addresses as
    the export spells them, and ``lowered`` the same addresses in lower case.
    """
    spelled = pc.binary_join_element_wise(_halves(given, _LOCAL_PART), _halves(lowered, _DOMAIN), "")
    return pc.if_else(pc.match_substring_regex(lowered, _TO_LOWER), lowered, spelled)


def _dispositions(reasons: pa.Array) -> pa.Array:
    several = pc.equal(reasons, Reason.SEVERAL_ADDRESSES.value)
    unusable = pc.if_else(several, Disposition.HELD.value, Disposition.REJECTED.value)
    return pc.if_else(pc.equal(reasons, ""), "", unusable)


def _halves(addresses: pa.Array, half: int) -> pa.Array:
    """Return one half of each address: the local part with its ``@``, or the domain.

    ``half`` is ``_LOCAL_PART`` or ``_DOMAIN``. Each address has one ``@`` or is empty.

    The cells of a column are side by side in memory, so the function splits all addresses at once. It adds a border
    between cells after each ``@``, so that the column contains local parts and domains in turn.
    """
    text = cell_bytes(addresses)
    lengths = byte_lengths(addresses)
    ends = np.cumsum(lengths, dtype=np.int32)
    bounds = np.zeros(2 * len(ends) + 1, np.int32)
    bounds[2::2] = bounds[1::2] = ends
    bounds[1::2][lengths > 0] = np.flatnonzero(text == ord("@")) + 1
    halves = pa.StringArray.from_buffers(2 * len(ends), pa.py_buffer(bounds), pa.py_buffer(text))
    return halves.take(pa.array(np.arange(half, len(halves), 2)))
