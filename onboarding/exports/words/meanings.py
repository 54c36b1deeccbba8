"""Find the meaning of a status or type in a cell: employed, not started, gone, no person, work or private address.

The module also reads the lists of words for statuses and types (``WORDS``, from ``vocabulary.toml``).
``is_placeholder`` recognises placeholders for an empty cell. The module ``codes`` finds the meanings of codes, since a
code's meaning depends on all cells of the column. The module ``dates`` reads cells with dates. The package
``preparing`` decides about rows by these meanings.

The same word means different things in different columns: ``T`` means terminated in a column of statuses, and temporary
in a column of employment types. So the module looks up each distinct cell by the ``WordKind`` of its column. The
meanings of the operator's own words override all lists. The job looks up these texts in turn. The first text in a list
decides the meaning:

1. The whole cell, without case, accents and punctuation (``Full-Time`` is ``full time``).
2. The text before the first separator: ``-``, ``(``, ``:``, ``/`` or the like (``Active - Payroll Eligible``). If this
text is a code, the text after the separator decides instead (``2 - Terminated``).
3. A word that decides alone, as in the status ``Terminated for cause``, or in the type of user ``External guest``.

The meaning is unknown if the two halves of a cell contradict each other (``Active - Terminated``), or if no list
contains its words.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from enum import IntEnum, StrEnum
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from onboarding.model.blank import BLANK
from onboarding.model.choices import StatusWords
from onboarding.model.employees import PLACEHOLDERS
from onboarding.model.folding import fold_text

CODE_LENGTH = 2
"""The length, in characters, of the longest code before a separator, such as ``2`` in ``2 - Terminated``."""


def phrases(listed: str) -> list[str]:
    """Split a text at line ends and commas, and return its phrases."""
    return [phrase.strip() for phrase in listed.replace("\n", ",").split(",") if phrase.strip()]


def read_word_lists(path: Path) -> Mapping[str, str]:
    """Read a TOML file of this package with lists of words, and return the text of each list by the list's name."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


WORDS = {
    name: frozenset(map(fold_text, phrases(text)))
    for name, text in read_word_lists(Path(__file__).with_name("vocabulary.toml")).items()
}
"""The words of HR systems, by the name of their list. The file ``vocabulary.toml`` explains each list."""

EMPLOYMENT_TYPES = WORDS["active"] | WORDS["at_work"] | WORDS["type_codes"] | WORDS["other_employment_types"]
"""Words for types of employment, such as ``full time``. All of them mean a person at work."""

GONE_TYPES = WORDS["gone"] - {"t", "i", "term", "expired", "ended"}
"""The words that mean a person who left, in a column of employment types.

Some words of the list ``gone`` mean something else in a column of types, so the set leaves them out.
"""

NOT_STARTED_TYPES = frozenset({"pending worker", "pre hire", "prehire", "future hire"})
"""The words that mean a person whose employment has not begun, in a column of types."""

NO_PERSON = WORDS["guests_and_bots"] | WORDS["no_person_beside_guests_and_bots"]
"""Words for guests, programs, rooms or devices, which a directory lists beside the employees."""


class WordKind(StrEnum):
    """The kind of a word's column. Each value is the name of the column in a frame of rows."""

    STATUS = "status"
    EMPLOYMENT_TYPE = "employment_type"
    USER_TYPE = "user_type"
    ENABLED = "enabled"
    BLOCKED = "blocked"
    ACCOUNT_CONTROL = "account_control"
    ADDRESS_TYPE = "address_type"


class WordMeaning(IntEnum):
    """The meaning of a word for the person or the address of its row.

    ``SILENT`` is the meaning of an empty cell or a placeholder. ``UNKNOWN`` is the meaning of a word in no list, and of
    a cell that contradicts itself. ``NOT_STARTED`` means a person whose employment has not begun. ``WORK`` means a work
    address, and ``PRIVATE`` a private address.
    """

    SILENT = 0
    UNKNOWN = 1
    EMPLOYED = 2
    NOT_STARTED = 3
    GONE = 4
    NOT_A_PERSON = 5
    WORK = 6
    PRIVATE = 7


WordMeanings = npt.NDArray[np.int8]
"""One ``WordMeaning`` for each row, shape ``(rows,)``."""


NO_WORDS: Mapping[str, WordMeaning] = MappingProxyType({})


def own_meanings(words: StatusWords) -> Mapping[str, WordMeaning]:
    """Return the meanings of the operator's own words for statuses."""
    return {
        **dict.fromkeys(words.active, WordMeaning.EMPLOYED),
        **dict.fromkeys(words.inactive, WordMeaning.GONE),
    }


def word_meanings(column: pd.Series, kind: WordKind, own: Mapping[str, WordMeaning] = NO_WORDS) -> WordMeanings:
    """Return the meaning of each cell of a column of text. The function looks up each distinct cell once.

    ``kind`` is the kind of the column, such as a column of statuses. ``own`` are meanings that override the lists, by
    the words in the form of ``fold_text``.
    """
    codes, distinct = column.factorize()
    meanings: WordMeanings = np.array([word_meaning(str(cell), kind, own) for cell in distinct], np.int8)[codes]
    return meanings


