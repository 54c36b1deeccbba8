"""Find the meaning of a code from all codes of its column.

For example, ``t`` means true in a column with ``t`` and ``f``, and terminated in a column with ``t`` and ``a``.

A number such as ``3`` means nothing by itself. SAP writes 3 for an active person, and other systems for a person who
left. So the job reads numbers only if all numbers of a column fit one known code system. Otherwise the job holds the
rows for a person.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import Enum, StrEnum, auto
from types import MappingProxyType

from onboarding.exports.words.meanings import WordKind, WordMeaning, own_meanings
from onboarding.model.choices import StatusWords
from onboarding.model.folding import fold_text

LONGEST_CODE = 2


class CodeSystem(StrEnum):
    """A code system: a set of codes that belong together. ``CODE_MEANINGS`` contains the meaning of each code.

    ``TRUE_FALSE`` are the letters ``t`` and ``f``, and ``ONE_ZERO`` the digits 1 and 0. ``SAP`` is SAP's status of an
    employment, called STAT2. The codes of ``MAIL`` name the network of an address, and not its owner. ``UNCLEAR`` are
    numbers that fit no known system. ``LETTERS`` are letters among which ``l`` may mean leave or left.
    """

    TRUE_FALSE = "t and f as true and false"
    ONE_ZERO = "1 and 0 as yes and no"
    SAP = "SAP's codes 3 active, 2 retired, 1 inactive, 0 withdrawn"
    MAIL = "kinds of networks"
    UNCLEAR = "numbers of an unknown meaning"
    LETTERS = "letters of an unknown meaning"


class NameOfCodes(Enum):
    """What the name of a column says about the codes in the column.

    ``ANY`` is a name that explains nothing. The codes below a ``QUESTION`` mean yes or no. ``STAT2`` is SAP's technical
    name for the status of an employment. ``EMPLOYMENT`` is the usual name for this status in SAP and in other systems.
    """

    ANY = auto()
    QUESTION = auto()
    EMPLOYMENT = auto()
    STAT2 = auto()


CODE_MEANINGS: Mapping[CodeSystem, Mapping[str, WordMeaning]] = MappingProxyType(
    {
        CodeSystem.TRUE_FALSE: {"t": WordMeaning.EMPLOYED, "f": WordMeaning.GONE},
        CodeSystem.ONE_ZERO: {"1": WordMeaning.EMPLOYED, "0": WordMeaning.GONE},
        CodeSystem.SAP: {"3": WordMeaning.EMPLOYED, **dict.fromkeys("012", WordMeaning.GONE)},
        CodeSystem.MAIL: dict.fromkeys(("smtp", "ex", "x400", "e", "i"), WordMeaning.WORK),
        CodeSystem.UNCLEAR: dict.fromkeys("01", WordMeaning.UNKNOWN),
        CodeSystem.LETTERS: {"l": WordMeaning.UNKNOWN},
    }
)
"""The meaning of each code in each system."""

_NUMBERS = (CodeSystem.ONE_ZERO, CodeSystem.SAP)


def code_system(cells: Collection[str], kind: WordKind, name: NameOfCodes) -> CodeSystem | None:
    """Return the code system of a column, or ``None`` if a cell means the same in every column.

    A code system says what each code means, for example 1 for active. ``cells`` are the filled cells of the column.
    ``kind`` is the kind of the column, such as a column of statuses. ``name`` says how the header names the codes.
    """
    codes = {fold_text(cell) for cell in cells} - {""}
    if kind is WordKind.ADDRESS_TYPE:
        return CodeSystem.MAIL if codes and codes <= CODE_MEANINGS[CodeSystem.MAIL].keys() else None
    if kind is not WordKind.STATUS or not codes:
        return None
    if codes <= {"t", "f"}:
        return CodeSystem.TRUE_FALSE if "f" in codes or name is NameOfCodes.QUESTION else None
    if all(map(str.isdecimal, codes)):
        return _number_system(codes, name)
    # Beside an A for active, an L means leave. Beside other letters, it may also mean left.
    are_letters = all(len(code) <= LONGEST_CODE for code in codes)
    return CodeSystem.LETTERS if are_letters and "l" in codes and "a" not in codes else None


def _number_system(codes: Collection[str], name: NameOfCodes) -> CodeSystem:
    numbers = set(codes)
    if name is not NameOfCodes.STAT2 and numbers <= {"0", "1"}:
        return CodeSystem.ONE_ZERO
    # The numbers of other systems begin at 1, and their 3 may be a person who left.
    has_both_ends = name is NameOfCodes.EMPLOYMENT and numbers >= {"0", "3"}
    is_sap = (name is NameOfCodes.STAT2 or has_both_ends) and numbers <= {"0", "1", "2", "3"}
    return CodeSystem.SAP if is_sap else CodeSystem.UNCLEAR


def column_words(
    columns: Iterable[str], codes: Mapping[str, CodeSystem], own: StatusWords
) -> Mapping[str, Mapping[str, WordMeaning]]:
    """Return the words that have a special meaning in a column: each meaning by the column's name, then by the word.

    These meanings override the lists of words. ``codes`` is the code system of each column with codes. ``columns`` are
    the names of the columns of statuses, in which the operator's own words (``own``) apply.
    """
    listed = {name: dict(CODE_MEANINGS[system]) for name, system in codes.items()}
    return listed | {name: {**listed.get(name, {}), **own_meanings(own)} for name in columns}


def breaks_system(cell: str, system: CodeSystem) -> bool:
    """Say whether a cell proves that its column is not in the code system that the first rows suggested."""
    code = fold_text(cell)
    if system is CodeSystem.TRUE_FALSE:
        return bool(code) and len(code) <= LONGEST_CODE and code not in CODE_MEANINGS[system]
    return system in _NUMBERS and code.isdecimal() and code not in CODE_MEANINGS[system]
