"""The rules of ``--only`` and ``--skip``. A rule chooses people by the cells of a column of an export.

::

    Country=DE,AT            the cell is one of these values; ``Berlin*`` is any text that begins with ``Berlin``
    Type=                    the cell is empty
    Start>=2026-12-01        the cell is a date, on this day or later; also ``>``, ``<=`` and ``<``
    staff*.csv:Country=DE    a rule for the exports whose names fit the pattern ``staff*.csv``

Case and outer white space do not matter. Quotes around a value keep its commas: ``Team="Sales, North"``. An empty cell
fits only the empty value. It does not fit ``*`` or a comparison.

All rules of one flag about one column form a group. A cell fits a group if it is one of the values in the group's
rules. A cell also fits if its date meets all comparisons in the rules, so that two comparisons make a span of days.
``--only`` selects a person whose cells fit every group. ``--skip`` leaves out a person whose cells fit any group. The
module ``preparing.filters`` decides about rows by these rules. This module imports no slow library.
"""

import operator
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from types import MappingProxyType
from typing import Any

from onboarding.model.file_patterns import fits_file
from onboarding.model.printable import without_addresses
from onboarding.model.routes import comparable
from onboarding.model.values import dataclass

ONLY, SKIP = "--only", "--skip"

COMPARISONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
)
"""The signs of comparisons of a cell's date with the day of a rule, each with the function that compares."""

LONGEST_SHOWN = 80
"""The most characters of a rule in a message or detail."""

SYNTAX = "write COLUMN=VALUE, as in Country=DE, or COLUMN>=DAY, as in Start>=2026-12-01"
"""The advice for a text that is no rule."""

_FILE = re.compile(r"\s*((?:[a-z0-9]+://.*?|(?:[A-Za-z]:[\\/])?[^:=<>]*?)(?:\*|\.[A-Za-z0-9]{1,8})):(.*)", re.DOTALL)
_RULE = re.compile(r"([^=<>]*)(<=|>=|=|<|>)(.*)", re.DOTALL)
_VALUE = re.compile(r'\s*(?:"((?:[^"]|"")*)"|((?!")[^,]*?))\s*(,|$)')
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class FilterRule:
    """One rule of ``--only`` or ``--skip``.

    ``flag`` is the flag, and ``column`` the column as the operator named it. ``file`` is the pattern of the exports to
    which the rule applies, or empty for all exports. ``values`` are the values that fit, as written. If the rule
    compares dates, ``comparison`` is its sign and ``day`` its day, and there are no values. ``text`` is the rule as
    typed.
    """

    flag: str
    column: str
    file: str = ""
    values: tuple[str, ...] = field(default=(), repr=False)
    comparison: str = ""
    day: date | None = None
    text: str = field(default="", repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, flag: str) -> "FilterRule":
        """Parse the text of a rule, and return the rule. Raises ``ValueError`` with advice if the text is no rule."""
        file, rest = _split_file(text)
        found = _RULE.fullmatch(rest)
        if not found or not (column := found[1].strip()):
            raise ValueError(SYNTAX)
        if column.endswith("!"):
            other = SKIP if flag == ONLY else ONLY
            raise ValueError(f"{SYNTAX}; to say what a cell must not be, use {other}")
        if found[2] == "=":
            return cls(flag, column, file, tuple(dict.fromkeys(_values(found[3]))), text=text)
        return cls(flag, column, file, comparison=found[2], day=_day(found[3]), text=text)

    @property
    def words(self) -> str:
        """The rule without its flag, as an operator may write it."""
        return self.words_with(self.column)

    def words_with(self, column: str) -> str:
        """Return the rule without its flag, with this column in place of its own."""
        return _words(self.file, column, self.comparison, self.values, self.day)

    def is_for(self, source: str) -> bool:
        """Say whether the rule applies to the export with this path or URI."""
        return not self.file or fits_file(self.file, source)

    def with_file(self, file: str) -> str:
        """Return the rule in a form for a shell, limited to the exports ``file``. ``…`` replaces possible addresses."""
        return self._for_shell(file, self.column)

    def with_column(self, column: str) -> str:
        """Return the rule in a form for a shell, with this column. ``…`` replaces words that may be addresses."""
        return self._for_shell(self.file, column)

    @property
    def shown(self) -> str:
        """The rule in a form for a shell, cut if it is long. ``…`` replaces possible addresses."""
        return self._for_shell(self.file, self.column)

    def _for_shell(self, file: str, column: str) -> str:
        words = _words(file, column, self.comparison, self.values, self.day)
        return f"{self.flag} {shlex.quote(shortened_rule(words))}"


