"""The list of runs that ``onboard runs`` prints: a table that fits the terminal, or a JSON document.

A leg is the work of one process on a run: a run begins with a leg, and each resumption is another leg. The table shows
each leg on a line, the newest leg first. So each wave of a migration is on a line of its own, and so is a refused
resumption. In a narrow terminal, the table shows fewer columns, but cuts no word.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from typing import TYPE_CHECKING

from onboarding.cli.exit_words import END_WORDS
from onboarding.model.dispositions import Disposition
from onboarding.model.documents import DocumentKind, versioned
from onboarding.model.errors import ExitCode
from onboarding.model.leg import Leg
from onboarding.model.plan import Scope
from onboarding.model.printable import json_document
from onboarding.model.run import Run
from onboarding.model.values import dataclass
from onboarding.pipeline.history import PastRun

if TYPE_CHECKING:
    from onboarding.runtime.terminal import PlainConsole

GOING_ON = "running"
NO_END = "no end"
"""The word for a run that has not ended: its process was killed, or the run is a plan that still goes on."""

MADE_GOOD = "made good"
"""The word for a run that has not ended, if a later run to the same account has gone well."""

COUNTED = (
    *(Disposition.INVITED, Disposition.HELD, Disposition.REJECTED, Disposition.FAILED, Disposition.IN_DOUBT),
    *(Disposition.DEFERRED, Disposition.ALREADY),
)
"""The dispositions with a column of their own, the most important first. JSON output contains all dispositions."""

TOLD = COUNTED[:-1]
"""The dispositions that matter to a person.

If the table leaves out a column of these dispositions, a line below the table says so.
"""

WOULD_BE = "*"
"""The sign after the number of people whom a plan would invite."""

ALWAYS = ("Run", "Account", "End")
"""The columns that the table always shows. A terminal that is too narrow for these columns breaks the lines."""


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    cells: Sequence[str]
    is_number: bool = False

    @property
    def width(self) -> int:
        return max(map(len, (self.heading, *self.cells)))


def as_json(found: Sequence[PastRun]) -> str:
    """Return the runs as one JSON document, the newest run first."""
    runs = [{**asdict(past.run), "is_going_on": past.is_going_on} for past in found]
    return json_document(versioned(DocumentKind.RUNS, {"runs": runs}))


Command = Callable[[str, Mapping[str, object]], str]
"""A function that makes a shell command from a run id or a command's name, and from the settings of a run."""


