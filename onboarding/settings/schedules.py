"""Write the files with which cron or systemd starts the nightly job: lines of a crontab, or a service and its timer.

Cron and systemd start the job in another folder and with few variables. So each path in these files is absolute.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from datetime import time
from pathlib import Path

from onboarding.model.choices import Schedule
from onboarding.model.errors import ConfigurationError
from onboarding.model.values import dataclass
from onboarding.settings.new_file import check_one_line

_TIME = re.compile("([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9@_+=:,./-]+", re.ASCII)
_ODD_PROGRAM = re.compile(r"""["'\\$]""")
"""Characters that systemd does not accept in the path of a program. It accepts them in the words after the program."""

_NO_UNIT_NAME = re.compile("[^A-Za-z0-9_.-]+", re.ASCII)

HARDENING = """\
NoNewPrivileges=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
"""
"""Lines of a systemd service. They take away rights that the job does not need."""


SUFFIXES = (".crontab", ".service", ".timer")
"""The ends of the names of the files for cron and systemd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyStart:
    """The facts about the nightly job that a scheduler needs.

    ``program`` are the words that start ``onboard`` from any folder. ``config`` is the absolute path of the file of
    settings, and ``at`` the time of day by the clock of the machine. ``user`` is the name of the user who runs the job,
    or empty if it is not known. The job may write to the ``writable`` folders, whose paths are absolute.
    """

    program: Sequence[str]
    config: Path
    at: time
    user: str = ""
    writable: Sequence[Path] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the command that starts the job."""
        return (*self.program, "nightly", str(self.config))

    @property
    def name(self) -> str:
        """The name of the files: ``onboarding``, or ``onboarding-emea`` if the file of settings is ``emea.toml``."""
        return name_of_job(self.config)


def name_of_job(config: Path) -> str:
    """Return the name of the files that start the nightly job of a file of settings (``config``)."""
    stem = _NO_UNIT_NAME.sub("_", config.stem)
    return "onboarding" if stem == "onboard" else f"onboarding-{stem}"


def read_time(text: str) -> time:
    """Return the time of day that a text such as ``02:15`` names. Raises ``ConfigurationError`` for any other text."""
    if not (found := _TIME.fullmatch(text.strip())):
        raise ConfigurationError("--at: write a time of day such as 02:15, or once.")
    return time(int(found[1]), int(found[2]))


def schedule_files(schedule: Schedule, start: NightlyStart) -> Mapping[str, str]:
    """Return the texts of the files that a scheduler needs, by the names of the files.

    Raises ``ConfigurationError`` if a path has a control character, such as a line break.
    """
    for word in (*start.words, *map(str, start.writable)):
        check_one_line("The paths for cron and systemd", word)
    match schedule:
        case Schedule.CRON:
            return {f"{start.name}.crontab": crontab(start)}
        case Schedule.SYSTEMD:
            return {f"{start.name}.service": systemd_service(start), f"{start.name}.timer": systemd_timer(start)}
        case Schedule.NONE:
            return {}


def crontab(start: NightlyStart) -> str:
    """Return the lines for the crontab of the user who runs the job."""
    return f"""\
# Cron mails what the nightly job prints: only what a person must see. Name who gets the mail:
#MAILTO=it@example.com
# Cron does not pass on your variables. If the file of settings names no profile, name one that this user has:
#AWS_PROFILE=onboarding
{start.at.minute} {start.at.hour} * * * {" ".join(map(_cron_word, start.words))}
"""


def _cron_word(word: str) -> str:
    r"""Return a word of a command as cron and its shell read it.

    Cron reads ``%`` as a line break, and ``\%`` as ``%``. Right after another backslash, cron would read ``\%`` in
    another way. So the shell's quotes end before each ``\%``.
    """
    return r"\%".join(shlex.quote(part) if part else "" for part in word.split("%"))


def systemd_service(start: NightlyStart) -> str:
    """Return the text of a systemd service that runs the job once, and that lets the job write to few folders.

    The exit codes 3, 6 and 8 count as success: the job did its work, and the next night does the rest.
    """
    program, *others = start.words
    words = [program, *others] if not _ODD_PROGRAM.search(program) else ["/usr/bin/env", program, *others]
    command = " ".join([_unit_word(words[0]), *(_unit_word(word).replace("$", "$$") for word in words[1:])])
    user = f"User={start.user}\n" if start.user else ""
    writable = " ".join(_unit_word(str(folder)) for folder in start.writable)
    return f"""\
# Runs the nightly job of onboarding once. {start.name}.timer starts this service.
[Unit]
Description=Invite the new people in the exports of HR
Wants=network-online.target
After=network-online.target
# Start a unit of your own when a night fails:
#OnFailure=tell-the-help-desk.service

[Service]
Type=oneshot
# systemd does not pass on your variables. If the file of settings names no profile, name one that the user has:
#Environment=AWS_PROFILE=onboarding
{user}ExecStart={command}
# The job worked, and a person may have to look: some addresses were refused (3), some answers were lost (6), or
# the service throttled (8). The next night goes on with 6 and 8. Put # before the line to see them as failures.
SuccessExitStatus=3 6 8
# A stopped run writes its report first.
TimeoutStopSec=120

# The job may write to these folders only: the memory of runs, the reports, and the locks and large files of runs.
# PrivateTmp= stays off, since a run that a person starts must meet the same locks.
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={writable}
UMask=0077

{HARDENING}"""


def systemd_timer(start: NightlyStart) -> str:
    """Return the text of a systemd timer that starts the service every night.

    If the machine was off at the time of a start, the timer starts the service when the machine is on again.
    """
    return f"""\
# Starts {start.name}.service every night.
[Unit]
Description=Every night: invite the new people in the exports of HR

[Timer]
OnCalendar=*-*-* {start.at:%H:%M}:00
Persistent=yes

[Install]
WantedBy=timers.target
"""


def _unit_word(word: str) -> str:
    r"""Return a word in systemd's notation: ``%`` doubled, and in quotes with ``\"`` and ``\\`` where necessary."""
    doubled = word.replace("%", "%%")
    if _PLAIN.fullmatch(word):
        return doubled
    return '"' + doubled.replace("\\", r"\\").replace('"', r"\"") + '"'
