"""The command ``onboard check``: its options, its output and its exit code. ``pipeline.check`` has the checks."""

from typing import TYPE_CHECKING

import click

from onboarding.cli.command import CommandLine, loading_modules, takes_settings
from onboarding.cli.help import Command
from onboarding.cli.output import print_result
from onboarding.model.printable import printable
from onboarding.settings.options import TAKEN_BY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onboarding.pipeline.check.findings import Finding
    from onboarding.settings.config_file import ConfigFile


@click.command(cls=Command)
@takes_settings(*TAKEN_BY["check"])
def check(line: CommandLine) -> int:
    """Check whether a run would work, and say what to do if not."""
    with loading_modules():
        from onboarding.pipeline.check.check import check_run
        from onboarding.pipeline.check.findings import as_json, exit_code

    loaded = line.load_with_origins()
    findings = check_run(loaded.settings, loaded.origins)
    if loaded.settings.json_:
        print_result(lambda: click.echo(as_json(findings), nl=False))
    else:
        print_result(lambda: show_findings(findings, line.config))
    return exit_code(findings)


def show_findings(findings: "Sequence[Finding]", config: "ConfigFile | None") -> None:
    """Print the findings. The advice names settings by flags, so also print their names in the file of settings."""
    from onboarding.pipeline.check.findings import show
    from onboarding.settings.names_in_file import names_in_file

    show(findings)
    if config and (names := names_in_file(" ".join(finding.advice for finding in findings), config.path)):
        click.echo(printable(names))
