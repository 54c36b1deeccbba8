"""The commands of the ready-made jobs: ``onboard nightly``, ``migrate`` and ``handoff``.

Each job takes its settings from one TOML file, with the names that ``onboard run`` uses. The command line names the
file, or the job finds it as ``onboard run`` does. The scripts in ``jobs`` call these commands.
"""

import re
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from onboarding.cli.command import CommandLine, loading_modules
from onboarding.cli.error_topics import TOPIC_OF_CODE
from onboarding.cli.help import Command
from onboarding.cli.other_ledgers import finding_run
from onboarding.cli.output import (
    note_quiet,
    print_command,
    print_found_config,
    print_message,
    print_result,
    print_topic,
    run_to_exit_code,
)
from onboarding.model.amounts import people_invited
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ConfigurationError, ExitCode, NothingToResume, OnboardingError
from onboarding.runtime.colour import is_terminal
from onboarding.settings.invocation import Invocation, job_invocation

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.settings.config_file import ConfigFile
    from onboarding.settings.settings import Settings

_CONFIG = click.argument("config", metavar="[CONFIG]", required=False, type=click.Path(path_type=Path))
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]+")


@click.command(cls=Command)
@_CONFIG
@click.option("--confirm", metavar="N", help="Invite exactly this many people in this run, whatever the guards say.")
def nightly(config: Path | None, confirm: str | None) -> None:
    """Invite the new people in tonight's exports, and print only what a person must see.

    CONFIG is a TOML file with the settings of onboard run, such as email_column for its flag --email-column. Without
    CONFIG, the job takes onboard.toml in the current folder, or else in ~/.config/onboarding. If the run went well and
    a person has nothing new to do, the job prints nothing, or one line at a terminal. So cron mails only what a person
    must see. The job sends the notices of the run, and ends with the exit code of onboard run.
    """
    flags = _confirming(confirm)

    def work(file: "ConfigFile", started: Invocation) -> int:
        return _run_tonight(_settings(file, flags), file.path, started)

    _carry_out(config, work, does="run")


@click.command(cls=Command)
@_CONFIG
@click.option("--confirm", metavar="N", help="Approve the plan, which invites exactly this many people.")
def migrate(config: Path | None, confirm: str | None) -> None:
    """Move many people once: plan, then send wave after wave.

    CONFIG is a TOML file with the settings of onboard plan and onboard apply. Without CONFIG, the job takes
    onboard.toml in the current folder, or else in ~/.config/onboarding. The first time, the job makes and saves a
    plan, and says how many people it would invite. --confirm N approves that number and sends the first wave. Each
    later time, the job sends the next wave, or finishes a wave that was interrupted, until all people are invited.
    """
    flags = _confirming(confirm)

    def work(file: "ConfigFile", started: Invocation) -> int:
        return _migrate(_settings(file, flags, says_found=True), file.path, started)

    _carry_out(config, work, does="plan", is_whole=True)


@click.command(cls=Command)
@click.argument("words", metavar="[CONFIG] [RUN_ID]...", nargs=-1)
def handoff(words: tuple[str, ...]) -> None:
    """Write a workbook and a page for HR about past runs.

    CONFIG is a TOML file that says where the runs are remembered and where the workbook goes. Without CONFIG, the job
    takes onboard.toml in the current folder, or else in ~/.config/onboarding. Without a RUN_ID, the latest run is
    taken. Workbook and page show what changed since the run before. HR corrects addresses in the workbook, and onboard
    run reads the corrected workbook.
    """
    has_config = bool(words) and not _RUN_ID.fullmatch(words[0])
    config, run_ids = (Path(words[0]), words[1:]) if has_config else (None, words)

    def work(file: "ConfigFile", started: Invocation) -> int:
        return _hand_off(_settings(file, says_found=True), file, run_ids, started)

    _carry_out(config, work, does="handoff")


def _confirming(number: str | None) -> Mapping[str, object]:
    """Return the setting that confirms a number of people, or no setting if the number is missing."""
    return {} if number is None else {"confirm": number}


