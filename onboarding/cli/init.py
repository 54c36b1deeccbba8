"""The command ``onboard init``: ask questions, write a file of settings and the files of a schedule, and check both.

The module ``questions`` asks the questions, and ``new_files`` writes the files.
"""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onboarding.cli.check import show_findings
from onboarding.cli.command import loading_modules, setting_options
from onboarding.cli.help import Command, TextOfSetting
from onboarding.cli.output import print_result
from onboarding.model.choices import Schedule
from onboarding.model.errors import ExitCode
from onboarding.model.printable import printable
from onboarding.runtime.colour import is_terminal
from onboarding.runtime.shell import shell_command
from onboarding.settings.destination_options import ACCOUNT_OF
from onboarding.settings.invocation import this_invocation

if TYPE_CHECKING:
    from onboarding.cli.new_files import NewFiles
    from onboarding.cli.questions import Answers

SETTINGS = (
    *("exports", "sandbox", "destination", *ACCOUNT_OF.values(), "region", "profile", "endpoint_url"),
    *("out", "state_dir", "notify"),
)
"""The settings that are options of the command. The command writes these settings into the file."""

UNITS = Path("/etc/systemd/system")


@click.command(cls=Command)
@setting_options(*SETTINGS)
@click.option("--at", metavar="TIME", help="Start every night at this time, such as 02:15; or once. [default: once]")
@click.option(
    "--schedule",
    type=click.Choice([str(each) for each in Schedule]),
    help="What starts the job every night. [default: what this machine has]",
)
@click.option(
    "--config",
    type=TextOfSetting("config"),
    metavar="FILE",
    default="onboard.toml",
    help="The file to write. [default: onboard.toml]",
)
@click.option("--force", is_flag=True, help="Write the files anew if they are there already.")
@click.option("--no-input", is_flag=True, help="Ask nothing, even at a terminal.")
@click.option("--no-check", is_flag=True, help="Write the files only, without the check.")
def init(config: str, at: str | None, schedule: str | None, *, no_input: bool, **others: Any) -> None:
    """Write a file of settings, and what starts the job every night.

    At a terminal, the command asks five questions: where people are invited, to which account, where the exports are,
    who is told, and when the job runs. A flag answers its question. Without a terminal, nothing is asked. Then the
    command checks whether a run would work, as onboard check does, and ends with the exit code of that check.
    """
    replaces, is_unchecked = others.pop("force"), others.pop("no_check")
    given = {name: value for name, value in others.items() if value not in (None, ())}
    asks = not no_input and all(stream is not None and is_terminal(stream) for stream in (sys.stdin, sys.stderr))

    with loading_modules():
        from onboarding.cli.new_files import refuse_existing, refuse_folder, write_files
        from onboarding.cli.questions import complete

    refuse_folder(config)
    refuse_existing([Path(config)], replaces=replaces)
    try:
        answers = complete(given, at, schedule, asks=asks)
    except click.Abort:
        raise KeyboardInterrupt from None
    files = write_files(answers, Path(config), replaces=replaces)
    print_result(lambda: click.echo(_what_is_written(files)))
    code = ExitCode.SETTLED if is_unchecked else _check(files.config)
    print_result(lambda: click.echo(_what_next(answers, files, code)))
    click.get_current_context().exit(code)


def _what_is_written(files: "NewFiles") -> str:
    others = "".join(f", and beside it {path.name}" for path in files.of_schedule[:1])
    others += "".join(f" and {path.name}" for path in files.of_schedule[1:])
    return printable(f"{files.config} is written{others}.")


def _check(config: Path) -> ExitCode:
    """Check whether a run with the new settings would work, as ``onboard check`` does, and return its exit code."""
    from onboarding.pipeline.check.check import check_run
    from onboarding.pipeline.check.findings import exit_code
    from onboarding.runtime import logs
    from onboarding.settings.config_file import ConfigFile
    from onboarding.settings.loading import load_with_origins

    file = ConfigFile(config)
    loaded = load_with_origins({}, config=file)
    logs.configure(level="warning", log_format=loaded.settings.log_format)
    findings = check_run(loaded.settings, loaded.origins)
    print_result(lambda: show_findings(findings, file))
    return exit_code(findings)


def _what_next(answers: "Answers", files: "NewFiles", code: ExitCode) -> str:
    """Return the operator's next commands, each below a line that explains the command."""
    started = this_invocation("init", {}, [], files.config)
    if code is not ExitCode.SETTLED:
        lines = ["", "When that is mended, check again:", f"    {started.to('check')}"]
    elif answers.settings.get("sandbox"):
        lines = ["", "This rehearses, and mails nobody:", f"    {started.to('run')}"]
    else:
        plan = started.to("plan", flags=("--save", "first.plan"))
        lines = ["", "This makes a plan, and sends nothing. Look at its page before you send it:", f"    {plan}"]
    if files.start and _has_credentials_of_shell(answers):
        lines += [
            "Mind: your AWS credentials are in variables of this shell, which the job at night does not get. Give its",
            f'user a profile, and name it in {printable(str(files.config))}: profile = "NAME".',
        ]
    if files.start:
        lines += [f"When that went well, {_start_every_night(files)}"]
    if files.outdated:
        lines += _about_outdated(files)
    return "\n".join(lines)


def _about_outdated(files: "NewFiles") -> list[str]:
    """Return lines about the files of an earlier schedule: what these files may still start, and how to remove them."""
    named = ", ".join(printable(path.name) for path in files.outdated)
    timers = [path.name for path in files.outdated if path.suffix == ".timer" and (UNITS / path.name).exists()]
    stop = f"{'' if os.access(UNITS, os.W_OK) else 'sudo '}systemctl disable --now {shlex.join(timers)} && "
    paths = shlex.join(map(str, files.outdated))
    return [
        f"An earlier init wrote {named}. What was installed from that still starts the job; take a line of cron",
        "out with crontab -e. This removes the rest:",
        f"    {stop if timers else ''}rm {paths}",
    ]


def _has_credentials_of_shell(answers: "Answers") -> bool:
    """Say whether a real run would read AWS credentials from this shell's variables.

    A named profile prevents this.
    """
    is_named = answers.settings.get("profile") or os.environ.get("AWS_PROFILE")
    return bool(os.environ.get("AWS_ACCESS_KEY_ID")) and not (is_named or answers.settings.get("sandbox"))


def _start_every_night(files: "NewFiles") -> str:
    """Return two lines that say how to start the job every night: half a sentence, and a command."""
    if not files.start:
        return ""
    at = f"at {files.start.at:%H:%M} every night"
    paths = [shlex.quote(os.path.abspath(path)) for path in files.of_schedule]  # noqa: PTH100 - links stay
    match files.schedule:
        case Schedule.CRON:
            return f"this lets cron start the job {at}:\n    (crontab -l 2>/dev/null; cat {paths[0]}) | crontab -"
        case Schedule.SYSTEMD:
            sudo = "" if os.access(UNITS, os.W_OK) else "sudo "
            steps = (
                f"{sudo}install -m 644 {' '.join(paths)} {UNITS}/",
                f"{sudo}systemctl daemon-reload",
                f"{sudo}systemctl enable --now {files.start.name}.timer",
            )
            return f"this lets systemd start the job {at}:\n    {' && '.join(steps)}"
        case Schedule.NONE:
            return f"let your scheduler start this {at}:\n    {shell_command(files.start.words)}"
