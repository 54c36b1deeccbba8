"""The data about rows that the page shows: key figures, charts, tables, the list of rows for a person, and changes.

``page`` has the facts about the run itself and writes the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from onboarding.model.amounts import with_noun
from onboarding.model.changes import NEW, Changes, DispositionChange
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.model.sent import Moment
from onboarding.model.values import dataclass
from onboarding.reports.changes import NOT_IN_EXPORTS
from onboarding.reports.page.charts import BarSegment, ProgressChart, bar, in_words, progress_chart
from onboarding.reports.page.figures import PageFigures
from onboarding.reports.page.story import TrendRow, WaveRow, trend_rows, wave_rows
from onboarding.reports.page.worklist import WorkList, work_list
from onboarding.reports.reading import form_in_words, reading_in_words, short_names
from onboarding.reports.summary import Summary
from onboarding.reports.words import (
    DISPOSITION_WORDS,
    EXIT_CODE_WORDS,
    LEFT_OUT,
    ORDER,
    REASON_PHRASES,
    TO_LOOK_AT,
    as_sentence,
    count_rows,
    label_of,
    percentage,
)

DOMAINS_SHOWN = 12
SOURCES_OPEN = 12
"""How many exports the page shows before the reader unfolds the list of the other exports."""

MOST_LISTED_SOURCES = 500
"""The most exports that the page lists. ``summary.json`` has all exports."""

SHORTEST_SENDING = 60
"""If no request was throttled, the page shows a chart of sending only if sending took at least this many seconds."""

SHORTEST_BAR = 1.5
"""The least width of a bar in per cent, so that the bar of each export and domain can be seen."""


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of numbers of rows: its class in the style sheet, its title, and the dispositions that it counts."""

    kind: str
    label: str
    dispositions: Sequence[Disposition]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure at the top of the page: a number of rows, in large print. ``kind`` is its class in the style sheet."""

    kind: str
    label: str
    rows: int
    share: str


@dataclass(frozen=True, slots=True)
class DispositionRow:
    """The line of a disposition in the table of dispositions."""

    disposition: Disposition
    label: str
    rows: int
    share: str
    meaning: str
    reasons: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A domain, an export or an account with the dispositions of its rows.

    ``columns`` has a number of rows for each of ``PageView.columns``. ``words`` describes ``bar`` in words. For an
    export, ``addresses`` names the column of the addresses, ``reading`` says how the job read the export, and ``notes``
    are sentences about unusual things. For an account, ``addresses`` and ``reading`` say how its run ended, and
    ``page`` is the path of its page.
    """

    name: str
    whole_name: str
    rows: int
    columns: tuple[int, ...]
    bar: tuple[BarSegment, ...]
    words: str
    addresses: str = ""
    reading: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """All data about rows that the page shows, from top to bottom. All numbers are numbers of rows."""

    figures: tuple[KeyFigure, ...]
    bar: tuple[BarSegment, ...]
    words: str
    dispositions: tuple[DispositionRow, ...]
    progress: ProgressChart | None
    waves: tuple[WaveRow, ...]
    trend: tuple[TrendRow, ...]
    columns: tuple[str, ...]
    domains: tuple[Breakdown, ...]
    domains_note: str
    sources: tuple[Breakdown, ...]
    sources_note: str
    accounts: tuple[Breakdown, ...]
    accounts_note: str
    work: WorkList
    changes: tuple[DispositionChange, ...]


def view_of(summary: Summary, figures: PageFigures) -> PageView:
    """Return the data about rows that the page shows, from the summary of the run and the collected figures."""
    counts, columns = summary.counts, _number_columns(summary)
    domains = figures.domains.largest(DOMAINS_SHOWN)
    return PageView(
        figures=tuple(_key_figures(summary, columns)),
        bar=bar(counts),
        words=in_words(counts),
        dispositions=tuple(_disposition_row(each, summary, figures) for each in ORDER if counts.get(each)),
        progress=progress_chart(_worth_showing(summary.sending.progress)),
        waves=tuple(wave_rows(summary.waves)),
        trend=tuple(trend_rows(summary.trend, summary.run_id)),
        columns=tuple(column.label for column in columns),
        domains=tuple(_breakdowns(domains, {}, columns)),
        domains_note=_domains_note(figures, domains, summary.rows_read),
        sources=tuple(_sources(summary, columns)),
        sources_note=_sources_note(summary),
        accounts=tuple(_accounts(summary, columns)),
        accounts_note=_accounts_note(summary),
        work=work_list(summary, figures),
        changes=tuple(_changes(summary.changes)) if summary.changes else (),
    )


def _worth_showing(progress: Sequence[Moment]) -> Sequence[Moment]:
    """Return the progress of sending if requests were throttled, or if sending took a minute.

    Otherwise return an empty sequence.
    """
    return progress if progress and (progress[-1].throttled or progress[-1].seconds >= SHORTEST_SENDING) else ()


def _number_columns(summary: Summary) -> Sequence[NumberColumn]:
    done = Disposition.PLANNED if summary.command == "plan" else Disposition.INVITED
    later = "For later waves" if summary.wave and summary.wave.left else "Not sent yet"
    columns = (
        NumberColumn("done", label_of(done), (Disposition.INVITED, Disposition.PLANNED)),
        NumberColumn("there", label_of(Disposition.ALREADY), (Disposition.ALREADY,)),
        NumberColumn("left", "Left out", LEFT_OUT),
        NumberColumn("later", later, (Disposition.DEFERRED,)),
        NumberColumn("person", "Need a person", TO_LOOK_AT),
    )
    return [column for column in columns if column.kind != "later" or summary.counts.get(Disposition.DEFERRED)]


