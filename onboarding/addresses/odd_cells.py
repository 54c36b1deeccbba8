"""Find the address in each cell that ``normalise`` does not recognise as plain, or the reason to refuse the cell.

The module examines each distinct cell once. It decides about most cells together, and asks the module ``one_cell``
about each remaining cell. The result is the same as if the library email-validator judged each cleaned cell. The only
exceptions are addresses that ``one_cell`` finds inside other text.

- email-validator accepts every local part of ordinary letters (``_usual_address``). So the module asks email-validator
  only about the domains of these cells: once about each distinct domain, and never about a plain ASCII domain.
  ``LATIN_LETTERS`` are ordinary letters. If many cells are left, ``ordinary_letters`` finds the ordinary letters of
  other scripts.
- email-validator refuses all cells of a few shapes (``WRONG_SHAPES``). So the module asks email-validator about one
  example of each shape.

Arrow does the work, since a hostile export may have millions of distinct odd cells.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses.cleaning import clean_lightly
from onboarding.addresses.one_cell import DID_YOU_MEAN, MISSING, NO_ADDRESS_WORDS, Verdict, examine_cell
from onboarding.addresses.ordinary_letters import ordinary_letters
from onboarding.addresses.validation import special_use_domains, validate
from onboarding.addresses.wrappings import SPELLED_OUT
from onboarding.model.columns import Mask, as_mask, contains_any, replace_where
from onboarding.model.dispositions import Reason
from onboarding.model.values import dataclass

ADDRESS_LIMIT_BYTES = 254
LOCAL_LIMIT_BYTES = 64
DOMAIN_LIMIT_BYTES = 253

CASE_INSENSITIVE = (
    *("info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster"),
    *("hostmaster", "usenet", "news", "webmaster", "www", "uucp", "ftp"),
)
"""Local parts whose case never matters (RFC 2142). email-validator writes them in lower case."""

SIGNS = r"!#$%&'*+/=?^_`{|}~-"
"""The signs that an unquoted local part may contain, besides letters and digits (RFC 5322, atext)."""

LATIN_LETTERS = (
    "\u00c0-\u00d6\u00d8-\u00de\u00e0-\u00f6\u00f8-\u012f\u0131-\u0148\u014a-\u017e\u0180-\u01ef\u01f1-\u024f"
)
"""Latin letters beyond ASCII whose casefold is their lower case.

``ß`` is not among the letters, since its casefold is ``ss``. Unicode's normal form C changes neither the letters nor
their lower case.
"""

_LETTERS = rf"A-Za-z0-9{LATIN_LETTERS}{SIGNS}"
# The text after the ``@``, which email-validator judges. The expressions fit no text whose end ``clean`` would remove,
# and no text with a second address.
_DOMAIN = r"[!-?A-~]*[!#-&(-+\-/0-:<=?A-~]"
_DOMAIN_WITH_SIGN = r"[!-+\-.0-:<-{}~]*[!#-&(-+\-0-:<=?A-{}~]"
_DOMAIN_IN_A_SCRIPT = r"[A-Za-z0-9.{letters}-]*[A-Za-z0-9{letters}]"

_NEVER_WRAPPED = r"^@?[0-9A-Za-z.\x80-\x{10ffff}-]*$"
"""The regular expression for a domain that contains no quote, bracket or other sign of a wrapping.

The domain may begin with a second ``@``, as in ``ana@@example.com``.
"""

_SPELLED_OUT_ADDRESS = r"^(?P<local>[A-Za-z0-9_+.-]+)[(\[](?i:at)[)\]](?P<domain>[A-Za-z0-9.-]*[A-Za-z0-9])$"
"""The regular expression for a cell with a word in place of the ``@``, in the usual form ``ana(at)example.com``."""

_PLAIN_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN_DOMAIN = rf"^(?:{_PLAIN_LABEL}\.)+[a-z]{{2,63}}$"

WRONG_SHAPES: Mapping[str, str] = MappingProxyType(
    {
        r"^[!#$&)-+\-/0-9=?A-Z\\\]^_a-z|}~](?:[ !#$&-9;=?A-~]*[!#$&(-+\-/0-9=?A-~])?$": "ana",
        rf"^[.{_LETTERS}]*\.@{_DOMAIN}$": "ana.@example.com",
        rf"^\.[.{_LETTERS}]*@{_DOMAIN}$": ".ana@example.com",
        rf"^[.{_LETTERS}]*\.\.[.{_LETTERS}]*@{_DOMAIN}$": "ana..ruiz@example.com",
    }
)
"""Regular expressions for cells that are no address, each with an example cell.

The order is the order of email-validator's checks.
"""

FEW_CELLS = 100
"""The most cells that the module leaves to email-validator, which is slow.

