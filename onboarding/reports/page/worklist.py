"""The work list of the page: the rows that need a person, grouped by the problem with them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property

from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.suggestions import suggested_address
from onboarding.model.values import dataclass
from onboarding.reports.page.figures import PageFigures, RowForAPerson
from onboarding.reports.reading import short_names
from onboarding.reports.remedies import Remedy, remedy_of
from onboarding.reports.summary import Summary
from onboarding.reports.words import (
    DISPOSITION_WORDS,
    REASON_PHRASES,
    TO_LOOK_AT,
    as_sentence,
    count_rows,
    explain_disposition,
    label_of,
)

NO_BREAK = "\N{NO-BREAK SPACE}"

_DOMAIN = re.compile(r"@([^\s@,;:<>()\"']+)")


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of the work list. ``is_new`` is True if no earlier run has reported the row.

    ``export`` is the short name of the export, and ``domain`` the domain of the address, or empty without a domain.
    """

    is_new: bool
    export: str
    domain: str = field(repr=False)
    where: str
    employee_id: str = field(repr=False)
    name: str = field(repr=False)
    email_as_given: str = field(repr=False)
    why: str = field(repr=False)
    suggestion: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """The rows of the work list with the same problem.

    ``listed`` has the first rows, and ``rows`` counts all rows.
    """

    disposition: Disposition
    label: str
    title: str
    rows: int
    remedy: Remedy
    listed: tuple[ListedRow, ...]


@dataclass(frozen=True)
class WorkList:
    """The groups of the work list. ``rows`` counts all its rows, even rows that the page leaves out.

    ``unsent`` counts the deferred rows in the groups. The next command sends these rows.

    Groups with rows that no earlier run has reported come first, and then the most urgent groups. The template reads
    the properties for each row, so the class computes them only once.
    """

    rows: int
    unsent: int
    groups: tuple[WorkGroup, ...]

    @cached_property
    def listed(self) -> int:
        """The number of rows that the page lists."""
        return sum(len(group.listed) for group in self.groups)

    @cached_property
    def some_old(self) -> bool:
        """Whether an earlier run has reported any of the listed rows. If so, the page marks the new rows."""
        return not all(row.is_new for group in self.groups for row in group.listed)

    @cached_property
    def has_ids(self) -> bool:
        """Whether any listed row has an employee id."""
        return any(row.employee_id for group in self.groups for row in group.listed)

    @cached_property
    def has_suggestions(self) -> bool:
        """Whether any listed row has a suggestion."""
        return any(row.suggestion for group in self.groups for row in group.listed)


def work_list(summary: Summary, figures: PageFigures) -> WorkList:
    """Return the work list of a run. ``figures`` has its counts, and the first rows that need a person."""
    groups = sorted(_groups(summary, figures), key=lambda group: not any(row.is_new for row in group.listed))
    for_a_person = count_rows(summary.counts, summary.for_a_person)
    return WorkList(for_a_person, for_a_person - count_rows(summary.counts, TO_LOOK_AT), tuple(groups))


def _groups(summary: Summary, figures: PageFigures) -> Iterator[WorkGroup]:
    names = short_names(summary.counts_by_source)
    for disposition, rows in figures.rows().items():
        if disposition not in summary.for_a_person or not summary.counts.get(disposition):
            continue
        for reason, number in _reasons(disposition, summary.counts[disposition], figures):
            here = [row for row in rows if reason in (row.reason, "")]
            yield WorkGroup(
                disposition,
                label_of(disposition),
                _title(disposition, reason),
                number,
                remedy_of(disposition, reason, summary.exit_code),
                tuple(_listed(disposition, row, names) for row in here),
            )


def _title(disposition: Disposition, reason: str) -> str:
    phrase = REASON_PHRASES[Reason(reason)] if reason else DISPOSITION_WORDS[disposition].meaning.removesuffix(".")
    return as_sentence(phrase).removesuffix(".")


def _reasons(disposition: Disposition, rows: int, figures: PageFigures) -> Sequence[tuple[str, int]]:
    """Return the reasons that make the groups of a disposition, each with its number of rows."""
    found = [(reason, number) for (of, reason), number in figures.reasons.most_common() if of is disposition]
    if disposition in (Disposition.HELD, Disposition.REJECTED) and sum(number for _, number in found) == rows:
        return found
    return [("", rows)]


def _listed(disposition: Disposition, row: RowForAPerson, names: Mapping[str, str]) -> ListedRow:
    export = names.get(row.source, row.source)
    parts = (export, row.sheet and f"sheet {row.sheet}", f"row{NO_BREAK}{row.row}")
    domain = _DOMAIN.search(row.email or row.email_as_given)
    why = row.detail or explain_disposition(disposition, row.reason, "")
    suggestion = suggested_address(row.detail, row.email_as_given)
    return ListedRow(
        row.is_new,
        export,
        domain[1].rstrip(".").lower() if domain else "",
        ", ".join(filter(None, parts)),
        row.employee_id,
        row.name,
        row.email_as_given,
        why.replace(f"Did you mean {suggestion}? ", "") if suggestion else why,
        suggestion,
    )