def _key_figures(summary: Summary, columns: Sequence[NumberColumn]) -> Iterator[KeyFigure]:
    for column in columns:
        rows = count_rows(summary.counts, column.dispositions)
        yield KeyFigure(column.kind, column.label, rows, percentage(rows, summary.rows_read))


def _disposition_row(disposition: Disposition, summary: Summary, figures: PageFigures) -> DispositionRow:
    rows, words = summary.counts[disposition], DISPOSITION_WORDS[disposition]
    reasons = [(reason, number) for (of, reason), number in figures.reasons.most_common() if of is disposition]
    in_phrases = "; ".join(f"{REASON_PHRASES[Reason(reason)]}: {number:,}" for reason, number in reasons)
    return DispositionRow(
        disposition, words.label, rows, percentage(rows, summary.rows_read), words.meaning, in_phrases
    )


def _breakdowns(
    counts_by_name: Mapping[str, Mapping[Disposition, int]],
    short: Mapping[str, str],
    columns: Sequence[NumberColumn],
) -> Iterator[Breakdown]:
    """Yield a breakdown for each domain or export. The bar with the most rows is the longest, and sets the scale."""
    rows = {name: sum(counts.values()) for name, counts in counts_by_name.items()}
    most = max(rows.values(), default=0) or 1
    for name, counts in counts_by_name.items():
        yield Breakdown(
            short.get(name, name),
            name,
            rows[name],
            tuple(count_rows(counts, column.dispositions) for column in columns),
            bar(counts, room=max(100 * rows[name] / most, SHORTEST_BAR)),
            in_words(counts),
        )


def _sources(summary: Summary, columns: Sequence[NumberColumn]) -> Iterator[Breakdown]:
    listed = dict(islice(summary.counts_by_source.items(), MOST_LISTED_SOURCES))
    parts = _breakdowns(listed, short_names(summary.counts_by_source), columns)
    facts_of = {str(facts.get("source")): facts for facts in summary.inputs}
    return (_with_reading(part, facts_of.get(part.whole_name)) for part in parts)


def _accounts(summary: Summary, columns: Sequence[NumberColumn]) -> Iterator[Breakdown]:
    """Yield a breakdown for each account of a run to many accounts. Accounts whose runs did not end well come first."""
    ends = sorted(summary.accounts, key=lambda end: end.exit_code == ExitCode.SETTLED)[:MOST_LISTED_SOURCES]
    parts = _breakdowns({end.account: end.counts for end in ends}, {}, columns)
    for part, end in zip(parts, ends, strict=True):
        words = EXIT_CODE_WORDS[ExitCode(end.exit_code)]
        ending = f"{end.exit_code}: {words.meaning}"
        yield replace(
            part, addresses=ending, reading=tuple(filter(None, (end.message, f"Run {end.run_id}"))), page=end.page
        )


def _accounts_note(summary: Summary) -> str:
    """Return a sentence about the accounts that the page does not list, or the empty text if it lists all."""
    others = len(summary.accounts) - MOST_LISTED_SOURCES
    are = with_noun(others, "more account is", "more accounts are")
    return f"{are} in manifest.json; the run to each of them has ended no worse." if others > 0 else ""


def _with_reading(part: Breakdown, facts: Mapping[str, object] | None) -> Breakdown:
    """Return the breakdown of an export, with words about how the job read the export.

    ``facts`` are the facts of the export. None means that they are not known.
    """
    if facts is None:
        return part
    words = reading_in_words(facts)
    addresses, _, employment = words.choice.removesuffix(".").partition("; ")
    reading = (form_in_words(facts), as_sentence(employment))
    return replace(part, addresses=f"{addresses}.", reading=tuple(filter(None, reading)), notes=words.notes)


def _sources_note(summary: Summary) -> str:
    """Return a sentence about the exports that the page does not list, or the empty text if it lists all."""
    others = list(summary.counts_by_source.values())[MOST_LISTED_SOURCES:]
    if not others:
        return ""
    rows = sum(sum(counts.values()) for counts in others)
    have = with_noun(len(others), "more export has", "more exports have")
    return f"{have} {with_noun(rows, 'row', 'rows')}: they stand in summary.json."


def _domains_note(figures: PageFigures, shown: Mapping[str, Mapping[Disposition, int]], rows_read: int) -> str:
    domains = figures.domains
    rest = domains.rows - sum(sum(counts.values()) for counts in shown.values())
    at_least = "At least " if domains.is_rough else ""
    sentences = []
    if (more := len(domains) - len(shown)) > 0:
        have = with_noun(more, "more domain has", "more domains have")
        sentences.append(f"{at_least}{have} {with_noun(rest, 'row', 'rows')}.")
    if without := rows_read - domains.rows:
        are_counted = with_noun(without, "row counts", "rows count")
        sentences.append(f"{are_counted} for no domain: no address, several, or one that cannot be used.")
    return " ".join(sentences)


def _changes(changes: Changes) -> Iterator[DispositionChange]:
    """Yield the changes in words. The last change is about the people who are in no export any more."""
    for move in changes.moves:
        before = NOT_IN_EXPORTS if move.before == NEW else label_of(move.before)
        yield DispositionChange(before, label_of(move.now), move.people)
    if changes.gone:
        yield DispositionChange("In the exports", "Not in them any more", changes.gone)
