"""Remove quotes, ``mailto:`` and the like around the address in a cell, and say whether a cell looks like an address.

The modules ``normalise`` and ``odd_cells`` decide later whether the cleaned text is a valid address.

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
``SMTP:ana@example.com``                               ``ana@example.com``
``="ana@example.com"`` (a text of a spreadsheet)       ``ana@example.com``
``'ana@example.com`` (an apostrophe before a text)     ``ana@example.com``
``ana@example.com_x000D_`` (a line end of a workbook)  ``ana@example.com``
``[ana@example.com]``, ``{ana@example.com}``           ``ana@example.com``
``“ana@example.com”``, ``«ana@example.com»``           ``ana@example.com``
=====================================================  ======================

The module keeps an apostrophe at the start if a sign or a single ``t``, ``s`` or ``n`` follows. Such an apostrophe may
belong to a Dutch name (``'t.hof@example.com``). The module ``suspicious`` holds a row if its address begins with an
apostrophe.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses.wrappings import find_wrapped
from onboarding.model.blank import BLANK, INVISIBLE
from onboarding.model.columns import contains_any, is_ascii

WRAPPINGS = 10
"""The most layers of quotes, brackets and ``mailto:`` that the function ``clean`` removes.

No real address is in more layers, and the function works on each layer separately.
"""

FULL_WIDTH: Mapping[str, str] = MappingProxyType({"＠": "@", "．": ".", "。": "."})
"""The full-width ``@`` and full stops, each with the ASCII character that ``clean`` writes instead."""
TRAILING = ".;,"
"""The signs that ``clean`` removes from the end of a cell."""

ADDRESS_LIKE = r"(?:[^<>]*<|mailto:)?\s*[^@＠\s<>;,]+[@＠][^@＠\s<>;,]+[.．。][^@＠\s<>;,]{2,}\s*>?[.;]?"
"""The regular expression for a cell that looks like a single address, bare or within quotes, brackets or the like.

The expression is for text in lower case, and both ``re`` and RE2 can read it.
"""

_ADDRESS_LIKE = re.compile(ADDRESS_LIKE, re.IGNORECASE)
_LONGEST_ADDRESS_LIKE = 500
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_FULL_WIDTH = str.maketrans(dict(FULL_WIDTH))
_IN_BRACKETS = re.compile(r"^[^<>@]*<([^<>]*)>$")
_MAILTO = re.compile(r"^mailto:([^?]*)(\?.*)?$", re.IGNORECASE | re.DOTALL)
_SIGN_OF_A_LINK = re.compile("@|%40")

_ODD = r"""\x00-\x20"<>@,;"""
_AFTER_APOSTROPHE = rf"""(?:[^{_ODD}.!#$%&'*+/=?^_`{{|}}~TtSsNn-]|[TtSsNn][^{_ODD}'._-])[^{_ODD}]*@[^{_ODD}']+"""

_SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u2039\u203a`\u00b4"

_PAIRS = (
    ("[", r"^\[([^\[\]]*)\]$"),
    ("(", r"^\(([^()]*@[^()]*)\)$"),
    ('"', r'(?s)^="(.*)"$'),
    ("“”„‟«»", r"(?s)^[“”„‟«»](.*)[“”‟«»]$"),
    (_SINGLE_QUOTES, f"(?s)^[{_SINGLE_QUOTES}](.*)[{_SINGLE_QUOTES}]$"),
    ("{", r"^\{([^{}]*)\}$"),
    (":", r"^[sS][mM][tT][pP]:([^?%]*)$"),
    ("'", rf"^'({_AFTER_APOSTROPHE})$"),
)
"""The regular expressions by which ``clean`` and ``clean_lightly`` find quotes and brackets around an address.

Each pair is some signs and an expression. A cell that fits the expression contains at least one of the signs. The only
group of the expression is the text inside the quotes or brackets.
"""

_LINE_END = "(?:_[xX]000[dDaA]_)+$"
_LINE_END_SIGNS = ("_x000", "_X000")

_LAYERS = (
    (":", r"^[mM][aA][iI][lL][tT][oO]:([^?%]*)$"),
    ("<", r"^[^<>@:]*<([^<>]*)>$"),  # a colon may belong to a link, which ``clean`` first cuts at its ``?``
    ('"', r'(?s)^"(.*)"$'),
    ("'", r"(?s)^'(.*)'$"),
    *_PAIRS,
)
"""The regular expressions for quotes, brackets and the like that ``clean_lightly`` removes, in the syntax of RE2.

They have the form of ``_PAIRS``.
"""

_WRAPPED = tuple(re.compile(expression) for _, expression in _PAIRS)
_LINE_END_OF_TEXT = re.compile(_LINE_END)


def looks_like_address(cell: str) -> bool:
    """Say whether a cell looks like a single address, bare or with quotes, brackets or the like around it.

    The address need not be valid.
    """
    if ("@" not in cell and "＠" not in cell) or len(cell) > _LONGEST_ADDRESS_LIKE:
        return False
    text = unicodedata.normalize("NFKC", cell).strip(BLANK)
    return _ADDRESS_LIKE.fullmatch(text) is not None or bool(find_wrapped(clean(text)))


def clean(cell: str) -> str:
    """Return the text that a person would read as the address in a cell. The module's docstring has examples."""
    address = (cell if cell.isascii() else _INVISIBLE.sub("", cell).translate(_FULL_WIDTH)).strip()
    for _ in range(WRAPPINGS):
        if (bare := _unwrap(address)) == address:
            break
        address = bare
    return address


def clean_lightly(cells: pa.Array) -> pa.Array:
    """Return the cells of a column as ``clean`` would, but remove each kind of wrapping (``_LAYERS``) at most once.

    Escapes such as ``%2B`` stay. If the result is an address, ``clean`` returns the same address for the original cell.
    """
    # Arrow does the work, since a large export has many odd cells. Pandas' ``str`` would run the same expressions, more
    # slowly. Arrow prepares an expression anew for each column, which takes as long as hundreds of cells. So this
    # function first looks for the signs that the expression needs.
    bare = cells
    if not is_ascii(cells):
        bare = pc.replace_substring_regex(bare, _INVISIBLE.pattern, "")
        for wide, plain in FULL_WIDTH.items():
            bare = pc.replace_substring(bare, wide, plain)
    bare = _without_end(pc.utf8_trim_whitespace(bare))
    for signs, expression in _LAYERS:
        if contains_any(bare, signs):
            bare = pc.replace_substring_regex(bare, expression, r"\1")
    return _without_end(pc.utf8_trim_whitespace(bare))


def _without_end(cells: pa.Array) -> pa.Array:
    if contains_any(cells, _LINE_END_SIGNS):
        cells = pc.replace_substring_regex(cells, _LINE_END, "")
    return pc.utf8_rtrim_whitespace(pc.utf8_rtrim(cells, TRAILING))


def _unwrap(address: str) -> str:
    if (match := _MAILTO.match(address)) and not all(_SIGN_OF_A_LINK.search(part or "") for part in match.groups()):
        return unquote(match[1], errors="surrogateescape").strip()  # bytes that are not UTF-8 stay invalid
    if match := _IN_BRACKETS.match(address):
        return match[1].strip()
    if len(address) > 1 and address[0] == address[-1] and address[0] in "\"'":
        return address[1:-1].strip()
    for pair in _WRAPPED:
        if match := pair.fullmatch(address):
            return match[1].strip()
    return _LINE_END_OF_TEXT.sub("", address).rstrip(TRAILING).rstrip()