@dataclass(frozen=True, slots=True)
class FilterEntry:
    """One value of a rule, or the comparison of a rule. A run reports the entries that fit no row of its exports."""

    rule: FilterRule
    value: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The flag and the entry for people, as one short line without addresses."""
        values = () if self.rule.comparison else (self.value,)
        words = _words(self.rule.file, self.rule.column, self.rule.comparison, values, self.rule.day)
        return shortened_rule(f"{self.rule.flag} {words}")


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """All rules of one flag about one column of an export.

    ``entries`` are the values and comparisons of these rules, each with its number among all entries of the run.
    """

    flag: str
    column: str
    entries: tuple[tuple[int, FilterEntry], ...]

    @property
    def comparisons(self) -> tuple[tuple[int, FilterRule], ...]:
        """The rules that compare dates, with the numbers of their entries."""
        return tuple((number, entry.rule) for number, entry in self.entries if entry.rule.comparison)

    @property
    def shown(self) -> str:
        """The flag and all rules of the group for people, as one short line without addresses."""
        rules = dict.fromkeys(entry.rule.words for _, entry in self.entries)
        return shortened_rule(f"{self.flag} {', '.join(rules)}")


@dataclass(frozen=True, slots=True)
class Filters:
    """The rules of ``--only`` and ``--skip`` of a run."""

    rules: tuple[FilterRule, ...] = ()

    @classmethod
    def of(cls, only: Sequence[str] = (), skip: Sequence[str] = ()) -> "Filters":
        """Return the rules in the texts ``only`` and ``skip``.

        Raises ``ValueError`` with advice if a text is no rule.
        """
        texts = (*((text, ONLY) for text in only), *((text, SKIP) for text in skip))
        return cls(tuple(FilterRule.parse(text, flag) for text, flag in texts))

    def for_source(self, source: str) -> "Filters":
        """Return the rules that apply to the export with this path or URI."""
        return Filters(tuple(rule for rule in self.rules if rule.is_for(source)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the rules, each once, as the operator wrote them."""
        return tuple(dict.fromkeys(rule.column for rule in self.rules))

    @property
    def compared_columns(self) -> frozenset[str]:
        """The columns whose dates the rules compare."""
        return frozenset(rule.column for rule in self.rules if rule.comparison)

    @property
    def entries(self) -> tuple[FilterEntry, ...]:
        """All values and comparisons of the rules, in their order."""
        return tuple(
            FilterEntry(rule, value) for rule in self.rules for value in (rule.values if not rule.comparison else ("",))
        )

    def groups(self, source: str) -> Iterator[FilterGroup]:
        """Yield the rules for the export with this path or URI, in groups by flag and column, ``--only`` first."""
        found: dict[tuple[str, str], list[tuple[int, FilterEntry]]] = {}
        for number, entry in enumerate(self.entries):
            if entry.rule.is_for(source):
                found.setdefault((entry.rule.flag, entry.rule.column), []).append((number, entry))
        for (flag, column), entries in sorted(found.items(), key=lambda group: group[0][0] == SKIP):
            yield FilterGroup(flag, column, tuple(entries))

    def check(self) -> None:
        """Raise ``ValueError`` with advice if rules contradict each other, so that no row can fit them."""
        for group in self._alike():
            days = [rule.day for rule in group if rule.day]
            if days and not any(all(_fits(day, rule) for rule in group if rule.day) for day in _near(days)):
                more = "; the days between two days are for --only" if group[0].flag == SKIP else ""
                column = shortened_rule(group[0].column)
                raise ValueError(f'no day fits all comparisons of {group[0].flag} with "{column}"; drop one{more}')
        named = {flag: set(_named_values(self.rules, flag)) for flag in (ONLY, SKIP)}
        for _, column, _ in sorted(named[ONLY] & named[SKIP]):
            raise ValueError(f'--only and --skip have the same value of "{shortened_rule(column)}"; drop it from one')

    def _alike(self) -> Iterator[list[FilterRule]]:
        """Yield the rules in groups of the same flag, column and file."""
        found: dict[tuple[str, str, str], list[FilterRule]] = {}
        for rule in self.rules:
            found.setdefault((rule.flag, comparable(rule.column), rule.file), []).append(rule)
        yield from found.values()


NO_FILTERS = Filters()
"""The filters of a run without rules."""


def shortened_rule(text: str) -> str:
    """Return the text of a rule for people: one short line, with ``…`` in place of words that may be addresses."""
    words = without_addresses(text)
    return words if len(words) <= LONGEST_SHOWN else f"{words[: LONGEST_SHOWN - 1]}…"


def _split_file(text: str) -> tuple[str, str]:
    """Return the pattern of exports before the colon of a rule, or an empty text, and the rest of the rule."""
    found = _FILE.fullmatch(text)
    return (found[1], found[2]) if found and _RULE.fullmatch(found[2]) else ("", text)


def _values(text: str) -> Iterator[str]:
    at, sign = 0, ","
    while sign:
        found = _VALUE.match(text, at)
        if not found:
            raise ValueError("close the quotes around the value, and write a comma between two values")
        if found[1] is None and found[2].startswith(("=", "<", ">")):
            raise ValueError(f"{SYNTAX}; put quotes around a value that begins with such a sign")
        yield found[2] if found[1] is None else found[1].replace('""', '"')
        at, sign = found.end(), found[3]


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("write a day that exists, like 2026-12-01, after the sign") from None
    raise ValueError("write a day like 2026-12-01 after the sign")


def _words(file: str, column: str, comparison: str, values: Sequence[str], day: date | None) -> str:
    place = f"{file}:{column}" if file else column
    return f"{place}{comparison}{day}" if comparison else f"{place}={','.join(map(quoted_value, values))}"


def quoted_value(value: str) -> str:
    """Return a value in its form in a rule: in quotes if a plain value would change the meaning of the rule."""
    is_plain = not any(sign in value for sign in ',;"') and not value.lstrip().startswith(("=", "<", ">"))
    return value if is_plain else '"' + value.replace('"', '""') + '"'


def _near(days: Sequence[date]) -> Iterator[date]:
    """Yield each of ``days``, its previous day and its next day. Leave out days outside of the calendar."""
    for number in {day.toordinal() + by for day in days for by in (-1, 0, 1)}:
        if 1 <= number <= date.max.toordinal():
            yield date.fromordinal(number)


def _fits(day: date, rule: FilterRule) -> bool:
    return bool(COMPARISONS[rule.comparison](day, rule.day))


def _named_values(rules: Sequence[FilterRule], flag: str) -> Iterator[tuple[str, str, str]]:
    for rule in rules:
        if rule.flag == flag:
            yield from ((rule.file, comparable(rule.column), comparable(value)) for value in rule.values)