def word_meaning(cell: str, kind: WordKind, own: Mapping[str, WordMeaning] = NO_WORDS) -> WordMeaning:
    """Return the meaning of a cell in a column of this kind, such as a column of statuses.

    ``own`` are the operator's meanings, which override the module's lists of words.
    """
    if is_placeholder(cell):
        return WordMeaning.SILENT
    whole = fold_text(cell)
    if whole in own:
        return own[whole]
    if kind is WordKind.ACCOUNT_CONTROL:
        return _meaning_of_account_control(cell.strip(BLANK))
    known = _KNOWN[kind]
    if whole in known:
        return known[whole]
    head, rest = _split(cell)
    both = _combined(known.get(head), known.get(rest), first_is_code=len(head) <= CODE_LENGTH)
    return both or _meaning_of_telling_word(whole.split(" "), kind) or WordMeaning.UNKNOWN


def is_placeholder(cell: str) -> bool:
    """Say whether a cell is empty, or contains a text such as ``n/a`` that means an empty cell."""
    return cell.strip(BLANK).casefold() in PLACEHOLDERS


def _split(cell: str) -> tuple[str, str]:
    """Return the folded texts before and after the first separator, or two empty texts for a cell without a separator.

    A hyphen, full stop or underscore is a separator only if the cell contains no other separator.
    """
    for separator in (_SEPARATOR, _HYPHEN):
        parts = separator.split(cell, maxsplit=1)
        if len(parts) > 1 and (first := fold_text(parts[0])):
            return first, fold_text(parts[1])
    return "", ""


def _combined(first: WordMeaning | None, then: WordMeaning | None, *, first_is_code: bool) -> WordMeaning | None:
    """Return the meaning of the two halves of a cell together, or ``None`` without a meaning.

    ``first`` is the meaning of the first half, and ``then`` the meaning of the second half. The meaning of a half is
    ``None`` if no list contains the half. If the meanings differ, one half decides: the second half if the first half
    is a code, or else the first half. But if the deciding half means an employed person or a work address, the cell is
    ``UNKNOWN``.
    """
    if first is None:
        return then if first_is_code else None
    if then is None or then is first:
        return first
    leading = then if first_is_code else first
    return WordMeaning.UNKNOWN if leading in _WELCOME else leading


def _meaning_of_account_control(cell: str) -> WordMeaning:
    """Return the meaning of the bits of ``userAccountControl``, which describe a user in Active Directory."""
    if not cell.isdecimal() or len(cell) > _LONGEST_CONTROL:
        return WordMeaning.UNKNOWN
    bits = int(cell)
    if bits & _COMPUTER:
        return WordMeaning.NOT_A_PERSON
    return WordMeaning.GONE if bits & _ACCOUNT_DISABLED else WordMeaning.EMPLOYED


def _meaning_of_telling_word(words: Sequence[str], kind: WordKind) -> WordMeaning | None:
    if kind is WordKind.USER_TYPE and WORDS["no_person_anywhere"].intersection(words):
        return WordMeaning.NOT_A_PERSON
    if (
        kind in (WordKind.STATUS, WordKind.EMPLOYMENT_TYPE, WordKind.USER_TYPE)
        and words[0] in WORDS["gone_whatever_follows"]
    ):
        return WordMeaning.GONE
    return None


_SEPARATOR = re.compile(r"\s[-–—=]+\s|[–—(\[:;,/|\uff08\uff1a\uff0f\uff0c\u3001]")
_HYPHEN = re.compile(r"[-_.]")


_ACCOUNT_DISABLED = 0x2
_COMPUTER = 0x800 | 0x1000 | 0x2000  # accounts of domains, workstations and servers
_LONGEST_CONTROL = 10
_WELCOME = (WordMeaning.EMPLOYED, WordMeaning.WORK)


def _listed(**words: frozenset[str]) -> Mapping[str, WordMeaning]:
    return MappingProxyType({word: WordMeaning[name] for name, listed in words.items() for word in listed})


_KNOWN: Mapping[WordKind, Mapping[str, WordMeaning]] = MappingProxyType(
    {
        WordKind.STATUS: _listed(
            EMPLOYED=EMPLOYMENT_TYPES - WORDS["type_codes"] | WORDS["on_leave"] | WORDS["yes"] - {"x", "on"},
            NOT_STARTED=WORDS["not_yet"],
            GONE=WORDS["gone"] | WORDS["no"] - {"off"},
            NOT_A_PERSON=WORDS["guests_and_bots"],
        ),
        WordKind.EMPLOYMENT_TYPE: _listed(
            EMPLOYED=EMPLOYMENT_TYPES, NOT_STARTED=NOT_STARTED_TYPES, GONE=GONE_TYPES, NOT_A_PERSON=NO_PERSON
        ),
        WordKind.USER_TYPE: _listed(
            EMPLOYED=WORDS["members"], NOT_STARTED=NOT_STARTED_TYPES, GONE=GONE_TYPES, NOT_A_PERSON=NO_PERSON
        ),
        WordKind.ENABLED: _listed(
            EMPLOYED=WORDS["yes"] | {"enabled", "active", "t"}, GONE=WORDS["no"] | {"disabled", "inactive", "f"}
        ),
        WordKind.BLOCKED: _listed(
            EMPLOYED=WORDS["no"] | {"allowed", "enabled", "active", "f"},
            GONE=WORDS["yes"] | WORDS["gone"] - {"i"} | {"t"},
        ),
        WordKind.ACCOUNT_CONTROL: MappingProxyType({}),
        WordKind.ADDRESS_TYPE: _listed(WORK=WORDS["at_work_address"], PRIVATE=WORDS["private_address"]),
    }
)
