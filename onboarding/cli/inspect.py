"""The command ``onboard inspect``: its options, output and exit code. ``pipeline.inspecting`` reads the exports."""

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from onboarding.cli.command import CommandLine, loading_modules, takes_settings
from onboarding.cli.help import Command
from onboarding.cli.output import print_result
from onboarding.model.documents import DocumentKind, versioned
from onboarding.model.errors import ExitCode

if TYPE_CHECKING:
    from onboarding.pipeline.inspecting import InspectedExport


@click.command(cls=Command)
@takes_settings(
    *("exports", "email_column", "id_column", "name_column", "status_column", "start_column", "end_column"),
    *("ignore_column", "sheet", "hidden_rows", "encoding", "only", "skip", "allow_domain", "deny_domain", "exclude"),
    *("starts_before", "date_order", "hold", "no_hold", "profile", "region", "low_memory", "jobs"),
    *("json", "log_format", "log_level"),
)
def inspect(line: CommandLine) -> int:
    """Show how exports are read, and what a run would decide about their first rows.

    The command needs no account, asks no service and writes nothing. It does not read the ledger. Only "onboard plan"
    takes into account who was invited before, and what HR has answered.
    """
    with loading_modules():
        from onboarding.model.printable import json_document
        from onboarding.pipeline.inspecting import inspect_exports
        from onboarding.pipeline.named_exports import check_exports_named

    settings = line.load_settings()
    check_exports_named(settings)
    found = []
    for export in inspect_exports(settings):
        found.append(export)
        if not settings.json_:
            print_result(partial(show, export))
    if settings.json_:
        document = versioned(DocumentKind.INSPECT, {"exports": [asdict(export) for export in found]})
        print_result(lambda: click.echo(json_document(document), nl=False))
    return ExitCode.INPUT_REFUSED if any(export.refused for export in found) else ExitCode.SETTLED


def show(export: "InspectedExport") -> None:
    """Print the result of an inspection of an export to stdout. All lines but the first are indented."""
    from onboarding.reports import lines_about_export
    from onboarding.runtime.terminal import PlainConsole

    console = PlainConsole()
    about = lines_about_export(export.source, export.facts, export.address_columns, export.counts, export.rows)
    for line in [export.refused] if export.refused else about:
        console.print_line(line)
