"""How the operator started this process, and shell commands for the operator's next step.

A command works in the folder where the process was started. If cron has started the process, a person may read the
command in any folder. So the command first changes to the right folder.
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from pathlib import Path
from typing import Self

from onboarding.model.choices import STANDARD_INPUT
from onboarding.model.values import dataclass
from onboarding.runtime.shell import in_folder, quoted, shell_command
from onboarding.settings.options import (
    DESTINATION,
    FILE_SUFFIX,
    LEDGER_OPTIONS,
    OPTIONS,
    PLACE,
    REPLACED_BY_SANDBOX,
    SECRET_NAME,
    TAKEN_BY,
    flag_of,
    off_flag_of,
    variable_of,
)
from onboarding.settings.state_folder import SYSTEMD_VARIABLE, state_folder_of_service

PACKAGE = "onboarding"
NEVER_REPEATED = frozenset({"fresh", "confirm", "notify", "ping_url"})
"""The options that no command repeats. Two options are for one run only, and the other options have secret values."""

_ON = frozenset({"1", "true", "t", "yes", "y", "on"})
_FILES_OF_DESTINATION = frozenset(f"{variable_of(name)}{FILE_SUFFIX}" for name in DESTINATION)
_PASSWORD = re.compile("(?<=//)([^:/@]*):.*@|(?<=password=)[^&]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """The words with which the operator started the process.

    ``program`` starts ``onboard``, and ``command`` is the command's name. ``arguments`` are the exports, the plan or
    the run id. ``options`` has the words of each option by the name of its setting, and under ``config`` the words of
    ``--config`` or ``--no-config``. ``job`` has the words that start a ready-made job, such as ``onboard nightly
    nightly.toml``, or is empty. ``is_whole_job`` is True if each start of the job does its next step. No other command
    does this step. ``folder`` is the folder to change to, or empty if the operator is in that folder already.
    ``variables`` are the environment variables to set for the command.
    """

    program: tuple[str, ...] = ("onboard",)
    command: str = "run"
    arguments: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    job: tuple[str, ...] = ()
    is_whole_job: bool = False
    folder: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def exports(self) -> tuple[str, ...]:
        """The exports among the arguments. Empty if the arguments are a plan or a run id."""
        return self.arguments if "exports" in TAKEN_BY.get(self.command, ()) else ()

    def again(self, *flags: str) -> str:
        """Return the shell command that starts the process again with the same words, and with ``flags``."""
        if self.job and (self.is_whole_job or not flags):
            return self._shell((*self.job, *flags))
        return self.to(self.command, *self.arguments, flags=flags)

    def resumed(self, run_id: str) -> str:
        """Return the shell command that finishes an interrupted run."""
        return self.again() if self.is_whole_job else self.to("resume", *filter(None, [run_id]))

    def anew(self, command: str, settings: Mapping[str, object], *flags: str) -> str:
        """Return the shell command that begins an earlier run or plan anew, with its exports and ``settings``.

        ``settings`` are in the form of JSON. The command also has the ``flags``.
        """
        if self.is_whole_job:
            return self.again()
        exports = settings.get("exports")
        arguments = map(str, exports) if isinstance(exports, (list, tuple)) else ()
        return self.with_settings(settings).to(command, *arguments, flags=flags)

    def with_settings(self, settings: Mapping[str, object]) -> Self:
        """Return an invocation with the words that would have started the process with other settings.

        ``settings`` has the settings by name, with values in the form of JSON.
        """
        names = [name for name in OPTIONS if name in settings and name not in {"save", *NEVER_REPEATED}]
        words = {name: tuple(_words(name, value=settings[name])) for name in names}
        return replace(self, options={**self.options, **words})

    def with_place(self, settings: Mapping[str, object]) -> Self:
        """Return an invocation that also names the place of a run, such as its account, endpoint and AWS profile.

        ``settings`` has the settings of the run, with values in the form of JSON. Options that the operator has typed
        do not change.
        """
        missing = {*PLACE, "profile"} - self.options.keys()
        return self.with_settings({name: value for name, value in settings.items() if name in missing})

    def to(self, command: str, *arguments: str, flags: Sequence[str] = ()) -> str:
        """Return the shell command for another command of ``onboard``, with the options of this process that fit.

        The command also has the ``flags``, which replace options of this process with the same names. ``--sandbox``
        also replaces the options that a rehearsal does not need.
        """
        taken = {"config", *TAKEN_BY.get(command, LEDGER_OPTIONS)} - NEVER_REPEATED
        replaced = {name for name in taken if not {flag_of(name), off_flag_of(name)}.isdisjoint(flags)}
        replaced |= REPLACED_BY_SANDBOX if flag_of("sandbox") in flags else set()
        kept = (words for name, words in self.options.items() if name in taken - replaced)
        options = [word for words in (*kept, tuple(flags)) for word in words]
        is_clear = not any(word.startswith("-") and word != "-" for word in arguments)
        order = (*arguments, *options) if is_clear else (*options, "--", *arguments)
        return self._shell((*self.program, command, *order))

    def _shell(self, words: Iterable[str]) -> str:
        assigned = (f"{name}={quoted(value)}" for name, value in self.variables.items())
        line = " ".join((*assigned, shell_command(words)))
        there = in_folder(self.folder, line)
        # Without the brackets, a pipe into this line would end in cd.
        return f"({there})" if self.folder and reads_standard_input(line) else there


def reads_standard_input(command: str) -> bool:
    """Return whether a shell command of ``onboard`` reads an export from its standard input."""
    line = command.removeprefix("(").removesuffix(")")
    try:
        return STANDARD_INPUT in shlex.split(line)
    except ValueError:  # a command for cmd.exe may have a single quote
        return f" {STANDARD_INPUT} " in f"{line} "


def this_invocation(
    command: str,
    flags: Mapping[str, object],
    arguments: Iterable[str],
    config: Path | None,
    *,
    is_without_config: bool = False,
) -> Invocation:
    """Return how this process was started as ``onboard COMMAND``.

    ``flags`` has the settings on the command line, by name, except the exports: these are among the ``arguments``.
    ``config`` is the file of settings, even if the job has found the file itself. Another user may paste a command, and
    would find another file. ``is_without_config`` says whether the command line has ``--no-config``.
    """
    options = dict(_options(flags, config))
    if is_without_config:
        options["config"] = ("--no-config",)
    return Invocation(
        program=this_program(),
        command=command,
        arguments=tuple(arguments),
        options=options,
        folder=_folder(),
        variables=_variables(flags),
    )


def job_invocation(job: str, config: Path | None, *, command: str, is_whole_job: bool = False) -> Invocation:
    """Return how this process was started as a ready-made job.

    ``job`` is the job's name, and ``config`` its file of settings, or None without a file. ``command`` is the command
    of ``onboard`` that does the same work. ``is_whole_job`` is True if each start of the job does its next step. No
    other command does this step.
    """
    return Invocation(
        program=this_program(),
        command=command,
        options=dict(_options({}, config)),
        job=(*this_program(), job, *map(str, filter(None, [config]))),
        is_whole_job=is_whole_job,
        folder=_folder(),
        variables=_variables({}),
    )


def this_program() -> tuple[str, ...]:
    """Return the words with which ``onboard`` was started for this process."""
    return program_as_called(sys.argv[0], sys.orig_argv, is_at_terminal=_is_at_terminal())


def program_anywhere() -> tuple[str, ...]:
    """Return the words that start ``onboard`` from any folder and without variables, as cron starts a program."""
    program, *words = program_as_called(sys.argv[0], sys.orig_argv, is_at_terminal=False)
    return (os.path.abspath(program), *words)  # noqa: PTH100 - a link to Python is the Python of an environment


def program_as_called(name: str, words: Sequence[str], *, is_at_terminal: bool) -> tuple[str, ...]:
    """Return the words that start ``onboard`` as this process was started.

    ``name`` is ``sys.argv[0]``, and ``words`` are ``sys.orig_argv``. At a terminal, a program that the shell found by
    its name keeps this name. Elsewhere the result has the path of the program, since another shell may look for
    programs in other folders.
    """
    if Path(name).name == "onboard":
        found = shutil.which("onboard")
        is_found = found is not None and Path(found).resolve() == Path(name).resolve()
        return ("onboard",) if is_found and is_at_terminal else (name,)
    called = list(words)
    if "-m" in called and called[called.index("-m") + 1 :][:1] == [PACKAGE]:
        return (_interpreter(called[0], is_at_terminal=is_at_terminal), *called[1 : called.index("-m") + 2])
    return (sys.executable, "-m", PACKAGE)


def _interpreter(called: str, *, is_at_terminal: bool) -> str:
    return called if "/" in called or is_at_terminal else sys.executable


def _is_at_terminal() -> bool:
    return sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()


def _folder() -> str:
    """Return the current folder, or an empty text at a terminal, since the operator is in that folder already."""
    with suppress(OSError):  # the folder is gone
        return "" if _is_at_terminal() else str(Path.cwd())
    return ""


def _options(flags: Mapping[str, object], config: Path | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the words of each option, by the name of its setting.

    The result has all options on the command line. It also has, as options, the environment variables that name the
    account and the way to reach it, since another shell may lack these variables. It leaves out the text of a secret
    that was given in place of the secret's name. It also leaves out variables that ``--sandbox`` on the command line
    overrides.
    """
    if config:
        yield "config", ("--config", str(config))
    variables = {name.upper(): value for name, value in os.environ.items()}
    for name in REPLACED_BY_SANDBOX if flags.get("sandbox") else ():
        variables.pop(variable_of(name), None)
    secret = str(flags.get("aws_secret", variables.get(variable_of("aws_secret"), "")))
    shown = [name for name in OPTIONS if name != "aws_secret" or SECRET_NAME.fullmatch(secret)]
    for name in shown:
        if name in flags:
            yield name, tuple(_words(name, value=flags[name]))
        elif name in DESTINATION and (value := variables.get(variable_of(name))):
            if OPTIONS[name].value_type is not bool and not (name == "ledger" and _PASSWORD.search(value)):
                yield name, tuple(_words(name, value=value))
            elif value.lower() in _ON:
                yield name, tuple(_words(name, value=True))