def show(found: Sequence[PastRun], to_resume: Command, to_begin_again: Command) -> None:
    """Print a table to stdout with a line for each leg of a run, the newest leg first.

    Below the table, print the command that finishes each interrupted run. ``to_resume`` makes this command from a run
    id and the settings of the run. If a run ended before it was ready to send, print the command that begins the run
    again. ``to_begin_again`` makes this command from the run's command and settings.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from onboarding.reports import label_of
    from onboarding.runtime.terminal import PlainConsole

    console = PlainConsole()
    columns = list(_columns(found))
    shown = _fitting(columns, console.width)
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    for column in shown:
        table.add_column(column.heading, justify="right" if column.is_number else "left", no_wrap=True)
    for cells in zip(*(column.cells for column in shown), strict=True):
        table.add_row(*cells)
    console.width = max(console.width, _width(shown))
    console.print(table)
    if any(cell.endswith(WOULD_BE) for column in shown for cell in column.cells):
        console.print_line(f"{WOULD_BE} would be invited: a plan sends nothing.")
    told = set(map(label_of, TOLD))
    if left_out := [column.heading for column in columns if column not in shown and column.heading in told]:
        console.print_line(f"No room for {', '.join(left_out)}: use a wider terminal, or --json.")
    for number, endpoint in enumerate(_endpoints({past.run.scope for past in found}), 1):
        console.print_line(f"[{number}] at {endpoint}")
    if any(cell == MADE_GOOD for column in shown for cell in column.cells):
        console.print_line(f"{MADE_GOOD}: the run was cut off, and a later run to its account has gone well.")
    _print_commands(
        console, "To finish what is left:", [_resumed(past.run, to_resume) for past in found if past.can_be_resumed]
    )
    again = [to_begin_again(past.run.command, past.run.settings) for past in found if past.must_begin_again]
    _print_commands(console, "To begin again what ended before it was ready to send:", list(filter(None, again)))


def _resumed(run: Run, to_resume: Command) -> str:
    from onboarding.settings.settings import unusual

    return to_resume(run.run_id, {**unusual(run.settings), "destination": run.scope.destination})


def _print_commands(console: "PlainConsole", heading: str, commands: Sequence[str]) -> None:
    """Print shell commands below a heading, each on a line of its own that is never broken.

    Without commands, print nothing.
    """
    from rich.text import Text

    if commands:
        console.print_line(heading)
    for command in commands:
        console.print(Text(f"    {command}"), soft_wrap=True)


def _columns(found: Sequence[PastRun]) -> Iterator[_Column]:
    """Yield the columns of the table, from left to right. Leave out a column in which all numbers are 0."""
    from onboarding.reports import label_of

    lines = sorted(
        ((past, leg) for past in found for leg in past.run.legs), key=lambda line: line[1].began_at, reverse=True
    )
    yield _Column("Run", [past.run.run_id for past, _ in lines])
    if len(scopes := {past.run.scope for past in found}) > 1:
        yield _Column("Account", [_account(past.run.scope, scopes) for past, _ in lines])
    yield _Column("End", [_end(past, leg) for past, leg in lines])
    yield _Column("Time (UTC)", [f"{leg.began_at:%m-%d %H:%M}" for _, leg in lines])
    yield _Column("Command", [leg.command for _, leg in lines])
    counts = [_counts(past, leg) for past, leg in lines]
    for each in COUNTED:
        numbers = [found.get(each, 0) for found in counts]
        if any(numbers) or each in COUNTED[:3]:
            cells = _cells(numbers, counts)
            cells = _with_planned(cells, counts) if each is Disposition.INVITED else cells
            yield _Column(label_of(each), cells, is_number=True)
    yield _Column("Rows", _cells([sum(found.values()) for found in counts], counts), is_number=True)


def _cells(numbers: Sequence[int], counts: Sequence[Mapping[str, int]]) -> list[str]:
    """Return numbers as texts. A run that was refused before it counted its rows gets an empty text."""
    return [f"{number:,}" if found else "" for number, found in zip(numbers, counts, strict=True)]


def _with_planned(cells: Sequence[str], counts: Sequence[Mapping[str, int]]) -> list[str]:
    """Return the cells of the column of invited people, with the number of people whom each plan would invite.

    ``cells`` are the numbers of people whom each run invited. A plan invites no people.
    """
    planned = [found.get(Disposition.PLANNED, 0) for found in counts]
    return [f"{number:,}{WOULD_BE}" if number else cell for cell, number in zip(cells, planned, strict=True)]


def _account(scope: Scope, all_scopes: AbstractSet[Scope]) -> str:
    """Return the account of a run.

    If the runs have several destinations, also return the destination. If the runs have several endpoints, also return
    the number of the endpoint.
    """
    account = scope.account or "all accounts"
    if len({each.destination for each in all_scopes}) > 1:
        account = f"{scope.destination} {account}"
    if scope.endpoint in (endpoints := _endpoints(all_scopes)):
        account = f"{account} [{endpoints.index(scope.endpoint) + 1}]"
    return account


def _endpoints(all_scopes: AbstractSet[Scope]) -> list[str]:
    """Return the endpoints for the lines below the table. The list is empty if all runs have the same endpoint."""
    endpoints = {each.endpoint for each in all_scopes}
    return sorted(filter(None, endpoints)) if len(endpoints) > 1 else []


def _end(past: PastRun, leg: Leg) -> str:
    """Return the end of a leg in words: its exit code and a word or two."""
    if leg.exit_code is None:
        without_end = MADE_GOOD if past.is_made_good and leg.command != "plan" else NO_END
        return GOING_ON if past.is_going_on and leg.number == past.run.leg else without_end
    words = END_WORDS[leg.exit_code]
    if leg.exit_code == ExitCode.SETTLED and leg.wave:
        words = f"wave {leg.wave.number:,}/{leg.wave.of:,}"
    elif leg.exit_code == ExitCode.SETTLED and leg.command == "plan":
        words = "planned"
    return f"{leg.exit_code} {words}"


def _counts(past: PastRun, leg: Leg) -> Mapping[str, int]:
    return past.run.counts if leg.number == past.run.leg else leg.counts


def _fitting(columns: Sequence[_Column], width: int) -> list[_Column]:
    """Return the columns that fit into ``width`` characters, in their order.

    The last columns are the first to be left out. Only the number of invited people stays longer than all other
    columns.
    """
    from onboarding.reports import label_of

    shown = [column for column in columns if column.heading in ALWAYS]
    invited = label_of(Disposition.INVITED)
    for column in sorted(columns, key=lambda column: column.heading != invited):
        if column not in shown and _width([*shown, column]) <= width:
            shown.append(column)
    return [column for column in columns if column in shown]


def _width(columns: Sequence[_Column]) -> int:
    """Return the width of a table with these columns: a space between columns, and a space at each end of a line."""
    return sum(column.width + 1 for column in columns) + 1