def _carry_out(
    named: Path | None, work: "Callable[[ConfigFile, Invocation], int]", *, does: str, is_whole: bool = False
) -> None:
    """Do the work of a job with its file of settings, and end the process with the job's exit code.

    ``named`` is the file of settings on the command line. With None, the job looks for a file. ``does`` is the command
    of ``onboard`` that does the same work. If ``is_whole`` is true, the operator starts the job again to do its next
    step, and needs no other command.
    """
    from onboarding.settings.config_file import FILE_NAME, find_config  # not needed by --help

    context = click.get_current_context()
    name, config = str(context.info_name), find_config(named)
    started = job_invocation(name, config.path if config else None, command=does, is_whole_job=is_whole)

    def checked_work() -> int:
        if config is None:
            raise ConfigurationError(f"There is no {FILE_NAME} in this folder; name a file: onboard {name} CONFIG.")
        try:
            return work(config, started)
        except OnboardingError as error:
            error.args = (_with_names(str(error), config.path),)
            raise

    context.exit(run_to_exit_code(checked_work, started))


def _with_names(message: str, config: Path) -> str:
    """Return a message with one more sentence, if the message names settings by their flags.

    The sentence says how the file of settings writes these settings.
    """
    from onboarding.settings.names_in_file import names_in_file  # not needed by --help

    return " ".join(filter(None, (message, names_in_file(message, config))))


def _settings(
    config: "ConfigFile", flags: Mapping[str, object] = MappingProxyType({}), *, says_found: bool = False
) -> "Settings":
    """Return the settings of a file, and set up the log. Raises ``ConfigurationError``.

    ``flags`` are the settings on the command line, by name. If ``says_found`` is true, the function prints the name of
    a file that the operator did not name, except with the setting ``quiet``.
    """
    with loading_modules():
        from onboarding.runtime import logs
        from onboarding.settings.loading import load_settings

    chosen = load_settings(flags, config=config)
    note_quiet(is_quiet=chosen.quiet)
    logs.configure(level=chosen.log_level or "warning", log_format=chosen.log_format)
    if says_found and config.is_found and not chosen.quiet:
        print_found_config(str(config))
    return chosen


def _run_tonight(tonight: "Settings", config: Path, started: Invocation) -> int:
    with loading_modules():
        from onboarding.pipeline import run as pipeline
        from onboarding.pipeline.starting import notices

    with notices(tonight, "run", started) as notify:
        summary = pipeline.run(tonight, invocation=started)
        if summary.needs_attention:
            news, is_mailed = summary.attention_in_words, not is_terminal(sys.stdout)
            if is_mailed:  # people read cron's mails from the top, and terminals from the bottom
                print_message(_with_names(news, config))
            summary.show(said=news)
            if not is_mailed:
                print_message(_with_names(news, config))
            print_topic(TOPIC_OF_CODE[summary.exit_code])
            print_command(summary.next_command, summary.exit_code)
        elif is_terminal(sys.stdout) and not tonight.quiet:
            invited = people_invited(summary.counts.get(Disposition.INVITED, 0), summary.invited_again)
            print_result(lambda: click.echo(f"{invited}, nothing new for a person."))
        notify(summary)
    return summary.exit_code


def _migrate(chosen: "Settings", config: Path, started: Invocation) -> int:
    with loading_modules():
        from onboarding.pipeline.starting import notices

    chosen = chosen if chosen.save else chosen.with_values({"save": str(config.with_name("migration.plan"))})
    with notices(chosen, "apply", started) as notify:
        summary = _next_step(chosen, started)
        summary.show()
        if message := summary.message or ("approve the plan with:" if summary.next_command else ""):
            print_message(_with_names(message, config))
        print_topic(TOPIC_OF_CODE[summary.exit_code])
        print_command(summary.next_command, summary.exit_code)
        notify(summary)
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


def _hand_off(chosen: "Settings", config: "ConfigFile", run_ids: tuple[str, ...], started: Invocation) -> int:
    with loading_modules():
        from onboarding.pipeline.past_reports import hand_off

    with ExitStack() as finding:
        for run_id in run_ids:
            finding.enter_context(finding_run(CommandLine({}, config, started), run_id, "report", "--handoff"))
        hand_off(chosen, run_ids, invocation=started).show()
    return ExitCode.SETTLED
