"""The decorator that gives a command its options, and the parsed command line.

The table ``settings.options`` contains all options, and each command names its options. Click reads the options, and
the command gets their values as one ``CommandLine``. The module ``output`` prints errors.
"""

import gc
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import click

from onboarding.cli.help import TextOfSetting
from onboarding.cli.help_texts import OF_REHEARSALS, SIGNS
from onboarding.cli.output import note_quiet, print_found_config, run_to_exit_code
from onboarding.model.errors import ConfigurationError
from onboarding.model.values import dataclass
from onboarding.runtime.memory_limits import check_memory_limit
from onboarding.settings.destination_options import ACCOUNT_OF
from onboarding.settings.invocation import Invocation, this_invocation
from onboarding.settings.options import OPTIONS, TAKEN_BY, flag_of, off_flag_of

if TYPE_CHECKING:
    from onboarding.settings.config_file import ConfigFile
    from onboarding.settings.loading import LoadedSettings
    from onboarding.settings.settings import Settings

NEVER_USED = ("rich.pretty", "rich.traceback")
"""Optional modules that structlog loads to show exceptions with the values of variables.

The log of a command shows no values of variables, and these modules load thirty further modules. A Python program that
calls the job keeps these modules.
"""

NAMES_A_PLACE = (*ACCOUNT_OF.values(), "endpoint_url")
"""The settings that name a real account or endpoint. A person who types one of these settings wants no rehearsal."""

CONFIG_HELP = "A file of settings, or --no-config. [default: onboard.toml]"

Own = ParamSpec("Own")
"""The parameters of a command beside its settings, such as ``--force`` of ``onboard init``."""


