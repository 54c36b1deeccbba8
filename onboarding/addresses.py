"""Which address does a cell hold, if any?

Two speeds with one answer. A vectorised expression recognises the plain addresses that make up nearly all of an
export; everything else is cleaned and given to email-validator, once for each distinct cell. The expression
accepts only what email-validator accepts, with the same normal form, and never decides that a cell is wrong.

What the cleaner mends, since a person would without thinking:

====================================================  =================================
in the cell                                           becomes
====================================================  =================================
outer white space of any script, NBSP included        removed
zero-width and other invisible characters, BOM        removed
``mailto:ana%2Bhr@example.com?subject=Hi``            ``ana+hr@example.com``
``Ana Ruiz <ana@example.com>``, ``<ana@example.com>`` ``ana@example.com``
``"ana@example.com"``, ``'ana@example.com'``          ``ana@example.com``
``ana@example.com;`` and trailing ``.`` ``,``         ``ana@example.com``
``ana＠example．com`` (full-width sign and stop)      ``ana@example.com``
====================================================  =================================
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from email_validator import EmailNotValidError, validate_email

from onboarding.rows import Disposition, Reason, as_array, is_open, text

PLAIN_LIMIT_BYTES = 66
"""No plain address of this length can exceed the limit of any of its parts (64, 63 and 254 bytes)."""

WRAPPINGS = 10
"""How many layers of quotes, brackets and ``mailto:`` are taken off; more is no address, and would take its time."""

ADDRESS_LIMIT_BYTES = 254
LOCAL_LIMIT = 64

CASE_INSENSITIVE = (
    *("info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster"),
    *("hostmaster", "usenet", "news", "webmaster", "www", "uucp", "ftp"),
)
"""Mailboxes whose case never matters (RFC 2142): email-validator writes them in lower case."""

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# Two and three letters hold no special-use name (RFC 6761); longer ones are listed, so `test` or `local` never match.
_LAST_LABEL = r"(?:[a-z]{2,3}|info|name|mobi|jobs|asia|coop|aero|example|online|cloud|email|group|global|agency)"
PLAIN = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LAST_LABEL}$"

_TO_LOWER = rf"^(?:{'|'.join(CASE_INSENSITIVE)})@"
_ASCII_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*", re.IGNORECASE | re.ASCII)

_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_FULL_WIDTH = str.maketrans({"＠": "@", "．": ".", "。": "."})
_IN_BRACKETS = re.compile(r"^[^<>@]*<([^<>]*)>$")
_MAILTO = re.compile(r"^mailto:([^?]*)(?:\?.*)?$", re.IGNORECASE | re.DOTALL)
_BETWEEN_ADDRESSES = re.compile(r"[\s;,/|]+")
_PLACEHOLDERS = frozenset({"-", "--", "n/a", "#n/a", "na", "none", "null", "nil", "tbd", "unknown"})


@dataclass(frozen=True, slots=True)
class _Verdict:
    email: str = ""
    key: str = ""
    reason: str = ""
    detail: str = ""


def normalise(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with ``email`` and ``key``; open rows without a usable address become ``rejected``.

    ``frame`` has the columns of ``rows.AS_READ``. The spelling of the local part is kept in ``email``, since a
    service may care for it; ``key`` is what two spellings of one address have in common: local part in NFC and
    casefolded, domain as IDNA A-label. Neither dots nor ``+tag`` are stripped: that would merge different people.
    """
    given = as_array(frame["email_as_given"])
    trimmed = pc.ascii_trim_whitespace(given)
    lowered = pc.ascii_lower(trimmed)
    plain = pc.and_(
        pc.match_substring_regex(lowered, PLAIN), pc.less_equal(pc.binary_length(lowered), PLAIN_LIMIT_BYTES)
    )
    odd = pc.and_(pc.invert(plain), pa.array(is_open(frame).to_numpy(dtype=bool)))
    verdicts = _examine_each(given.filter(odd))
    nothing = pa.scalar("", pa.string())
    columns = {
        "email": pc.if_else(plain, _with_lower_domain(trimmed, lowered, plain), nothing),
        "key": pc.if_else(plain, lowered, nothing),
        "reason": as_array(frame["reason"]),
        "detail": as_array(frame["detail"]),
    }
    columns = {name: pc.replace_with_mask(column, odd, verdicts[name]) for name, column in columns.items()}
    rejected = pc.and_(odd, pc.not_equal(columns["reason"], ""))
    columns["disposition"] = pc.if_else(rejected, Disposition.REJECTED.value, as_array(frame["disposition"]))
    return frame.assign(**{name: text(column) for name, column in columns.items()})


