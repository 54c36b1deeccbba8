"""Find the column that the user named by its header, letter or number, and name columns in messages.

``A`` and ``1`` mean the first column. If the header of a column is ``E``, then ``E`` means this column and not the
fifth column. Messages show the header of a column. If two columns have the same header, messages also show the columns'
letters, so that the user can choose one of them.
"""

import re
from collections.abc import Callable, Sequence
from string import ascii_uppercase

from onboarding.exports.layout.column_names import NAMES, compact_name, plain_words
from onboarding.exports.layout.name_words import NameClaim, may_mean_mail, name_claim
from onboarding.exports.layout.policy_names import is_unmistakable
from onboarding.exports.tables import Unreadable
from onboarding.model.blank import BLANK
from onboarding.model.mistyped import Mistyped, most_similar
from onboarding.model.printable import without_addresses

NAMES_SHOWN = 12
"""The most names of columns that a message lists."""

_LETTERS = re.compile(r"[A-Za-z]{1,3}")
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")

_KNOWN = frozenset().union(
    *(NAMES[kind] for kind in ("account", "employee_id", "full_name", "given_name", "family_name"))
)


def find_named_column(header: Sequence[str], wanted: str, *, flag: str, by_position: bool = True) -> int:
    """Return the index of the column that the user named (``wanted``).

    ``header`` are the names of the columns. ``flag`` is the option with which the user named the column, for the
    error's message. If ``by_position`` is true, ``wanted`` may also be a letter or a number. Raises ``Unreadable`` if
    no column or more than one column has the name.
    """
    match columns_called(header, wanted):
        case [index]:
            return index
        case []:
            index = _position(wanted) if by_position else len(header)
            if index < len(header):
                return index
            meant = similar_column(header, wanted)
            why = f'no column "{shortened(wanted)}" ({flag}); {seen_columns(header)}{did_you_mean(meant)}'
            raise Unreadable(why, mistyped=Mistyped(wanted, meant))
        case same:
            columns = " and ".join(column_letter(index) for index in same[:NAMES_SHOWN])
            advice = choose_with(header, same, flag=flag) if by_position else "rename one"
            raise Unreadable(f'columns {columns} are both "{shortened(wanted)}"; {advice}')


def find_or_none(header: Sequence[str], wanted: str, *, advice: Callable[[str], str]) -> int | None:
    """Return the index of the column with the name, letter or number ``wanted``, or None if there is no such column.

    Raises ``Unreadable`` if several columns have the name. ``advice`` returns, for a letter, the text that the user may
    write to choose the column with this letter.
    """
    same = columns_called(header, wanted)
    if len(same) > 1:
        columns = " and ".join(column_letter(index) for index in same[:NAMES_SHOWN])
        ways = [way for index in same[:NAMES_SHOWN] if (way := _unmistakable(header, index))]
        choose = f"choose with {' or '.join(map(advice, ways))}" if ways else "rename one"
        raise Unreadable(f'columns {columns} are both "{shortened(wanted)}"; {choose}')
    index = same[0] if same else _position(wanted)
    return index if index < len(header) else None


def similar_column(header: Sequence[str], wanted: str) -> str:
    """Return the name of the column that is most similar to ``wanted``, or an empty text if no name is similar.

    If the header contains no known name, its cells may be a person's record, and the result is empty. The function
    ignores names that two columns share, and names that a message cannot show whole.
    """
    if not count_known_names(header):
        return ""
    names = {plain_words(name): name for index, name in enumerate(header) if _can_be_copied(header, index)}
    return names.get(most_similar(plain_words(wanted), names), "")


def did_you_mean(name: str) -> str:
    """Return a question for the end of a message: whether the user means the column ``name``.

    The text is empty if ``name`` is empty.
    """
    return f'. Did you mean "{name}"?' if name else ""


def columns_called(header: Sequence[str], wanted: str) -> list[int]:
    """Return the indices of the columns with exactly this name, or else of the columns with the same plain words.

    Plain words have no capitals, accents and punctuation.
    """
    exact = [index for index, name in enumerate(header) if name.strip(BLANK) == wanted.strip(BLANK)]
    words = plain_words(wanted)
    return exact or [index for index, name in enumerate(header) if words and plain_words(name) == words]


def choose_with(header: Sequence[str], columns: Sequence[int], *, flag: str) -> str:
    """Return advice to choose one of the given columns with the option ``flag``.

    If two columns have the same name, the advice shows their letters.
    """
    if all(_can_be_copied(header, index) for index in columns):
        return f"choose with {flag}"
    ways = [way for index in columns[:NAMES_SHOWN] if (way := _unmistakable(header, index))]
    return f"choose with {' or '.join(f'{flag} {way}' for way in ways)}" if ways else "rename one"


def column_letter(index: int) -> str:
    """Return a spreadsheet's letters for a column: ``A`` for index 0, ``AA`` for index 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, len(ascii_uppercase))
        letters = ascii_uppercase[rest] + letters
    return letters


def listed_columns(header: Sequence[str], columns: Sequence[int]) -> str:
    """Return some columns for a message: the names in quotes, and a column's letter if its name is not unique."""
    return quoted_names(
        [shortened(header[index]) for index in columns],
        ["" if _can_be_copied(header, index) else f" (column {column_letter(index)})" for index in columns],
    )


def quoted_names(names: Sequence[str], notes: Sequence[str] = ()) -> str:
    """Return a text for a message: the first few names in quotes, and the number of names that the text leaves out.

    ``notes`` are the texts to write after each name; empty for no texts.
    """
    after = notes or [""] * len(names)
    shown = ", ".join(f'"{name}"{note}' for name, note in list(zip(names, after, strict=True))[:NAMES_SHOWN])
    return shown + (f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else "")


def seen_columns(header: Sequence[str]) -> str:
    """Return a clause for a message that lists the names of the columns.

    If the job knows none of the names, they may be the cells of a person's record. The clause then leaves out the
    names.
    """
    if not count_known_names(header):
        return "the first row with anything in it does not look like column names"
    return f"the columns are {quoted_names(list(map(shortened, header)))}"


def count_known_names(header: Sequence[str]) -> int:
    """Return the number of names in a header that are known names of HR systems' columns."""
    return sum(
        compact_name(name) in _KNOWN
        or is_unmistakable(name)
        or (may_mean_mail(name) and name_claim(name) >= NameClaim.MAIL)
        for name in header
    )


def shortened(name: str) -> str:
    """Return a column's name for a message: cut to one short line, and without addresses."""
    text = without_addresses(name)
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 enough to recognise it


def _position(wanted: str) -> int:
    """Return the index of a column from its letter or number. The result for other texts is a very high number."""
    text = wanted.strip(BLANK)
    if _NUMBER.fullmatch(text):
        return int(text) - 1
    if not _LETTERS.fullmatch(text):
        return 2**31
    index = 0
    for letter in text.upper():
        index = index * len(ascii_uppercase) + ascii_uppercase.index(letter) + 1
    return index - 1


def _can_be_copied(header: Sequence[str], index: int) -> bool:
    """Say whether the name of a column is unique, and whether a message shows the whole name."""
    name = header[index]
    return bool(name.strip(BLANK)) and shortened(name) == name and len(columns_called(header, name)) == 1


def _unmistakable(header: Sequence[str], index: int) -> str:
    """Return a column's letter, or its number if the letter is another column's name.

    If both are names of other columns, return an empty text.
    """
    return next((way for way in (column_letter(index), str(index + 1)) if not columns_called(header, way)), "")