For more cells, the module uses ``ordinary_letters``.
"""

AddressColumns = dict[str, pa.Array]
"""The columns ``email``, ``key``, ``reason`` and ``detail``, by name. Each column has a text per examined cell."""

_FIELDS = tuple(Verdict.__dataclass_fields__)


def examine_cells(cells: pa.Array) -> AddressColumns:
    """Return the address of each cell as ``email`` and ``key``, or the ``reason`` and ``detail`` for refusing the cell.

    ``cells`` and the returned columns are text without nulls. A cell with an address has an empty reason and detail,
    and a refused cell has no address.
    """
    if not len(cells):  # without this line, the job would load email-validator for nothing
        return dict.fromkeys(_FIELDS, cells)
    encoded = cells.dictionary_encode()
    distinct = encoded.dictionary
    bare = clean_lightly(distinct)
    left = np.ones(len(distinct), np.bool_)
    recognised: list[tuple[Mask, AddressColumns]] = []
    for recognise in (_missing, _usual, _wrong, _spelled_out, _usual_in_a_script):
        found, columns = recognise(bare.filter(pa.array(left)))
        where = np.zeros_like(left)
        where[left] = found
        recognised.append((where, columns))
        left &= ~where
    one_by_one = list(map(examine_cell, distinct.filter(left).to_pylist()))
    recognised.append((left, {name: _column(one_by_one, name) for name in _FIELDS}))
    nothing = pa.repeat("", len(distinct))
    return {
        name: replace_where(nothing, *((where, verdicts[name]) for where, verdicts in recognised)).take(encoded.indices)
        for name in _FIELDS
    }


def _column(values: Iterable[object], name: str) -> pa.Array:
    return pa.array([getattr(value, name) for value in values], pa.string())


def _repeated(verdict: Verdict, size: int) -> AddressColumns:
    return {name: pa.repeat(str(getattr(verdict, name)), size) for name in _FIELDS}


def _missing(bare: pa.Array) -> tuple[Mask, AddressColumns]:
    """Return a mask of the cells that are empty or contain a word such as ``none``, and the answers for these cells."""
    where = as_mask(pc.is_in(pc.ascii_lower(bare), pa.array(sorted(NO_ADDRESS_WORDS), pa.string())))
    return where, _repeated(MISSING, int(where.sum()))


def _usual(bare: pa.Array, letters: str = "") -> tuple[Mask, AddressColumns]:
    """Return a mask of the cells whose local part is surely valid, and the answers for these cells.

    The answer depends only on the domain of the cell. The function asks email-validator once about each domain.
    ``letters`` are the ``ordinary_letters`` of other scripts.
    """
    where = as_mask(pc.match_substring_regex(bare, _usual_address(letters)))
    # A local part has no ``@``. To split the text at the first ``@`` takes a fraction of the time of groups.
    local, domain = _halves(bare.filter(pa.array(where)))
    encoded = domain.dictionary_encode()
    domains = _domains(encoded.dictionary)
    normal, a_labels, wrong = (domains[name].take(encoded.indices) for name in ("normal", "a_labels", "wrong"))
    room = pc.subtract(ADDRESS_LIMIT_BYTES - len("@"), domains["length_bytes"]).take(encoded.indices)
    fits = as_mask(pc.less_equal(pc.binary_length(local), pc.min_element_wise(room, LOCAL_LIMIT_BYTES)))
    lowered = pc.utf8_lower(local)
    right = pc.equal(wrong, "")
    spelled = pc.if_else(pc.is_in(lowered, pa.array(CASE_INSENSITIVE)), lowered, local)
    columns = {
        "email": pc.if_else(right, pc.binary_join_element_wise(spelled, normal, "@"), ""),
        "key": pc.if_else(right, pc.binary_join_element_wise(lowered, a_labels, "@"), ""),
        "reason": pc.if_else(right, "", Reason.INVALID_SYNTAX.value),
        "detail": wrong,
    }
    fits &= as_mask(pc.or_(right, pc.match_substring_regex(domain, _NEVER_WRAPPED)))
    fits &= ~as_mask(pc.starts_with(local, "'"))
    where[where] = fits
    return where, {name: column.filter(fits) for name, column in columns.items()}


def _usual_in_a_script(bare: pa.Array) -> tuple[Mask, AddressColumns]:
    """For more than ``FEW_CELLS`` cells, do what ``_usual`` does, with the ``ordinary_letters`` of all scripts."""
    few = len(bare) <= FEW_CELLS
    return _nothing(bare) if few else _usual(bare, ordinary_letters(bare))


def _nothing(bare: pa.Array) -> tuple[Mask, AddressColumns]:
    """Return a mask that marks no cell, and no answers."""
    return np.zeros(len(bare), np.bool_), _repeated(MISSING, 0)


def _spelled_out(bare: pa.Array) -> tuple[Mask, AddressColumns]:
    """Return a mask of cells such as ``ana(at)example.com``, and answers that propose the address with an ``@``."""
    if not contains_any(bare, "([") or not len(bare):
        return _nothing(bare)
    where = ~as_mask(pc.match_substring(bare, "@"))  # few cells are left for the slow expression
    parts = pc.extract_regex(bare.filter(pa.array(where)), _SPELLED_OUT_ADDRESS)
    where[where] = as_mask(parts.is_valid())
    is_usual, meant = _usual(pc.binary_join_element_wise(*parts.drop_null().flatten(), "@"))
    right = as_mask(pc.equal(meant["reason"], ""))
    is_usual[is_usual] = right
    where[where] = is_usual
    before, _, after = DID_YOU_MEAN.partition("{}")
    proposals = pc.binary_join_element_wise(before, meant["email"].filter(right), after, "")
    columns = _repeated(Verdict(reason=Reason.INVALID_SYNTAX), int(where.sum()))
    return where, columns | {"detail": proposals}


def _usual_address(letters: str) -> str:
    """Return the regular expression for an address of ordinary letters, with a local part and a domain."""
    word = f"[{letters}{_LETTERS}]+"
    domain = f"{_DOMAIN}|{_DOMAIN_WITH_SIGN}" + (f"|{_DOMAIN_IN_A_SCRIPT.format(letters=letters)}" if letters else "")
    return rf"^{word}(?:\.{word})*@(?:{domain})$"


def _halves(addresses: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return the texts before and after the first ``@`` of each address. Each address has at least one ``@``."""
    halves = pc.split_pattern(addresses, "@", max_splits=1).flatten()
    return halves.take(pa.array(np.arange(0, len(halves), 2))), halves.take(pa.array(np.arange(1, len(halves), 2)))


