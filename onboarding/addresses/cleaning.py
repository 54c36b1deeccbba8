"""What would a person read as the address in a cell?

What the cleaner mends, since a person would without thinking; whether the rest is an address is not its business:

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
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.employees import INVISIBLE

WRAPPINGS = 10
"""How many layers of quotes, brackets and ``mailto:`` are taken off; more is no address, and would take its time."""

FULL_WIDTH: Mapping[str, str] = MappingProxyType({"＠": "@", "．": ".", "。": "."})
TRAILING = ".;,"

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_FULL_WIDTH = str.maketrans(dict(FULL_WIDTH))
_IN_BRACKETS = re.compile(r"^[^<>@]*<([^<>]*)>$")
_MAILTO = re.compile(r"^mailto:([^?]*)(?:\?.*)?$", re.IGNORECASE | re.DOTALL)

_LAYERS = (
    r"^[mM][aA][iI][lL][tT][oO]:([^?%]*)$",
    r"^[^<>@:]*<([^<>]*)>$",  # a colon may be that of a link, whose ``?`` comes first
    r'(?s)^"(.*)"$',
    r"(?s)^'(.*)'$",
)
"""What encloses an address, as RE2 wants it."""


def clean(cell: str) -> str:
    """Return what a person would read as the address in a cell: see the table in the module's docstring."""
    address = (cell if cell.isascii() else _INVISIBLE.sub("", cell).translate(_FULL_WIDTH)).strip()
    for _ in range(WRAPPINGS):
        if (bare := _unwrap(address)) == address:
            break
        address = bare
    return address


def clean_lightly(cells: pa.Array) -> pa.Array:
    """Return a column of cells cleaned as far as columns can be: one layer of each kind of wrapping, no ``%`` read.

    ``clean`` makes the same of a cell before and after, so that what is an address by now is the one that ``clean``
    finds.
    """
    bare = pc.replace_substring_regex(cells, f"[{INVISIBLE}]", "")
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
        return unquote(match[1], errors="surrogateescape").strip()  # what is no UTF-8 stays invalid
    if match := _IN_BRACKETS.match(address):
        return match[1].strip()
    if len(address) > 1 and address[0] == address[-1] and address[0] in "\"'":
        return address[1:-1].strip()
    return address.rstrip(TRAILING).rstrip()
