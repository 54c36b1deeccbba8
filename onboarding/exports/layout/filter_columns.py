"""Find the columns in the rules of ``--only`` and ``--skip``, and refuse exports without one of these columns.

A rule such as ``country=DE`` decides by a column which people a run invites. A rule without the name of a file applies
to all exports. In an export without the rule's column, the rule would leave out no person. So each of the rule's
exports must contain the column.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import PurePosixPath

from onboarding.exports.layout.named_columns import (
    did_you_mean,
    find_or_none,
    seen_columns,
    shortened,
    similar_column,
)
from onboarding.exports.tables import Unreadable
from onboarding.model.errors import InputRefused
from onboarding.model.file_patterns import fits_file
from onboarding.model.filters import FilterRule, Filters
from onboarding.model.mistyped import blaming
from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class FilterColumns:
    """The columns that rules name, in one table.

    ``columns`` maps the name in the rules to the column's index. ``compared`` are the indices of the columns of dates
    that a rule compares with a day. ``missing`` are the rules whose column the table lacks.
    """

    columns: Mapping[str, int] = field(default_factory=dict)
    compared: frozenset[int] = frozenset()
    missing: tuple[FilterRule, ...] = ()


NO_FILTER_COLUMNS = FilterColumns()
"""The value for a table without columns of rules, such as a hand-off workbook.

The run that wrote the workbook has already applied the rules to the people.
"""


def find_filter_columns(header: Sequence[str], filters: Filters) -> FilterColumns:
    """Return the columns that the rules (``filters``) name by header, letter or number.

    Raises ``Unreadable`` if several columns have the name, or if two rules name the same column differently.
    """
    columns: dict[str, int] = {}
    missing = []
    for rule in filters.rules:
        index = find_or_none(header, rule.column, advice=rule.with_column)
        if index is None:
            missing.append(rule)
            continue
        columns[rule.column] = index
        if other := next((name for name, at in columns.items() if at == index and name != rule.column), ""):
            names = f'"{shortened(other)}" and "{shortened(rule.column)}"'
            raise Unreadable(f"rules of --only and --skip call one column {names}; write the same name in each rule")
    compared = frozenset(columns[name] for name in filters.compared_columns if name in columns)
    return FilterColumns(columns, compared, tuple(missing))


def refuse_missing_columns(exports: Sequence[tuple[str, Sequence[str], FilterColumns]]) -> None:
    """Raise ``InputRefused`` if an export lacks a column that a rule for this export names.

    ``exports`` contains the name of each export, the names of its columns, and its columns of rules.
    """
    for source, header, found in exports:
        for rule in found.missing:
            holders = [name for name, _, other in exports if rule.column in other.columns]
            meant = "" if holders else similar_column(header, rule.column)
            what = f'no column "{shortened(rule.column)}" ({rule.shown})'
            advice = _way_out(rule, holders) or seen_columns(header) + did_you_mean(meant)
            error = InputRefused(f"{source}: {what}; {advice}")
            raise blaming(error, rule.text, rule.words_with(meant) if meant else "")


def _way_out(rule: FilterRule, holders: Sequence[str]) -> str:
    """Return advice for a rule with a column that is only in the exports ``holders``.

    The advice is empty if no export contains the column.
    """
    for holder in holders:
        name = PurePosixPath(holder).name
        if _is_file_of(name, holder):
            return f"for a rule that leaves out nobody of this file, name the file it is for: {rule.with_file(name)}"
    return "read the exports that have it in a run of their own" if holders else ""


def _is_file_of(name: str, source: str) -> bool:
    """Say whether a rule that names the file ``name`` applies to the export ``source``."""
    return FilterRule.parse(f"{name}:A=", "").file == name and fits_file(name, source)
