"""What does the page show, in the order in which it is read?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from onboarding.model.dispositions import Disposition, Reason
from onboarding.reports.changes import NEW, Changes, DispositionChange
from onboarding.reports.page.charts import BarSegment, ProgressChart, bar, in_words, progress_chart
from onboarding.reports.page.facts import Fact, ending_of, facts_of, settings_of
from onboarding.reports.page.figures import PageFigures, RowForAPerson
from onboarding.reports.summary import Summary, short_names
from onboarding.reports.words import (
    DISPOSITIONS,
    FOR_A_PERSON,
    LEFT_OUT,
    ORDER,
    REASONS,
    counted,
    label_of,
    share,
    sum_of,
    why,
)

DOMAINS_SHOWN = 12
SOURCES_OPEN = 12
"""How many exports are told at once; the others are told when the reader asks for them."""

NO_BREAK = "\N{NO-BREAK SPACE}"

SHORTEST_BAR = 1.5
"""In per cent, so that there is something to see of whatever has rows."""


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One of the large numbers, ``kind`` being what the eye knows it by."""

    kind: str
    label: str
    rows: int
    share: str


@dataclass(frozen=True, slots=True)
class DispositionRow:
    """What is told of a disposition."""

    disposition: Disposition
    label: str
    rows: int
    share: str
    meaning: str
    reasons: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A domain or an export, and what became of its rows: ``columns`` are as ``PageView.columns``."""

    name: str
    whole_name: str
    note: str
    rows: int
    columns: tuple[int, ...]
    bar: tuple[BarSegment, ...]
    words: str


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row in a table of what needs a person."""

    where: str
    name: str = field(repr=False)
    email_as_given: str = field(repr=False)
    why: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """The rows of one disposition that need a person; ``rows`` counts also those that are not listed."""

    disposition: Disposition
    label: str
    rows: int
    remedy: str
    listed: tuple[ListedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """All that the page shows. Numbers are rows."""

    headline: str
    ending: str
    is_settled: bool
    figures: tuple[KeyFigure, ...]
    bar: tuple[BarSegment, ...]
    words: str
    fates: tuple[DispositionRow, ...]
    progress: ProgressChart | None
    columns: tuple[Fact, ...]
    domains: tuple[Breakdown, ...]
    domains_note: str
    sources: tuple[Breakdown, ...]
    more_sources: tuple[Breakdown, ...]
    to_do: int
    listed: int
    groups: tuple[ListedGroup, ...]
    changes: tuple[DispositionChange, ...]
    facts: tuple[Fact, ...]
    settings: tuple[Fact, ...]


def view_of(summary: Summary, figures: PageFigures) -> PageView:
    """Return what the page shows of a run."""
    counts = summary.counts
    groups = _groups(summary, figures)
    domains = figures.domains.largest(DOMAINS_SHOWN)
    sources = _sources(summary)
    return PageView(
        headline=_headline(summary),
        ending=ending_of(summary),
        is_settled=summary.exit_code == 0,
        figures=_figures(summary),
        bar=bar(counts),
        words=in_words(counts),
        fates=tuple(_fate(each, summary, figures) for each in ORDER if counts.get(each)),
        progress=progress_chart(summary.course),
        columns=tuple(map(Fact, _KINDS, _column_labels(summary))),
        domains=tuple(_parts(domains, {}, {})),
        domains_note=_domains_note(figures, domains, summary.rows_read),
        sources=sources[:SOURCES_OPEN],
        more_sources=sources[SOURCES_OPEN:],
        to_do=sum_of(counts, FOR_A_PERSON),
        listed=sum(len(group.listed) for group in groups),
        groups=groups,
        changes=tuple(_changes(summary.changes)) if summary.changes else (),
        facts=facts_of(summary),
        settings=settings_of(summary),
    )


def _changes(changes: Changes) -> Iterator[DispositionChange]:
    """Yield the moves of people in words, and last who is in no export any more."""
    for move in changes.moves:
        before = "Not in the exports" if move.before == NEW else label_of(move.before)
        yield DispositionChange(before, label_of(move.now), move.people)
    if changes.gone:
        yield DispositionChange("In the exports", "Not in them any more", changes.gone)


_COLUMNS = ((Disposition.INVITED, Disposition.PLANNED), (Disposition.ALREADY,), LEFT_OUT, FOR_A_PERSON)
_KINDS = ("done", "there", "left", "person")


def _column_labels(summary: Summary) -> tuple[str, ...]:
    """Return what the page calls the dispositions of each column; a plan invites nobody yet."""
    done = Disposition.PLANNED if summary.command == "plan" else Disposition.INVITED
    return (label_of(done), label_of(Disposition.ALREADY), "Left out", "Need a person")


def _headline(summary: Summary) -> str:
    """Return what happened, in one or two sentences."""
    if not summary.rows_read:
        return "The exports have no rows."
    to_do = sum_of(summary.counts, FOR_A_PERSON)
    rest = f"{counted(to_do, 'row needs', 'rows need')} a person." if to_do else "No row needs a person."
    return f"{_invited(summary)}. {rest}"


def _invited(summary: Summary) -> str:
    is_plan = summary.command == "plan"
    invited = summary.counts.get(Disposition.PLANNED if is_plan else Disposition.INVITED, 0)
    already = summary.counts.get(Disposition.ALREADY, 0)
    who = counted(invited, "person", "people") if invited else "Nobody"
    verb = "would be" if is_plan else "were" if invited > 1 else "was"
    rehearsed = " in a rehearsal" if summary.is_rehearsal and not is_plan else ""
    if not already:
        return f"{who} {verb} invited{rehearsed}"
    there = ("is" if already == 1 else "are") if is_plan else ("was" if already == 1 else "were")
    return f"{who} {verb} invited{rehearsed}, {already:,} {there} there already"


def _figures(summary: Summary) -> tuple[KeyFigure, ...]:
    numbers = (sum_of(summary.counts, dispositions) for dispositions in _COLUMNS)
    return tuple(
        KeyFigure(kind, label, number, share(number, summary.rows_read))
        for kind, label, number in zip(_KINDS, _column_labels(summary), numbers, strict=True)
    )


def _fate(disposition: Disposition, summary: Summary, figures: PageFigures) -> DispositionRow:
    rows, words = summary.counts[disposition], DISPOSITIONS[disposition]
    reasons = [(reason, number) for (of, reason), number in figures.reasons.most_common() if of is disposition]
    in_words = "; ".join(f"{REASONS[Reason(reason)]}: {number:,}" for reason, number in reasons)
    return DispositionRow(disposition, words.label, rows, share(rows, summary.rows_read), words.meaning, in_words)


def _parts(
    counts_by_name: Mapping[str, Mapping[Disposition, int]], short: Mapping[str, str], notes: Mapping[str, str]
) -> Iterator[Breakdown]:
    """Yield parts of the whole; their bars are as long as they have rows, compared with the largest."""
    rows = {name: sum(counts.values()) for name, counts in counts_by_name.items()}
    most = max(rows.values(), default=0) or 1
    for name, counts in counts_by_name.items():
        yield Breakdown(
            short.get(name, name),
            name,
            notes.get(name, ""),
            rows[name],
            tuple(sum_of(counts, dispositions) for dispositions in _COLUMNS),
            bar(counts, room=max(100 * rows[name] / most, SHORTEST_BAR)),
            in_words(counts),
        )


def _sources(summary: Summary) -> tuple[Breakdown, ...]:
    notes = {str(facts.get("source")): _note(facts) for facts in summary.inputs}
    return tuple(_parts(summary.counts_by_source, short_names(summary.counts_by_source), notes))


def _note(facts: Mapping[str, object]) -> str:
    """Return how an export was understood, in a few words."""
    columns, header = facts.get("columns"), facts.get("header_row")
    address = columns.get("email_as_given") or columns.get("email") if isinstance(columns, Mapping) else None
    told = [facts.get("format"), facts.get("encoding"), header and f"header in row {header}"]
    return ", ".join(str(each) for each in [*told, address and f"addresses in “{address}”"] if each)


def _domains_note(figures: PageFigures, shown: Mapping[str, Mapping[Disposition, int]], rows_read: int) -> str:
    domains = figures.domains
    rest = domains.rows - sum(sum(counts.values()) for counts in shown.values())
    about = "At least " if domains.is_rough else ""
    told = []
    if (more := len(domains) - len(shown)) > 0:
        told.append(f"{about}{counted(more, 'more domain has', 'more domains have')} {counted(rest, 'row', 'rows')}.")
    if without := rows_read - domains.rows:
        told.append(f"{counted(without, 'row has', 'rows have')} no usable address.")
    return " ".join(told)


def _groups(summary: Summary, figures: PageFigures) -> tuple[ListedGroup, ...]:
    names = short_names(summary.counts_by_source)
    return tuple(
        ListedGroup(
            disposition,
            DISPOSITIONS[disposition].label,
            summary.counts[disposition],
            DISPOSITIONS[disposition].remedy,
            tuple(_listed(disposition, row, names) for row in rows),
        )
        for disposition, rows in figures.rows().items()
        if summary.counts.get(disposition)
    )


def _listed(disposition: Disposition, row: RowForAPerson, names: Mapping[str, str]) -> ListedRow:
    where = ", ".join(
        filter(None, (names.get(row.source, row.source), row.sheet and f"sheet {row.sheet}", f"row{NO_BREAK}{row.row}"))
    )
    return ListedRow(where, row.name, row.email_as_given, row.detail or why(disposition, row.reason, ""))
