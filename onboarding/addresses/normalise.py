"""Which address does a row hold, if any?

Two speeds with one answer, that of email-validator for the cell that ``cleaning.clean`` leaves. A vectorised
expression recognises the plain addresses that make up nearly all of an export; everything else takes the thorough way
of ``odd_cells``. The expression accepts only what email-validator accepts, with the same normal form, and never
decides that a cell is wrong.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses.odd_cells import CASE_INSENSITIVE, SIGNS, examine_cells
from onboarding.model.columns import as_array, as_mask, byte_lengths, cell_bytes, replace_where, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.rows import is_open

PLAIN_LIMIT_BYTES = 66
"""No plain address of this length can exceed the limit of any of its parts (64, 63 and 254 bytes)."""

_ATOM = rf"[a-z0-9{SIGNS}]+"
_LABEL = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# Two and three letters hold no special-use name (RFC 6761); longer ones are listed, so `test` or `local` never match.
_LAST_LABEL = r"(?:[a-z]{2,3}|info|name|mobi|jobs|asia|coop|aero|example|online|cloud|email|group|global|agency)"
PLAIN = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LAST_LABEL}$"

_TO_LOWER = rf"^(?:{'|'.join(CASE_INSENSITIVE)})@"


def keys_of(addresses: Sequence[str]) -> list[str]:
    """Return the keys of addresses that a service or a ledger knows; of what is no address, itself without case."""
    keys = examine_cells(pa.array(addresses, pa.string()))["key"].to_pylist()
    return [key or address.casefold() for key, address in zip(keys, addresses, strict=True)]


def normalise(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with ``email`` and ``key``; an open row without a usable address becomes ``rejected``.

    One with several addresses becomes ``held``: they may be two people's, or two of one. ``frame`` has the columns of
    ``rows.AS_READ``. The spelling of the local part is kept in ``email``, since a service may care for it; ``key`` is
    what two spellings of one address have in common: local part in NFC and casefolded, domain as IDNA A-label.
    Neither dots nor ``+tag`` are stripped: that would merge different people.
    """
    given = as_array(frame["email_as_given"])
    trimmed = pc.ascii_trim_whitespace(given)
    lowered = pc.ascii_lower(trimmed)
    plain = as_mask(pc.match_substring_regex(lowered, PLAIN))
    plain &= as_mask(pc.less_equal(pc.binary_length(lowered), PLAIN_LIMIT_BYTES))
    mixed = plain & as_mask(pc.not_equal(trimmed, lowered))
    odd = ~plain & is_open(frame).to_numpy()
    verdicts = examine_cells(given.filter(odd))
    settled = ~plain & ~odd
    none = settled, pa.repeat("", int(settled.sum()))
    columns = {
        "email": replace_where(
            trimmed,
            (mixed, _with_lower_domain(trimmed.filter(mixed), lowered.filter(mixed))),
            (odd, verdicts["email"]),
            none,
        ),
        "key": replace_where(lowered, (odd, verdicts["key"]), none),
        "disposition": replace_where(as_array(frame["disposition"]), (odd, _dispositions(verdicts["reason"]))),
        "reason": replace_where(as_array(frame["reason"]), (odd, verdicts["reason"])),
        "detail": replace_where(as_array(frame["detail"]), (odd, verdicts["detail"])),
    }
    return frame.assign(**{name: text_array(column) for name, column in columns.items()})


def _with_lower_domain(given: pa.Array, lowered: pa.Array) -> pa.Array:
    """Return plain addresses with their domain in lower case, and the local part where its case never matters."""
    spelled = pc.binary_join_element_wise(split_addresses(given)[0], split_addresses(lowered)[1], "")
    return pc.if_else(pc.match_substring_regex(lowered, _TO_LOWER), lowered, spelled)


def _dispositions(reasons: pa.Array) -> pa.Array:
    several = pc.equal(reasons, Reason.SEVERAL_ADDRESSES.value)
    unusable = pc.if_else(several, Disposition.HELD.value, Disposition.REJECTED.value)
    return pc.if_else(pc.equal(reasons, ""), "", unusable)


DomainCodes = npt.NDArray[np.int32]


def domains_of(keys: pa.Array) -> tuple[list[str], DomainCodes]:
    """Return the domains of a column of keys, in order of first appearance, and which of them each row has.

    ``keys`` is the column ``key`` of a frame: one ``@`` in each, or empty, which has the domain ``""``. The codes are
    of shape ``(rows,)``.
    """
    halves = _halves(keys)
    encoded = halves.take(pa.array(np.arange(1, len(halves), 2))).dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()


def split_addresses(addresses: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return the local parts, each with its ``@``, and the domains of addresses, which have one ``@`` or are empty."""
    halves = _halves(addresses)
    places = np.arange(0, len(halves), 2)
    return halves.take(pa.array(places)), halves.take(pa.array(places + 1))


def _halves(addresses: pa.Array) -> pa.Array:
    text = cell_bytes(addresses)
    lengths = byte_lengths(addresses)
    ends = np.cumsum(lengths, dtype=np.int32)
    bounds = np.zeros(2 * len(ends) + 1, np.int32)
    bounds[2::2] = bounds[1::2] = ends
    bounds[1::2][lengths > 0] = np.flatnonzero(text == ord("@")) + 1
    return pa.StringArray.from_buffers(2 * len(ends), pa.py_buffer(bounds), pa.py_buffer(text))
