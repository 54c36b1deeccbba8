"""Remove quotes, ``mailto:`` and the like around the address in a cell, and say whether a cell looks like an address.

The module does not decide whether the cleaned text is a valid address: ``normalise`` and ``odd_cells`` do.

=====================================================  ======================
in the cell                                            becomes
=====================================================  ======================
outer white space of any script, NBSP included         removed
zero-width and other invisible characters, BOM         removed
``mailto:ana%2Bhr@example.com?subject=Hi``             ``ana+hr@example.com``
``Ana Ruiz <ana@example.com>``, ``<ana@example.com>``  ``ana@example.com``
``"ana@example.com"``, ``'ana@example.com'``           ``ana@example.com``
``ana@example.com;``, ``ana@example.com,.``            ``ana@example.com``
``ana＠example．com`` (full-width sign and stop)         ``ana@example.com``
=====================================================  ======================
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.employees import BLANK, INVISIBLE

WRAPPINGS = 10
"""The most layers of quotes, brackets and ``mailto:`` that the cleaner removes.

No real address has more layers, and each layer takes time.
"""

FULL_WIDTH: Mapping[str, str] = MappingProxyType({"＠": "@", "．": ".", "。": "."})
"""The full-width sign and full stops that the cleaner replaces, each with the ASCII character in its place."""
TRAILING = ".;,"
"""The signs that the cleaner removes from the end of a cell."""

ADDRESS_LIKE = r"(?:[^<>]*<|mailto:)?\s*[^@＠\s<>;,]+[@＠][^@＠\s<>;,]+[.．。][^@＠\s<>;,]{2,}\s*>?[.;]?"
"""The expression for a cell that looks like a single address, in any spelling of the module's table.

The expression is for text in lower case, and both ``re`` and RE2 can read it.
"""

_ADDRESS_LIKE = re.compile(ADDRESS_LIKE, re.IGNORECASE)
_LONGEST_ADDRESS_LIKE = 500
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_FULL_WIDTH = str.maketrans(dict(FULL_WIDTH))
_IN_BRACKETS = re.compile(r"^[^<>@]*<([^<>]*)>$")
_MAILTO = re.compile(r"^mailto:([^?]*)(?:\?.*)?$", re.IGNORECASE | re.DOTALL)

_LAYERS = (
    r"^[mM][aA][iI][lL][tT][oO]:([^?%]*)$",
    r"^[^<>@:]*<([^<>]*)>$",  # no colon: it may belong to a link, and ``clean`` first cuts a link at its ``?``
    r'(?s)^"(.*)"$',
    r"(?s)^'(.*)'$",
)
"""The expressions for the wrappings around an address, for RE2. Each keeps the text inside as its only group."""


def looks_like_address(cell: str) -> bool:
    """Say whether a cell looks like a single address, in usual or odd spelling. The address need not be valid."""
    if ("@" not in cell and "＠" not in cell) or len(cell) > _LONGEST_ADDRESS_LIKE:
        return False
    return _ADDRESS_LIKE.fullmatch(unicodedata.normalize("NFKC", cell).strip(BLANK)) is not None


def clean(cell: str) -> str:
    """Return the text that a person would read as the address in a cell. The module's docstring has examples."""
    address = (cell if cell.isascii() else _INVISIBLE.sub("", cell).translate(_FULL_WIDTH)).strip()
    for _ in range(WRAPPINGS):
        if (bare := _unwrap(address)) == address:
            break
        address = bare
    return address


def clean_lightly(cells: pa.Array) -> pa.Array:
    """Return the cells of a column as ``clean`` would, but remove at most one layer of each wrapping in ``_LAYERS``.

    Escapes such as ``%2B`` stay. ``clean`` returns the same text for a lightly cleaned cell as for the original cell.
    So if a lightly cleaned cell is an address, it is the address that ``clean`` finds.
    """
    # Arrow does the work, since a large export has many odd cells. Pandas' ``str`` would run the same expressions, more
    # slowly.
    bare = pc.replace_substring_regex(cells, _INVISIBLE.pattern, "")
    for wide, plain in FULL_WIDTH.items():
        bare = pc.replace_substring(bare, wide, plain)
    bare = _without_end(pc.utf8_trim_whitespace(bare))
    for expression in _LAYERS:
        bare = pc.replace_substring_regex(bare, expression, r"\1")
    return _without_end(pc.utf8_trim_whitespace(bare))


def _without_end(cells: pa.Array) -> pa.Array:
    return pc.utf8_rtrim_whitespace(pc.utf8_rtrim(cells, TRAILING))


def _unwrap(address: str) -> str:
    if match := _MAILTO.match(address):
        return unquote(match[1], errors="surrogateescape").strip()  # bytes that are not UTF-8 stay invalid
    if match := _IN_BRACKETS.match(address):
        return match[1].strip()
    if len(address) > 1 and address[0] == address[-1] and address[0] in "\"'":
        return address[1:-1].strip()
    return address.rstrip(TRAILING).rstrip()
