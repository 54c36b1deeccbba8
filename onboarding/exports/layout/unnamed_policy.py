"""Ask about columns with unknown names if their cells may show who has left, and name the columns that the job ignores.

The job does not ask about a column whose name clearly means something else, such as ``Marital Status``.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from onboarding.exports.layout.named_columns import (
    choose_with,
    column_letter,
    columns_called,
    find_or_none,
    quoted_names,
    shortened,
)
from onboarding.exports.layout.policy_cells import some_cell
from onboarding.exports.layout.policy_columns import (
    BLOCKED,
    ENDS_ON,
    FLAGS,
    SAYS_WHO_LEFT,
    STATUS,
    PolicyChoice,
    PolicyTable,
    as_choice,
    choose_policy,
)
from onboarding.exports.layout.policy_names import PolicyWord, policy_words
from onboarding.exports.tables import Unreadable
from onboarding.exports.words.meanings import WordKind, WordMeaning, word_meaning

IGNORE_FLAG = "--ignore-column"

MOST = 0.8
"""The least share of words for statuses, or of dates, in a column about which the job asks."""

HALF = 0.5
"""The least share of telling words, or of past days among the dates, in a column about which the job asks.

A telling word is rare outside columns of statuses.
"""

EMPTY = 0.1
"""The least share of empty cells in a column of last days, since most people have no last day."""

A_WORKING_LIFE_AGO = timedelta(days=18 * 365)
"""The longest time since a person's last day at work. If most days in a column are earlier, these are days of birth."""


def policy_choice(table: PolicyTable) -> PolicyChoice:
    """Return the columns of policy, which decide who is invited. ``table`` is the header and the first records.

    Raises ``Unreadable`` if the user must explain a column.
    """
    chosen, notes = choose_policy(table)
    found = dict(chosen)
    if reasons := _reasons(table, found):
        found[BLOCKED] = [*found.get(BLOCKED, ()), *reasons]
        notes = (*notes, *(f"Who has a word in {table.listed(at)} counts as gone." for at in reasons))
    used = {at for columns in found.values() for at in columns}
    used |= {at for name in table.options.routing for at in columns_called(table.header, name)}
    unused = [at for at in table.free if at not in used and at not in table.addresses]
    left = [at for at in unused if _may_be_policy(table.header[at])]
    for role, columns in (
        (STATUS, [at for at in left if _may_be_status(table, at, found)]),
        (ENDS_ON, [at for at in left if _may_be_last_days(table, at, found)]),
    ):
        if columns:
            raise Unreadable(_question(table, role, columns))
    choice = as_choice(table, found, notes)
    if any(role in found for role in SAYS_WHO_LEFT):
        return choice
    return PolicyChoice(choice.columns, choice.codes, (*choice.notes, *_not_used(table, unused)))


def _reasons(table: PolicyTable, found: Mapping[str, Sequence[int]]) -> list[int]:
    """Return the columns of reasons for leaving, or no columns if the job has found a column of statuses.

    A column of reasons is empty for people at work.
    """
    used = {at for columns in found.values() for at in columns}
    return [
        at
        for at in table.free
        if STATUS not in found
        and at not in used
        and not policy_words(table.header[at]).isdisjoint((PolicyWord.END, PolicyWord.GONE))
        and _may_be_policy(table.header[at])
        and table.cells(at).empty
        and table.cells(at).telling_share() >= HALF
    ]


def _may_be_policy(name: str) -> bool:
    return policy_words(name).isdisjoint((PolicyWord.OTHER, PolicyWord.START))


def _question(table: PolicyTable, role: str, columns: Sequence[int]) -> str:
    named = " and ".join(
        f'"{shortened(table.header[at])}"' if table.header[at] else f"column {column_letter(at)}" for at in columns
    )
    what = "words for a status" if role == STATUS else "past days beside empty cells"
    ways = f"{choose_with(table.header, columns, flag=FLAGS[role])}, or say with {IGNORE_FLAG} that it means nothing"
    return f"{named} may say who has left: its cells are {what}; {ways}"


def _may_be_status(table: PolicyTable, index: int, found: Mapping[str, Sequence[int]]) -> bool:
    """Say whether a column may contain statuses that no chosen column (``found``) contains.

    The answer is yes if no chosen column contains statuses, or if only this column says that the person of a row left.
    """
    cells = table.cells(index)
    if cells.telling_share() < HALF or cells.known_share(WordKind.STATUS) < MOST:
        return False
    if STATUS not in found:
        return True
    gone = {cell for cell in cells.filled if word_meaning(cell, WordKind.STATUS, table.own) is WordMeaning.GONE}
    said = list(_cells_that_say_gone(table, found))
    return any(
        some_cell(gone, row, index) and not any(some_cell(others, row, at) for at, others in said) for row in table.rows
    )


def _cells_that_say_gone(
    table: PolicyTable, found: Mapping[str, Sequence[int]]
) -> Iterator[tuple[int, frozenset[str]]]:
    """Yield each chosen column that can show that a person left, with the cells that say so or contain a last day."""
    for role in SAYS_WHO_LEFT:
        for at in found.get(role, ()):
            cells = table.cells(at).filled
            if role == ENDS_ON:
                yield at, frozenset(cells)
            else:
                kind = WordKind(role)
                yield at, frozenset(c for c in cells if word_meaning(c, kind, table.own) is WordMeaning.GONE)


def _may_be_last_days(table: PolicyTable, index: int, found: Mapping[str, Sequence[int]]) -> bool:
    if STATUS in found or ENDS_ON in found:
        return False
    cells, today = table.cells(index), table.options.today
    if not cells.filled or cells.date_share(today, numbers=False) < MOST:
        return False
    never = cells.total * (1 - cells.share(lambda cell: not _is_never(cell)))
    if cells.empty + never < max(1, EMPTY * len(table.rows)):
        return False
    return today is None or cells.past_share(today, since=today - A_WORKING_LIFE_AGO) >= HALF


def _is_never(cell: str) -> bool:
    """Say whether a date is so far ahead that it means no date, such as 9999-12-31."""
    return any(year in cell for year in ("9999", "4712", "2999", "2099"))


def _not_used(table: PolicyTable, unused: Sequence[int]) -> Iterator[str]:
    rules = table.options.filters.rules
    in_rules = {find_or_none(table.header, rule.column, advice=rule.with_column) for rule in rules}
    left = [shortened(table.header[at]) for at in unused if table.header[at] and at not in in_rules]
    if left:
        yield f"Columns that were not used: {quoted_names(left)}."
