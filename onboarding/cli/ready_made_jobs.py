"""The commands of the ready-made jobs: ``onboard nightly``, ``migrate`` and ``handoff``.

Each job takes all its settings from one TOML file, with the names that ``onboard run`` uses. The scripts in ``jobs``
call these commands.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from onboarding.cli.command import loading_modules
from onboarding.cli.help import Command
from onboarding.cli.output import print_command, print_message, run_to_exit_code
from onboarding.model.errors import ExitCode, NothingToResume
from onboarding.settings.invocation import Invocation, job_invocation

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.settings.settings import Settings

_CONFIG = click.argument("config", type=click.Path(path_type=Path))


@click.command(cls=Command)
@_CONFIG
def nightly(config: Path) -> None:
    """Invite the new people in tonight's exports, and print only what a person must see.

    CONFIG is a TOML file with the settings of onboard run: its flag --email-column is email_column in the file. If the
    run went well and a person has nothing new to do, the job prints nothing. So cron mails only what a person must see.
    The job sends the notices of the run, and ends with the exit code of onboard run.
    """
    _carry_out(config, lambda started: _run_tonight(_settings(config), started), does="run")


@click.command(cls=Command)
@_CONFIG
@click.option("--confirm", metavar="N", help="Approve the plan, which invites exactly this many people.")
def migrate(config: Path, confirm: str | None) -> None:
    """Move many people once: plan, then send wave after wave.

    CONFIG is a TOML file with the settings of onboard plan and onboard apply. The first time, the job makes and saves a
    plan, and says how many people it would invite. --confirm N approves that number and sends the first wave. Each
    later time, the job sends the next wave, or finishes a wave that was interrupted, until all people are invited.
    """
    flags = {} if confirm is None else {"confirm": confirm}
    _carry_out(config, lambda started: _migrate(_settings(config, flags), config, started), does="plan", is_whole=True)


@click.command(cls=Command)
@_CONFIG
@click.argument("run_ids", metavar="[RUN_ID]...", nargs=-1)
def handoff(config: Path, run_ids: tuple[str, ...]) -> None:
    """Write a workbook and a page for HR about past runs.

    CONFIG is a TOML file that says where the runs are remembered and where the workbook goes. Without a RUN_ID, the
    latest run is taken. Workbook and page show what changed since the run before. HR corrects addresses in the
    workbook, and onboard run reads the corrected workbook.
    """
    _carry_out(config, lambda started: _hand_off(_settings(config), run_ids, started), does="handoff")


def _carry_out(config: Path, work: Callable[[Invocation], int], *, does: str, is_whole: bool = False) -> None:
    """Do the work of a job, and end the process with its exit code.

    ``does`` is the command of ``onboard`` that does the same work. ``is_whole`` says whether the job takes
    ``--confirm``, and does its next step each time it is started.
    """
    context = click.get_current_context()
    started = job_invocation(str(context.info_name), str(config), command=does, is_whole_job=is_whole)
    context.exit(run_to_exit_code(lambda: work(started), started))


def _settings(config: Path, flags: Mapping[str, object] = MappingProxyType({})) -> "Settings":
    """Return the settings of a file, and set up the log as they say. Raises ``ConfigurationError``.

    ``flags`` has the settings of the command line by name.
    """
    with loading_modules():
        from onboarding.runtime import logs
        from onboarding.settings.loading import load_settings

    chosen = load_settings(flags, config=config)
    logs.configure(level=chosen.log_level or "warning", log_format=chosen.log_format)
    return chosen


def _run_tonight(tonight: "Settings", started: Invocation) -> int:
    with loading_modules():
        from onboarding.pipeline import run as pipeline
        from onboarding.pipeline.news import note_told
        from onboarding.reports.notify import notifier_for

    with notifier_for(tonight, "run", started) as notifier:
        summary = pipeline.run(tonight, invocation=started)
        if summary.needs_attention:
            summary.show(said=summary.attention_in_words)
            print_message(summary.attention_in_words)
            print_command(summary.next_command, summary.exit_code)
        note_told(tonight, summary, has_arrived=notifier.ended(summary))
    return summary.exit_code


def _migrate(chosen: "Settings", config: Path, started: Invocation) -> int:
    with loading_modules():
        from onboarding.pipeline.news import note_told
        from onboarding.reports.notify import notifier_for

    chosen = chosen if chosen.save else chosen.with_values({"save": str(config.with_name("migration.plan"))})
    with notifier_for(chosen, "apply", started) as notifier:
        summary = _next_step(chosen, started)
        summary.show()
        if message := summary.message or ("approve the plan with:" if summary.next_command else ""):
            print_message(message)
        print_command(summary.next_command, summary.exit_code)
        note_told(chosen, summary, has_arrived=notifier.ended(summary))
    return summary.exit_code


def _next_step(chosen: "Settings", started: Invocation) -> "Summary":
    """Send the approved plan or the next wave. If there is neither, make a plan."""
    from onboarding.pipeline import run as pipeline

    if chosen.confirm is not None:
        return pipeline.apply(chosen, str(chosen.save), invocation=started)
    try:
        return pipeline.resume(chosen, of_command="apply", invocation=started)
    except NothingToResume:
        return pipeline.run(chosen, stop_after_plan=True, invocation=started)


def _hand_off(chosen: "Settings", run_ids: tuple[str, ...], started: Invocation) -> int:
    with loading_modules():
        from onboarding.pipeline.past_reports import hand_off

    hand_off(chosen, run_ids, invocation=started).show()
    return ExitCode.SETTLED