def _wrong(bare: pa.Array) -> tuple[Mask, AddressColumns]:
    """Return a mask of the cells that have one of the ``WRONG_SHAPES``, and the answers for these cells."""
    short = pc.less_equal(pc.find_substring(bare, "@"), LOCAL_LIMIT_BYTES)
    details = pa.repeat("", len(bare))
    for expression, example in reversed(tuple(WRONG_SHAPES.items())):
        matches = pc.and_(pc.match_substring_regex(bare, expression), short)
        details = pc.if_else(matches, examine_cell(example).detail, details)
    where = as_mask(pc.not_equal(details, ""))
    where &= ~as_mask(pc.match_substring_regex(bare, SPELLED_OUT))
    columns = _repeated(Verdict(reason=Reason.INVALID_SYNTAX), int(where.sum()))
    return where, columns | {"detail": details.filter(where)}


@dataclass(frozen=True, slots=True)
class _Domain:
    """What email-validator says about a domain.

    A valid domain has a ``normal`` form, and a form in A-labels (``a_labels``). For an invalid domain, ``wrong`` names
    the fault. No form of the domain is longer than ``length_bytes``.
    """

    normal: str = ""
    a_labels: str = ""
    wrong: str = ""
    length_bytes: int = 0


def _domains(given: pa.Array) -> AddressColumns:
    """Return the fields of ``_Domain`` as columns, with a value for each of the given distinct domains.

    Nearly all domains are plain (``_PLAIN_DOMAIN``). email-validator accepts a plain domain, and its normal form is the
    domain in lower case.
    """
    lowered = pc.ascii_lower(given)
    plain = as_mask(pc.match_substring_regex(lowered, _PLAIN_DOMAIN))
    plain &= ~as_mask(pc.match_substring_regex(lowered, _special_domain()))
    plain &= ~as_mask(pc.match_substring(lowered, "--"))
    plain &= as_mask(pc.less_equal(pc.binary_length(lowered), DOMAIN_LIMIT_BYTES))
    others = list(map(_domain, given.filter(~plain).to_pylist()))
    return {
        "normal": replace_where(lowered, (~plain, _column(others, "normal"))),
        "a_labels": replace_where(lowered, (~plain, _column(others, "a_labels"))),
        "wrong": replace_where(pa.repeat("", len(given)), (~plain, _column(others, "wrong"))),
        "length_bytes": pc.replace_with_mask(
            pc.binary_length(lowered), ~plain, pa.array([each.length_bytes for each in others], pa.int32())
        ),
    }


def _special_domain() -> str:
    """Return the regular expression for domains of special use, such as ``local`` and ``printer.local``."""
    return rf"(?:^|\.)(?:{'|'.join(map(re.escape, special_use_domains()))})$"


@lru_cache(maxsize=65_536)
def _domain(domain: str) -> _Domain:
    try:
        valid = validate(f"a@{domain}")
    except ValueError as error:
        # An upper bound: no form of a domain has more than four bytes per character. If the bound fits into an address,
        # the fault is not the length.
        return _Domain(wrong=str(error), length_bytes=4 * len(domain))
    longest = max(len(form.encode()) for form in (domain, valid.domain, valid.ascii_domain))
    return _Domain(valid.domain, valid.ascii_domain, length_bytes=longest)
