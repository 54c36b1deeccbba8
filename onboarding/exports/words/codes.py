"""Find what codes mean from all codes of their column: ``t`` is true beside ``f``, and terminated beside ``a``.

A number such as ``3`` means nothing by itself. SAP writes 3 for an active person, and other systems for a person who
left. So the job reads numbers only if all numbers of a column fit one system of codes that it knows, and holds the rows
otherwise.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import Enum, StrEnum, auto
from types import MappingProxyType

from onboarding.exports.words.meanings import WordKind, WordMeaning, own_meanings
from onboarding.model.choices import StatusWords
from onboarding.model.folding import fold_text

LONGEST_CODE = 2


class CodeSystem(StrEnum):
    """A system of codes. ``CODE_MEANINGS`` has the meaning of each code.

    ``TRUE_FALSE`` has the letters ``t`` and ``f``, and ``ONE_ZERO`` the digits 1 and 0. ``SAP`` is SAP's status of an
    employment, called STAT2. ``MAIL`` says in which network an address is valid, and not whose it is. ``UNCLEAR``
    stands for numbers of no known system.
    """

    TRUE_FALSE = "t and f as true and false"
    ONE_ZERO = "1 and 0 as yes and no"
    SAP = "SAP's codes 3 active, 2 retired, 1 inactive, 0 withdrawn"
    MAIL = "kinds of networks"
    UNCLEAR = "numbers of an unknown meaning"


class NameOfCodes(Enum):
    """What the name of a column says about its codes.

    A ``QUESTION`` is answered with yes or no. ``STAT2`` is SAP's key for the status of an employment, and
    ``EMPLOYMENT`` is SAP's name for it, which other systems use too.
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
    }
)
"""The meaning of each code in each system."""

_NUMBERS = (CodeSystem.ONE_ZERO, CodeSystem.SAP)


def code_system(cells: Collection[str], kind: WordKind, name: NameOfCodes) -> CodeSystem | None:
    """Return the system of the codes in a column, or ``None`` if each word of the column means what it means anywhere.

    ``cells`` are the filled cells of the column.
    """
    codes = {fold_text(cell) for cell in cells} - {""}
    if kind is WordKind.ADDRESS_TYPE:
        return CodeSystem.MAIL if codes and codes <= CODE_MEANINGS[CodeSystem.MAIL].keys() else None
    if kind is not WordKind.STATUS or not codes:
        return None
    if codes <= {"t", "f"}:
        return CodeSystem.TRUE_FALSE if "f" in codes or name is NameOfCodes.QUESTION else None
    return _number_system(codes, name) if all(map(str.isdecimal, codes)) else None


def _number_system(codes: Collection[str], name: NameOfCodes) -> CodeSystem:
    numbers = set(codes)
    if name is not NameOfCodes.STAT2 and numbers <= {"0", "1"}:
        return CodeSystem.ONE_ZERO
    # Other systems count from 1, and their 3 may be a person who left.
    has_both_ends = name is NameOfCodes.EMPLOYMENT and numbers >= {"0", "3"}
    is_sap = (name is NameOfCodes.STAT2 or has_both_ends) and numbers <= {"0", "1", "2", "3"}
    return CodeSystem.SAP if is_sap else CodeSystem.UNCLEAR


def column_words(
    columns: Iterable[str], codes: Mapping[str, CodeSystem], own: StatusWords
) -> Mapping[str, Mapping[str, WordMeaning]]:
    """Return the words of each column that mean something else than the lists of words say, by the column's name.

    ``columns`` are the columns of statuses, in which the words ``own`` of the operator count too. ``codes`` has the
    systems of codes in these and other columns.
    """
    listed = {name: dict(CODE_MEANINGS[system]) for name, system in codes.items()}
    return listed | {name: {**listed.get(name, {}), **own_meanings(own)} for name in columns}


def breaks_system(cell: str, system: CodeSystem) -> bool:
    """Say whether a cell shows that the codes of its column are of another system than the first rows seem to have."""
    code = fold_text(cell)
    if system is CodeSystem.TRUE_FALSE:
        return bool(code) and len(code) <= LONGEST_CODE and code not in CODE_MEANINGS[system]
    return system in _NUMBERS and code.isdecimal() and code not in CODE_MEANINGS[system]
