"""The command ``onboard who``: print what became of one person in each run. ``pipeline.looking_up`` finds the rows."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from onboarding.cli.command import CommandLine, loading_modules, takes_settings
from onboarding.cli.help import Command
from onboarding.cli.other_ledgers import say_nothing_found
from onboarding.cli.output import print_result
from onboarding.model.amounts import with_noun
from onboarding.model.documents import DocumentKind, versioned
from onboarding.model.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onboarding.pipeline.looking_up import RowOfPerson

WHAT_IS_KEPT = """\
The command finds addresses and employee ids, not names. Plans keep no rows, and a purge keeps only the invitations."""


@click.command(cls=Command)
@click.argument("person", metavar="ADDRESS_OR_ID")
@takes_settings("sandbox", "ledger", "aws_secret", "state_dir", "json")
def who(line: CommandLine, person: str) -> int:
    """Show what became of one person in each run: the row, the reason, and when the service was asked.

    ADDRESS_OR_ID is an email address or an employee id. The command reads the ledger, asks no service and writes
    nothing.
    """
    with loading_modules():
        from onboarding.model.printable import json_document
        from onboarding.pipeline.looking_up import find_person

    settings = line.load_settings()
    found = find_person(settings, person)
    if settings.json_:
        document = versioned(DocumentKind.WHO, {"rows": [asdict(row) for row in found]})
        print_result(lambda: click.echo(json_document(document), nl=False))
    elif found:
        print_result(lambda: show(found))
    else:
        say_nothing_found(
            line,
            lambda there: bool(find_person(there, person)),
            "rows about this person",
            "who",
            person,
            about=WHAT_IS_KEPT,
        )
    return ExitCode.SETTLED


def show(rows: "Sequence[RowOfPerson]") -> None:
    """Print the rows of a person in each run to stdout, the newest run first."""
    from onboarding.runtime.terminal import PlainConsole

    console = PlainConsole()
    for number, row in enumerate(rows):
        if number:
            console.print()
        for text in lines_about_row(row):
            console.print_line(text)


def lines_about_row(row: "RowOfPerson") -> Iterator[str]:
    """Yield lines about a row: its run, its place, its person, its disposition, and when the service was asked."""
    from onboarding.reports import label_of

    place = " ".join(filter(None, (row.destination, row.account, row.endpoint)))
    yield f"{_time(row.started_at)}, run {row.run_id}: {row.command} to {place}"
    about = ", ".join(filter(None, (row.name, row.employee_id, row.email or row.email_as_given)))
    sheet = f' sheet "{row.sheet}"' if row.sheet else ""
    at = f"{row.source}{sheet} row {row.row}" if row.row else "The row is not kept"
    yield f"  {at}{f': {about}' if about else ''}"
    if row.is_purged:
        yield "  Purged: names, ids and addresses are gone. The ledger knows the person by a hash."
    yield f"  {label_of(row.disposition, row.reason, row.detail).removesuffix('.')}."
    if row.asked_at:
        requests = f", in {with_noun(row.requests, 'request', 'requests')}" if row.requests else ""
        error = f"; it refused: {row.error}" if row.error else ""
        yield f"  The service was asked at {_time(row.asked_at)}{requests}{error}."


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"