class Switch(click.Option):
    """An option without a value.

    A second flag, such as ``--no-sandbox``, switches the option off if a file of settings switches it on. Help shows
    only the first flag. The exception is ``--sandbox``: with its second flag, a command mails people.
    """

    def get_help_record(self, _context: click.Context) -> tuple[str, str]:
        """Return the flags and the text that help shows."""
        text = self.help or ""
        if self.name == "sandbox":
            text = f"{text.removesuffix('.')}; or {off_flag_of(self.name)}."
        return ", ".join(sorted(self.opts, key=len)), text


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A parsed command line: its settings by name (``flags``), and the file of settings (``config``).

    ``config`` is ``None`` if there is no file of settings. ``invocation`` says how the operator started the command. If
    ``asks_for_secret`` is true, the command asks AWS for the secret that the settings name.
    """

    flags: Mapping[str, object]
    config: "ConfigFile | None"
    invocation: Invocation
    asks_for_secret: bool = True

    def read_settings(self) -> "LoadedSettings":
        """Return the settings of the run, each with its origin. Raises ``ConfigurationError`` if a setting is wrong."""
        with loading_modules():
            from onboarding.settings.loading import load_with_origins
            from onboarding.settings.settings import NAMES

        names = NAMES if self.asks_for_secret else NAMES - {"aws_secret"}
        loaded = load_with_origins(self.flags, config=self.config, names=names)
        note_quiet(is_quiet=loaded.settings.quiet)
        return loaded

    def load_with_origins(self) -> "LoadedSettings":
        """Return the settings of the run, each with its origin, and set up the log.

        If the operator did not name the file of settings, the method prints the file's name to stderr. Raises
        ``ConfigurationError`` if a setting is wrong, or if a run may be meant as a rehearsal.
        """
        with loading_modules():
            from onboarding.runtime import logs

        loaded = self.read_settings()
        chosen = loaded.settings
        logs.configure(level=chosen.log_level or ("warning" if chosen.quiet else None), log_format=chosen.log_format)
        if "sandbox" not in loaded.origins:
            self._check_wish_to_send()
        if not chosen.quiet:
            self.say_found_config(loaded)
        return loaded

    def load_settings(self) -> "Settings":
        """Return the settings of the run without their origins, and set up the log."""
        return self.load_with_origins().settings

    def say_found_config(self, loaded: "LoadedSettings") -> None:
        """Print the name of the file of settings to stderr, if the operator did not name the file.

        If the file switches rehearsals on, also say how to switch them off. ``loaded`` are the settings of the run.
        """
        if self.config and self.config.is_found:
            is_rehearsal = loaded.settings.sandbox and loaded.origins["sandbox"] == str(self.config)
            place = loaded.places_of("sandbox").removeprefix(str(self.config)) if is_rehearsal else ""
            if (word := self.config.overridden_by) and not loaded.settings.sandbox:
                way_back = " Add --sandbox to rehearse." if word.startswith("--") else ""
                place = f" sets sandbox, and {word} overrides that: this is no rehearsal.{way_back}"
            print_found_config(str(self.config), f"It{place}" if place else "")

    def for_real(self, word: str) -> "CommandLine":
        """Return the command line without the ``sandbox`` of a file that the job has found.

        ``word`` is a word of the command line. This word shows that the operator wants no rehearsal.
        """
        if self.config is None or not self.config.is_found or "sandbox" in self.flags:
            return self
        from onboarding.settings.conflicts import without_rehearsal  # not needed by --help

        config, options = without_rehearsal(self.config, word), dict(self.invocation.options)
        if not config.overridden_by:
            return self
        # The commands that this process prints name the file, and a named file keeps its sandbox.
        options.setdefault("sandbox", (off_flag_of("sandbox"),))
        return replace(self, config=config, invocation=replace(self.invocation, options=options))

    def _check_wish_to_send(self) -> None:
        """Raise ``ConfigurationError`` if ``onboard run`` or ``onboard resume`` may be meant as a rehearsal.

        A found file may switch rehearsals on, while the operator types an account but no endpoint. The operator may
        then want to rehearse with this account. Other commands send nothing, or only send a plan of a real run. A
        variable that sets ``sandbox`` has answered the question already.
        """
        word = self.config.overridden_by if self.config else ""
        if word and self.invocation.command in ("run", "resume") and "endpoint_url" not in self.flags:
            error = ConfigurationError(
                f"{self.config} sets sandbox, and you typed {word}. Add --no-sandbox to invite people, or --sandbox to"
                " rehearse."
            )
            error.next_command = ""
            raise error


@contextmanager
def loading_modules() -> Iterator[None]:
    """Pause the garbage collector while modules load, and let libraries do without the modules in ``NEVER_USED``.

    Modules make about a million objects that exist until the process ends. The collector would search these objects
    again and again, for an eighth of the time of a small run.
    """
    absent = [name for name in NEVER_USED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type] # None marks a module as absent
    gc.disable()
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
        gc.freeze()
        gc.enable()


def takes_settings(
    *names: str, is_light: bool = False, adapt: Callable[..., CommandLine] | None = None
) -> Callable[[Callable[Concatenate[CommandLine, Own], int]], Callable[Own, None]]:
    """Return a decorator that gives a command the options of the named settings, and ``--config``.

    The decorated function takes the ``CommandLine`` and the command's own arguments, and returns the exit code of the
    process. An exception of the function becomes one plain line and an exit code. The command first checks that the
    process may use enough memory for a run, except if ``is_light`` is true. ``adapt`` takes the same arguments as the
    function, and returns the command line that these arguments ask for.
    """

    def decorate(work: Callable[Concatenate[CommandLine, Own], int]) -> Callable[Own, None]:
        @wraps(work)
        def call(*positional: Own.args, **values: Own.kwargs) -> None:
            line = _command_line(names, values)
            line = adapt(line, *positional, **values) if adapt else line

            def checked_work() -> int:
                if not is_light:
                    check_memory_limit()
                return work(line, *positional, **values)

            is_suggested = line.invocation.command in TAKEN_BY
            click.get_current_context().exit(run_to_exit_code(checked_work, line.invocation if is_suggested else None))

        for name in reversed(names):
            _add_parameter(call, name, OF_REHEARSALS.get(work.__name__, "") if name == "sandbox" else "")
        type_of_config = TextOfSetting("config")
        click.option("--no-config", is_flag=True, hidden=True)(call)  # the help of --config names it
        return click.option("--config", type=type_of_config, metavar="FILE", help=CONFIG_HELP)(call)

    return decorate


def _command_line(names: Collection[str], values: dict[str, Any]) -> CommandLine:
    """Return the command line, from the values of the options and arguments that click has parsed.

    The function removes from ``values`` the settings (``names``) and ``--config``.
    """
    flags = {name: value for name in names if (value := values.pop(name)) not in (None, ())}
    note_quiet(is_quiet=bool(flags.get("quiet")))
    config, is_without = _config(values.pop("config"), is_without=values.pop("no_config"))
    context = click.get_current_context()
    own = [
        values[each.name] for each in context.command.params if isinstance(each, click.Argument) and each.name in values
    ]
    arguments = [*_several(flags.get("exports")), *(str(value) for value in own if value)]
    command = str(context.info_name)
    path = config.path if config else None
    invocation = this_invocation(command, flags, arguments, path, is_without_config=is_without)
    # A command without this option asks no service. Such a command is onboard inspect.
    line = CommandLine(flags, config, invocation, asks_for_secret="aws_secret" in names)
    place = next((flag_of(name) for name in NAMES_A_PLACE if name in flags), "")
    return line.for_real(place) if place and "fresh" not in flags else line


def _config(named: str | None, *, is_without: bool) -> "tuple[ConfigFile | None, bool]":
    """Return the file of settings, and whether ``--no-config`` forbids such a file.

    ``named`` is the file that ``--config`` names, or None. ``is_without`` is true if the command line contains
    ``--no-config``. Raises ``UsageError`` if the command line contains both flags, or if ``--config`` names no file.
    """
    from onboarding.settings.config_file import find_config  # not needed by --help

    if is_without and named is not None:
        raise click.UsageError("--config names a file of settings, and --no-config forbids one; drop one of them.")
    if named is not None and not named.strip():
        raise click.UsageError("--config names no file; write the path of a file of settings, or --no-config.")
    return (None if is_without else find_config(None if named is None else Path(named))), is_without


def _several(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def setting_options(*names: str) -> Callable[[Callable[Own, None]], Callable[Own, None]]:
    """Return a decorator that gives a command the options of the named settings, from the table of options.

    The decorated function gets the value of each option. For an option that the operator left out, the function gets
    None or an empty tuple.
    """

    def decorate(command: Callable[Own, None]) -> Callable[Own, None]:
        for name in reversed(names):
            _add_parameter(command, name)
        return command

    return decorate


def _add_parameter(command: Callable[Own, None], name: str, help_text: str = "") -> None:
    """Give a command the option of a setting. Help shows ``help_text``, or else the text of the table of options."""
    if name == "exports":
        click.argument("exports", nargs=-1, metavar="[EXPORT]...", type=TextOfSetting("exports"))(command)
        return
    option = OPTIONS[name]
    text = help_text or option.help
    flags = [flag_of(name), *filter(None, [option.short])]
    if option.value_type is bool:
        switch = f"{flag_of(name)}/{off_flag_of(name)}"
        click.option(name, switch, *flags[1:], cls=Switch, is_flag=True, default=None, help=text)(command)
        return
    sign = next((sign for sign, names in SIGNS.items() if name in names), None)
    kind = TextOfSetting(name) if option.value_type is str else option.value_type
    click.option(name, *flags, type=kind, metavar=sign, multiple=option.is_repeatable, help=text)(command)
