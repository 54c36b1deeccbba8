"""How the job read exports, in words: the columns of addresses, the columns that show leavers, and notes about a file.

The terminal, the page and ``onboard inspect`` show these words. ``summary.json`` has the facts behind them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, takewhile
from typing import Protocol

from onboarding.model.amounts import with_noun
from onboarding.model.dispositions import Disposition
from onboarding.model.own_files import is_own
from onboarding.model.printable import without_addresses
from onboarding.model.unchanged import UnchangedExport
from onboarding.model.values import dataclass
from onboarding.reports.words import SEE_TO_FEED, explain_disposition, label_of

FILES_NAMED = 3
"""The most files that one line names. If there are more files, the line has the number of the other files."""

LINES_AT_MOST = 20
"""The most lines about exports on the terminal. A folder may contain thousands of exports."""

EMPLOYMENT_ROLES = ("status", "employment_type", "ends_on", "starts_on", "enabled", "blocked", "account_control")
"""The roles of columns that say whether a person works for the company, in the order of a line that names them."""

NO_LEAVER_COLUMN = "No column says who has left."

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}

_SAYS_WHO_LEFT = ("status", "ends_on", "enabled", "blocked", "account_control")
"""The roles among ``EMPLOYMENT_ROLES`` that can say that a person left."""


class RowInWords(Protocol):
    """A row of an inspected export: its number in a spreadsheet, its cell with the address, and its disposition."""

    @property
    def row(self) -> int:
        """The number that a spreadsheet shows for the row."""

    @property
    def email_as_given(self) -> str:
        """The cell with the address."""

    @property
    def disposition(self) -> Disposition:
        """The disposition that a plan would give the row."""

    @property
    def reason(self) -> str:
        """The reason for the disposition, or empty."""

    @property
    def detail(self) -> str:
        """The sentence about this single row, or empty."""


@dataclass(frozen=True, slots=True)
class ReadingInWords:
    """Sentences about how the job read an export. ``choice`` is about columns, and ``notes`` about other things."""

    choice: str
    notes: tuple[str, ...]


def reading_in_words(facts: Mapping[str, object]) -> ReadingInWords:
    """Return sentences about how the job read an export. ``facts`` has the fields of ``exports.ExportFacts``."""
    names, found = _column_names(facts), facts.get("notes")
    notes = [str(note) for note in found] if isinstance(found, Sequence) and not isinstance(found, str) else []
    if facts.get("guessed"):
        notes.insert(0, f"The encoding {facts.get('encoding')} is a guess.")
    if "email_before" in names:
        return ReadingInWords(f"Corrected addresses from {_quoted([names['email']])}.", tuple(notes))
    return ReadingInWords(f"{_addresses(names)}; {_employment(names)}.", tuple(notes))


def form_in_words(facts: Mapping[str, object]) -> str:
    """Return the form of an export: its format, encoding, delimiter, sheet and header row."""
    header, delimiter, sheet = facts.get("header_row"), str(facts.get("delimiter") or ""), facts.get("sheet")
    parts = (
        facts.get("format"),
        facts.get("compression"),
        facts.get("encoding"),
        delimiter and f"cells separated by {_DELIMITERS.get(delimiter, delimiter)}",
        sheet and f'sheet "{sheet}"',
        f"header in row {header}" if header else "no header",
    )
    return ", ".join(str(part) for part in parts if part) + "."


def lines_about_reading(
    inputs: Sequence[Mapping[str, object]], names: Mapping[str, str], *, most: int = LINES_AT_MOST, details: str
) -> Iterator[str]:
    """Yield the lines that a person should read about how the job read exports, with the names of the exports.

    The first line is about exports without a column that shows leavers. The notes follow. ``inputs`` has the facts of
    the exports. ``names`` has the short name of each export by its source. Files that the run made for itself are left
    out. At most ``most`` lines are yielded. If there are more, the last line says how many lines are left out, and
    names ``details`` as the place where people find them.
    """
    files_by_note: dict[str, list[str]] = {}
    for facts in sorted(inputs, key=lambda facts: not facts.get("guessed")):
        source, columns = str(facts.get("source", "")), _column_names(facts)
        if is_own(source):
            continue
        says_nothing = "email_before" not in columns and not _says_who_left(columns)
        for note in (NO_LEAVER_COLUMN,) * says_nothing + reading_in_words(facts).notes:
            files = files_by_note.setdefault(note, [])
            files += [name] if (name := names.get(source, source)) not in files else []
    notes = sorted(files_by_note, key=lambda note: note != NO_LEAVER_COLUMN)
    lines = [f"{_named(files_by_note[note])}: {note}" for note in notes]
    if len(lines) <= most:
        yield from lines
        return
    yield from lines[: most - 1]
    yield f"{with_noun(len(lines) - most + 1, 'more note', 'more notes')} about exports: {details}"


def address_columns(inputs: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """Return a few words about the column of the addresses in each export, by the source of the export."""
    found: dict[str, list[str]] = {}
    for facts in inputs:
        source, columns = str(facts.get("source", "")), _column_names(facts)
        if not is_own(source):
            named = [without_addresses(columns[role]) for role in ("email", "email_fallback") if role in columns]
            words = ", ".join(named) or "a list"
            found.setdefault(source, []).extend([words] if words not in found.get(source, ()) else ())
    return {source: "; ".join(words) for source, words in found.items()}


def short_names(sources: Iterable[str]) -> dict[str, str]:
    """Return a short name for each source: its path without the folders that all sources share."""
    named = [source.split("/") for source in sources]
    folders = [parts[:-1] for parts in named]
    shared = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, zip(*folders, strict=False)))
    return {"/".join(parts): "/".join(parts[shared:]) for parts in named}


def lines_about_unchanged(unchanged: Sequence[UnchangedExport]) -> Iterator[str]:
    """Yield a line for each of the first exports with the same bytes for many nights. One line counts the rest."""
    for export in islice(unchanged, FILES_NAMED):
        yield f"{export.in_words}; {SEE_TO_FEED}."
    if (more := len(unchanged) - FILES_NAMED) > 0:
        yield f"{with_noun(more, 'more export has', 'more exports have')} had the same bytes for many nights."


def lines_about_export(
    source: str,
    facts: Mapping[str, object],
    address_columns: Sequence[str],
    counts: Mapping[Disposition, int],
    rows: Iterable[RowInWords],
) -> Iterator[str]:
    """Yield the lines of ``onboard inspect`` about one export: its form, its columns, its sums and its first rows.

    ``source`` is the path or URI of the export. ``facts`` has the fields of ``exports.ExportFacts``.
    ``address_columns`` has a clause about each column that may contain addresses. If there is only one such column, no
    line is about it. ``counts`` has the number of rows by disposition, and ``rows`` has the first rows. All lines
    except the first are indented.
    """
    words = reading_in_words(facts)
    yield f"{source}: {form_in_words(facts)}"
    yield from (f"  {sentence}" for sentence in (words.choice, *words.notes))
    if len(address_columns) > 1:
        yield from (f"  column {clause}." for clause in address_columns)
    sums = ", ".join(f"{label_of(disposition)}: {number:,}" for disposition, number in counts.items())
    yield f"  {with_noun(sum(counts.values()), 'row', 'rows')}. {sums}."
    left = sum(counts.values())
    for row in rows:
        left -= 1
        why = explain_disposition(row.disposition, row.reason, row.detail) if row.reason else ""
        yield f"  row {row.row}: {row.email_as_given or 'no address'} - {label_of(row.disposition)}. {why}".rstrip()
    if left > 0:
        yield f"  and {with_noun(left, 'more row', 'more rows')}."


def _column_names(facts: Mapping[str, object]) -> dict[str, str]:
    """Return the name of each column that the job used, by the role of the column."""
    columns = facts.get("columns")
    return {str(role): str(name) for role, name in columns.items()} if isinstance(columns, Mapping) else {}


def _named(files: Sequence[str]) -> str:
    more = f" and {with_noun(len(files) - FILES_NAMED, 'more file', 'more files')}" if len(files) > FILES_NAMED else ""
    return f"{', '.join(files[:FILES_NAMED])}{more}"


def _says_who_left(names: Mapping[str, str]) -> bool:
    return any(key.partition(" ")[0] in _SAYS_WHO_LEFT for key in names)


def _addresses(names: Mapping[str, str]) -> str:
    email = names.get("email", "")
    if not email:
        return "A list of addresses"
    fallback = names.get("email_fallback")
    return f"Addresses from {_quoted([email])}" + (f", or {_quoted([fallback])} where it is empty" if fallback else "")


def _employment(names: Mapping[str, str]) -> str:
    """Return a text that names the columns about employment.

    The role of a column may end with a number, as in ``status 2``.
    """
    used = [name for role in EMPLOYMENT_ROLES for key, name in names.items() if key.partition(" ")[0] == role]
    if not _says_who_left(names):
        also = f" (only {_quoted(used)} was used)" if used else ""
        return f"no column says who has left{also}"
    return f"who works there from {_quoted(used)}"


def _quoted(names: Sequence[str]) -> str:
    """Return column names in quotes, joined for a sentence. Words with an ``@`` become ``…``: they may be addresses."""
    shown = [f'"{without_addresses(name)}"' for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
