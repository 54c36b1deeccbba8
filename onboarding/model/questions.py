"""The questions that the hand-off workbook asks HR about rows, and the identity by which the job recognises a row.

A question is about one row and one reason. The ledger remembers an answer for the row's identity: its employee id, its
name and its address cell. So the job does not ask HR again if the next export contains the same row, and asks again if
the row has changed. A question about a status also contains a digest of the row's detail, since this detail quotes the
cell of the status. If a reason leads to several questions, the digest tells them apart.

The workbook contains each question in a hidden cell, with a check sum of the row's other cells. If a person sorts only
some of the columns, or pastes another person over a row, the check fails, and the job ignores the answer.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.blank import BLANK
from onboarding.model.columns import as_array, as_mask, replace_where
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import NO_ADDRESS, employee_keys
from onboarding.model.fingerprints import Seed, fingerprints
from onboarding.model.hr_answers import ABOUT_STATUS
from onboarding.model.suggestions import suggestions_of
from onboarding.model.values import dataclass

_QUOTING = frozenset({*ABOUT_STATUS, Reason.UNKNOWN_ADDRESS_TYPE})
"""The reasons whose detail quotes a cell outside of the row's identity."""

LISTED = "The exclusion list may have this address"
OTHER_SPELLING = "May be another spelling of the address in"
MAY_BE_THERE = "The account may have the person already"
WAS_INVITED = "The employee was invited at"

_BEGINNINGS: Mapping[str, tuple[str, ...]] = {
    Reason.LOOK_ALIKE: (LISTED, OTHER_SPELLING, MAY_BE_THERE),
    Reason.SAME_EMPLOYEE_OTHER_ADDRESS: (WAS_INVITED,),
}
"""The first words of each question's detail, for each reason with several possible questions.

For example, a look-alike may raise a question about its letters, an entry of a list, another row, or a person in the
account. An answer to one question leaves the other questions open. The later words of a detail may change from run to
run.
"""

_LONGEST_COMPARED = 200
_REMOVED = f"[{BLANK}\\x00-\\x1f\\x7f\ufffd\ufffe\uffff]+"
_NOT_PLAIN = "[^!-~]"
_END_OF_CELL = "\x1f"
_NOTHING_GIVEN = pa.array(sorted(NO_ADDRESS), pa.string())


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the workbook asks about a row.

    ``reason`` is the ``Reason`` of the row's disposition, or a disposition if there is no reason. ``about`` is the
    digest of the row's detail, or empty if the question does not depend on the detail. ``place`` is the row in the
    export: ``source#row``, or ``source#sheet#row`` in a workbook. ``suggested`` is the digest of the address that the
    workbook suggests for the row, or empty.
    """

    reason: str
    about: str
    place: str
    suggested: str = ""

    def as_cell(self, person: str) -> str:
        """Return the text of the hidden cell. ``person`` is the row's identity text (``identities``)."""
        return json.dumps([self.reason, self.about, self.place, self.suggested, self._check(person)])

    @classmethod
    def from_cell(cls, cell: str, person: str) -> Self | None:
        """Return the question of a hidden cell, or None if the cell belongs to the row of another person.

        ``person`` is the row's identity text (``identities``).
        """
        try:
            reason, about, place, suggested, check = map(str, json.loads(cell))
        except (ValueError, TypeError, RecursionError):
            return None
        question = cls(reason, about, place, suggested)
        return question if check == question._check(person) else None

    def suggests(self, address: str) -> bool:
        """Say whether the workbook suggested this address for the row. For an empty address, the answer is no."""
        return bool(address) and self.suggested == _digest_of_address(address)

    def _check(self, person: str) -> str:
        return _digest(self.reason, self.about, self.place, self.suggested, person)


def questions_of(lines: pd.DataFrame) -> list[Question]:
    """Return the question about each row.

    ``lines`` has the columns ``source``, ``sheet``, ``row``, ``disposition``, ``reason``, ``detail``, ``email`` and
    ``email_as_given``.
    """
    names = ("source", "sheet", "row", "disposition", "reason", "detail")
    columns = (*(lines[name].tolist() for name in names), suggestions_of(lines))
    found = []
    for source, sheet, row, disposition, reason, detail, address in zip(*columns, strict=True):
        raised = disposition if disposition == Disposition.FAILED or not reason else reason
        place = f"{source}#{sheet}#{row}" if sheet else f"{source}#{row}"
        suggested = _digest_of_address(address) if address else ""
        found.append(Question(raised, digest_of_detail(raised, detail), place, suggested))
    return found


def digest_of_detail(reason: str, detail: str) -> str:
    """Return the digest of the part of a row's detail on which the row's question depends.

    Without such a part, return an empty text. If the detail quotes a cell, the part is the whole detail. If the reason
    leads to several questions, the part is the beginning of the detail.
    """
    if reason in _QUOTING:
        return _digest(detail)
    own = (words for words in _BEGINNINGS.get(reason, ()) if detail.startswith(words))
    return next(map(_digest, own), "")


def identities(frame: pd.DataFrame, given: pa.Array | None = None) -> pa.Array:
    """Return the identity of each row as text: its employee id, name and address cell, without blanks and controls.

    ``frame`` has the columns ``employee_id`` and ``name``. ``given`` are the address cells; None means the column
    ``email_as_given``.
    """
    cells = as_array(frame["email_as_given"]) if given is None else given
    # Plain first, since a workbook changes a control character at the end of an id into another sign.
    ids = employee_keys(plain_cells(as_array(frame["employee_id"])))
    return pc.binary_join_element_wise(ids, *map(plain_cells, (as_array(frame["name"]), cells)), _END_OF_CELL)


def are_known_again(persons: pa.Array) -> pa.Array:
    """Return a mask of the identities with an employee id or an address cell, by which the job can recognise the row.

    A name alone may belong to two people.
    """
    parts = pc.split_pattern(persons, _END_OF_CELL)
    ids, cells = pc.list_element(parts, 0), pc.list_element(parts, 2)
    has_cell = pc.invert(pc.is_in(pc.utf8_lower(cells), _NOTHING_GIVEN))
    return pc.or_(pc.not_equal(ids, ""), has_cell)


def plain_cells(cells: pa.Array) -> pa.Array:
    """Return cells in a form for comparisons. No workbook, CSV file or spreadsheet program changes this form."""
    odd = as_mask(pc.match_substring_regex(cells, _NOT_PLAIN))
    if odd.any():
        changed = pc.replace_substring_regex(cells.filter(pa.array(odd)), _REMOVED, "")
        cells = replace_where(cells, (odd, changed))
    return pc.utf8_slice_codeunits(cells, 0, _LONGEST_COMPARED)


def hash_seed(secret: bytes) -> Seed:
    """Return the seed of all hashes of rows and questions in a ledger, from the ledger's secret."""
    return Seed.of(secret, "answers of HR")


def hashes_of(texts: pa.Array, seed: Seed) -> list[bytes]:
    """Return the hash of each text in a column. ``seed`` is the result of ``hash_seed`` for the ledger's secret."""
    return [row.tobytes() for row in np.ascontiguousarray(fingerprints(texts, seed)).astype("<u8")]


def _digest_of_address(address: str) -> str:
    return _digest(plain_cells(pa.array([address], pa.string()))[0].as_py())


def _digest(*texts: str) -> str:
    return sha256(_END_OF_CELL.join(texts).encode("utf-8", "backslashreplace")).hexdigest()[:20]
