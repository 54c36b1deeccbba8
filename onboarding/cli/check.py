"""The command ``onboard check``: its options, its output and its exit code. ``pipeline.check`` has the checks."""

import click

from onboarding.cli.command import CommandLine, loading_modules, takes_settings
from onboarding.cli.help import Command
from onboarding.cli.output import print_result
from onboarding.settings.options import TAKEN_BY


@click.command(cls=Command)
@takes_settings(*TAKEN_BY["check"])
def check(line: CommandLine) -> int:
    """Check whether a run would work, and say what to do if not."""
    with loading_modules():
        from onboarding.pipeline.check.check import check_run
        from onboarding.pipeline.check.findings import as_json, exit_code, show

    loaded = line.load_with_origins()
    findings = check_run(loaded.settings, loaded.origins)
    if loaded.settings.json_:
        print_result(lambda: click.echo(as_json(findings), nl=False))
    else:
        print_result(lambda: show(findings))
    return exit_code(findings)
