"""The settings that choose the people to invite: rules about columns of the exports, and domains of addresses.

A rule is a text such as ``Country=DE,AT`` (``model.filters``). A setting is a list of rules. An environment variable
has all rules in one text, with a semicolon between two rules, since a comma separates two values. A file of settings
may have a table in place of the list: the columns with their values.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from onboarding.model.choices import ColumnOptions
from onboarding.model.filters import ONLY, SKIP, FilterRule, Filters, quoted_value
from onboarding.settings.fields import option_field
from onboarding.settings.reading import ReadingSettings
from onboarding.settings.values import Domains, check_text

_RULES = re.compile(r'(?:[^;"]|"[^"]*"?)+')
_TABLE = 'write a table like {Country = ["DE", "AT"]}'


def _read_rules(value: object) -> object:
    """Return the rules of a text or of a table as a list of texts. Any other value is returned unchanged."""
    if isinstance(value, str):
        return tuple(rule.strip() for rule in _RULES.findall(value) if rule.strip())
    if isinstance(value, Mapping):
        return tuple(rule for column, cells in value.items() for rule in _rules_of(str(column), cells))
    return value


def _rules_of(column: str, value: object) -> Iterator[str]:
    """Yield the rules about one column of a table. A value that begins with ``<`` or ``>`` compares dates."""
    if any(sign in column.rpartition(":")[2] for sign in "=<>"):
        raise ValueError("name a column whose header has = < or > by its letter or number")
    cells = value if isinstance(value, (list, tuple)) else (value,)
    if not cells or not all(isinstance(cell, (str, int, date)) and not isinstance(cell, bool) for cell in cells):
        raise ValueError(_TABLE)
    texts = [str(cell).strip() for cell in cells]
    values = [quoted_value(text) for text in texts if not text.startswith(("<", ">"))]
    if values:
        yield f"{column}={','.join(values)}"
    yield from (f"{column}{text}" for text in texts if text.startswith(("<", ">")))


def _check_only(text: str) -> str:
    check_text(text, is_path=False)
    FilterRule.parse(text, ONLY)
    return text


def _check_skip(text: str) -> str:
    check_text(text, is_path=False)
    FilterRule.parse(text, SKIP)
    return text


_READ_RULES = BeforeValidator(_read_rules, json_schema_input_type=str | list[str] | dict[str, str | list[str]])
OnlyRules = Annotated[tuple[Annotated[str, AfterValidator(_check_only)], ...], _READ_RULES]
SkipRules = Annotated[tuple[Annotated[str, AfterValidator(_check_skip)], ...], _READ_RULES]


class FilterSettings(ReadingSettings):
    """The settings that choose the people to invite. ``Settings`` has all settings of a run."""

    only: OnlyRules = option_field("only", (), repr=False)
    skip: SkipRules = option_field("skip", (), repr=False)
    allow_domain: Domains = option_field("allow_domain", ())
    deny_domain: Domains = option_field("deny_domain", ())

    @model_validator(mode="after")
    def _check_who_is_invited(self) -> Self:
        self.filters().check()
        if both := [domain for domain in self.allow_domain if domain in self.deny_domain]:
            raise ValueError(f"--allow-domain and --deny-domain both name {both[0]}; drop it from one")
        return self

    def columns(self, today: date) -> ColumnOptions:
        """Return the columns that the operator has named, also in rules. ``today`` is the day of the run."""
        return replace(super().columns(today), filters=self.filters())

    def filters(self) -> Filters:
        """Return the rules that choose people by the cells of their rows."""
        return Filters.of(self.only, self.skip)

    def _refuse_rules_for_members(self) -> None:
        """Raise ``ValueError`` if a rule names no export, since the members of ``--move-from`` have no columns."""
        if any(not rule.file for rule in self.filters().rules):
            raise ValueError(
                "--only and --skip read columns of exports, and the members of --move-from have none; name the export"
                " that a rule is for, as in 'staff.csv:Country=DE', or drop --move-from"
            )