def _variables(flags: Mapping[str, object]) -> dict[str, str]:
    """Return the environment variables that a command needs, since no option can replace them.

    The variables name the state folder of a service, and files with settings about the account and the way to reach it.
    An option for the state folder would override a state folder in the TOML file of settings. The variable does not.
    """
    named = state_folder_of_service()
    found = {SYSTEMD_VARIABLE: named} if named and "state_dir" not in flags else {}
    files = {variable: path for variable, path in os.environ.items() if variable.upper() in _FILES_OF_DESTINATION}
    # Where no such file is, the variable may hold a secret in place of a path, of any length.
    return found | {variable: path for variable, path in files.items() if os.path.exists(path)}  # noqa: PTH110


def _words(name: str, *, value: object) -> Iterator[str]:
    flag = flag_of(name)
    if isinstance(value, bool):
        yield flag if value else off_flag_of(name)
        return
    for each in value if isinstance(value, (list, tuple)) else (value,):
        text = f"{each:g}" if isinstance(each, float) else str(each)
        text = _PASSWORD.sub(_masked, text) if name == "ledger" else text
        yield from (f"{flag}={text}",) if text.startswith("-") else (flag, text)


def _masked(found: re.Match[str]) -> str:
    return "***" if found[1] is None else f"{found[1]}:***@"
