"""What all commands are built from: a decorator that gives a command its options, and the parsed command line.

The table ``settings.options`` has all options, and each command names the options that it takes. Click reads the
options, and the command gets their values as one ``CommandLine``. ``output`` prints errors.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import click

from onboarding.cli.help import TextOfSetting
from onboarding.cli.help_texts import SIGNS
from onboarding.cli.output import run_to_exit_code
from onboarding.runtime.memory_limits import check_memory_limit
from onboarding.settings.invocation import Invocation, this_invocation
from onboarding.settings.options import OPTIONS, TAKEN_BY, flag_of, off_flag_of

if TYPE_CHECKING:
    from onboarding.settings.settings import Settings

Own = ParamSpec("Own")
"""The arguments and options that belong to one command alone and are no settings."""


class Switch(click.Option):
    """An option without a value.

    A second flag, such as ``--no-sandbox``, switches off what a file of settings switches on. Help shows only the first
    flag.
    """

    def get_help_record(self, _context: click.Context) -> tuple[str, str]:
        """Return the flags and the text that help shows."""
        return ", ".join(sorted(self.opts, key=len)), self.help or ""


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What a command line gives: its settings by name (``flags``), and the file that ``--config`` names (``config``).

    ``config`` is ``None`` if the command line has no ``--config``. ``invocation`` says how the operator started it.
    """

    flags: Mapping[str, object]
    config: Path | None
    invocation: Invocation

    def read_settings(self) -> "Settings":
        """Return the run's settings. Raises ``ConfigurationError`` if a setting is wrong."""
        with loading_modules():
            from onboarding.settings.loading import load_settings

        return load_settings(self.flags, config=self.config)

    def load_settings(self) -> "Settings":
        """Return the run's settings, and set up the log as they say.

        Raises ``ConfigurationError`` if a setting is wrong.
        """
        with loading_modules():
            from onboarding.runtime import logs

        chosen = self.read_settings()
        logs.configure(level=chosen.log_level or ("warning" if chosen.quiet else None), log_format=chosen.log_format)
        return chosen


@contextmanager
def loading_modules() -> Iterator[None]:
    """Pause the garbage collector while modules load.

    Modules make about a million objects that last as long as the process. The collector would search these objects
    again and again, which would take an eighth of the time of a small run.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def takes_settings(
    *names: str, is_light: bool = False
) -> Callable[[Callable[Concatenate[CommandLine, Own], int]], Callable[Own, None]]:
    """Return a decorator that gives a command the options of the named settings, and ``--config``.

    The decorated function takes the ``CommandLine`` and the command's own arguments, and returns the exit code of the
    process. Any exception that the function raises becomes one plain line and an exit code. Unless ``is_light`` is
    true, the command ends with an error if the process may use too little memory for a run.
    """

    def decorate(work: Callable[Concatenate[CommandLine, Own], int]) -> Callable[Own, None]:
        @wraps(work)
        def call(*positional: Own.args, **values: Own.kwargs) -> None:
            line = _command_line(names, values)

            def checked_work() -> int:
                if not is_light:
                    check_memory_limit()
                return work(line, *positional, **values)

            is_suggested = line.invocation.command in TAKEN_BY
            click.get_current_context().exit(run_to_exit_code(checked_work, line.invocation if is_suggested else None))

        for name in reversed(names):
            _add_parameter(call, name)
        type_of_config = TextOfSetting("config")
        return click.option("--config", type=type_of_config, metavar="FILE", help="A TOML file of settings.")(call)

    return decorate


def _command_line(names: Iterable[str], values: dict[str, Any]) -> CommandLine:
    """Take the settings with these names and ``--config`` out of click's values, and return the command line."""
    flags = {name: value for name in names if (value := values.pop(name)) not in (None, ())}
    config = Path(named) if (named := values.pop("config")) else None
    context = click.get_current_context()
    own = [
        values[each.name] for each in context.command.params if isinstance(each, click.Argument) and each.name in values
    ]
    arguments = [*_several(flags.get("exports")), *(str(value) for value in own if value)]
    command = str(context.info_name)
    return CommandLine(flags, config, this_invocation(command, flags, arguments, config))


def _several(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _add_parameter(command: Callable[Own, None], name: str) -> None:
    if name == "exports":
        click.argument("exports", nargs=-1, metavar="[EXPORT]...", type=TextOfSetting("exports"))(command)
        return
    option = OPTIONS[name]
    flags = [flag_of(name), *filter(None, [option.short])]
    if option.value_type is bool:
        switch = f"{flag_of(name)}/{off_flag_of(name)}"
        click.option(name, switch, *flags[1:], cls=Switch, is_flag=True, default=None, help=option.help)(command)
        return
    sign = next((sign for sign, names in SIGNS.items() if name in names), None)
    kind = TextOfSetting(name) if option.value_type is str else option.value_type
    click.option(name, *flags, type=kind, metavar=sign, multiple=option.is_repeatable, help=option.help)(command)