def _with_lower_domain(trimmed: pa.Array, lowered: pa.Array, plain: pa.Array) -> pa.Array:
    """Return ``trimmed`` with the domain of its plain addresses in lower case; most are so already."""
    mixed = pc.and_(plain, pc.not_equal(trimmed, lowered))
    low = lowered.filter(mixed)
    local = pc.replace_substring_regex(trimmed.filter(mixed), "@.*$", "")
    domain = pc.replace_substring_regex(low, "^.*@", "")
    normal = pc.if_else(pc.match_substring_regex(low, _TO_LOWER), low, pc.binary_join_element_wise(local, domain, "@"))
    return pc.replace_with_mask(trimmed, mixed, normal)


def _examine_each(cells: pa.Array) -> dict[str, pa.Array]:
    encoded = cells.dictionary_encode()
    verdicts = [_examine(cell) for cell in encoded.dictionary.to_pylist()]
    fields = _Verdict.__dataclass_fields__
    return {name: pa.array([getattr(v, name) for v in verdicts], pa.string()).take(encoded.indices) for name in fields}


def _examine(cell: str) -> _Verdict:
    """Clean one cell and let email-validator decide."""
    address = clean(cell)
    if not address or address.casefold() in _PLACEHOLDERS:
        return _Verdict(reason=Reason.MISSING, detail="The row has no address; enter one.")
    try:
        return _validate(address)
    except EmailNotValidError as error:
        parts = _BETWEEN_ADDRESSES.split(address) if address.count("@") > 1 else ()
        if len({clean(part).casefold() for part in parts if "@" in part}) > 1:
            detail = "The cell holds several addresses; keep the one to invite."
            return _Verdict(reason=Reason.SEVERAL_ADDRESSES, detail=detail)
        return _Verdict(reason=Reason.INVALID_SYNTAX, detail=str(error))


def _validate(address: str) -> _Verdict:
    """Let email-validator decide, for an ordinary local part once for each domain: there its domain takes the time."""
    local, _, domain = address.rpartition("@")
    if len(local) <= LOCAL_LIMIT and _ASCII_LOCAL.fullmatch(local):
        normal, ascii_form, wrong = _domain(domain)
        if wrong:
            raise EmailNotValidError(wrong)
        longest = max(len(form.encode()) for form in (domain, normal, ascii_form))
        if len(local) + 1 + longest <= ADDRESS_LIMIT_BYTES:
            low = local.lower()
            return _Verdict(f"{low if low in CASE_INSENSITIVE else local}@{normal}", f"{low}@{ascii_form}")
    valid = validate_email(address, check_deliverability=False, strict=True)
    local = unicodedata.normalize("NFC", valid.local_part.casefold())
    return _Verdict(valid.normalized, f"{local}@{valid.ascii_domain}")


@lru_cache(maxsize=65_536)
def _domain(domain: str) -> tuple[str, str, str]:
    """Return a domain's normal form and its A-labels, or what is wrong with it."""
    try:
        valid = validate_email(f"a@{domain}", check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        return "", "", str(error)
    return valid.domain, valid.ascii_domain, ""


def clean(cell: str) -> str:
    """Return what a person would read as the address in a cell: see the table in the module's docstring."""
    address = (cell if cell.isascii() else _INVISIBLE.sub("", cell).translate(_FULL_WIDTH)).strip()
    for _ in range(WRAPPINGS):
        if (bare := _unwrap(address)) == address:
            break
        address = bare
    return address


def _unwrap(address: str) -> str:
    if match := _MAILTO.match(address):
        return unquote(match[1], errors="surrogateescape").strip()  # what is no UTF-8 stays invalid
    if match := _IN_BRACKETS.match(address):
        return match[1].strip()
    if len(address) > 1 and address[0] == address[-1] and address[0] in "\"'":
        return address[1:-1].strip()
    return address.rstrip(".;,").rstrip()
