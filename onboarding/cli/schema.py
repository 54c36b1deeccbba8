"""The command ``onboard schema``: print the JSON Schema of a document. ``pipeline.schemas`` makes the schemas."""

import click

from onboarding.cli.command import loading_modules
from onboarding.cli.help import Command
from onboarding.cli.output import print_result
from onboarding.model.documents import DocumentKind
from onboarding.model.errors import ExitCode


@click.command(cls=Command)
@click.argument("name", type=click.Choice([str(kind) for kind in DocumentKind]), metavar="NAME")
@click.pass_context
def schema(context: click.Context, name: str) -> None:
    """Print the JSON Schema of a document that other programs read.

    NAME says which document. The name summary means summary.json, and what run, plan, apply, resume and report print
    with --json. The name manifest means manifest.json of a run to many accounts. The name settings means a file of
    settings in TOML. The name notice means what a webhook gets. The names runs, who, check, inspect and answers mean
    what these commands print with --json.
    """
    context.exit(_print(name))


def _print(name: str) -> int:
    with loading_modules():
        from onboarding.model.printable import json_document
        from onboarding.pipeline.schemas import schema_of

    document = json_document(schema_of(DocumentKind(name)))
    print_result(lambda: click.echo(document, nl=False))
    return ExitCode.SETTLED
