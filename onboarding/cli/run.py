"""The commands ``onboard run``, ``plan``, ``apply`` and ``resume``, with their options, output and notifications.

``plan`` only reports the people whom a run would invite; the other commands send invitations. ``pipeline`` does the
work.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from onboarding.cli.command import CommandLine, loading_modules, takes_settings
from onboarding.cli.help import Command
from onboarding.cli.other_ledgers import as_plan_wants, finding_interrupted_run, finding_plan, finding_run
from onboarding.cli.output import print_summary
from onboarding.settings.options import TAKEN_BY

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.settings.settings import Settings


@click.command(cls=Command)
@takes_settings(*TAKEN_BY["run"])
def run(line: CommandLine) -> int:
    """Read exports, decide about each row, send invitations, and write reports."""
    return _carry_out(line, "run", lambda settings: _run_or_plan(settings, line, stop_after_plan=False))


@click.command(cls=Command)
@takes_settings(*TAKEN_BY["plan"])
def plan(line: CommandLine) -> int:
    """Report whom a run would invite, without sending anything."""
    return _carry_out(line, "plan", lambda settings: _run_or_plan(settings, line, stop_after_plan=True))


@click.command(cls=Command)
@click.argument("file", metavar="PLAN")
@takes_settings(*TAKEN_BY["apply"], adapt=as_plan_wants)
def apply(line: CommandLine, file: str) -> int:
    """Send exactly what a saved plan says, or refuse.

    PLAN is the file that onboard plan --save has written.
    """
    with loading_modules():
        from onboarding.pipeline import starting

    with finding_plan(line, file):
        return _carry_out(line, "apply", lambda settings: starting.apply(settings, file, invocation=line.invocation))


@click.command(cls=Command)
@click.argument("run_id", metavar="[RUN_ID]", required=False)
@takes_settings(*TAKEN_BY["resume"])
def resume(line: CommandLine, run_id: str | None) -> int:
    """Settle invitations in doubt, and finish an interrupted run.

    Without a RUN_ID, the command finishes the latest run if that run was interrupted. The ledger knows where the run
    went.
    """
    with loading_modules():
        from onboarding.pipeline import starting

    with finding_run(line, run_id, "resume") if run_id else finding_interrupted_run(line):
        return _carry_out(
            line, "resume", lambda settings: starting.resume(settings, run_id, invocation=line.invocation)
        )


def _run_or_plan(settings: "Settings", line: CommandLine, *, stop_after_plan: bool) -> "Summary":
    from onboarding.pipeline.starting import run_or_plan

    return run_or_plan(settings, stop_after_plan=stop_after_plan, invocation=line.invocation)


def _carry_out(line: CommandLine, command: str, work: "Callable[[Settings], Summary]") -> int:
    settings = line.load_settings()
    with loading_modules():
        from onboarding.pipeline.starting import notices

    with notices(settings, command, line.invocation) as notify:
        summary = work(settings)
        code = print_summary(settings, summary)
        notify(summary)
    return code
