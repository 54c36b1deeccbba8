"""The help of a command: its common options or all options, in sections, with examples and exit codes.

The module ``help_texts`` contains the sections and the examples. The table ``settings.options`` contains the text of
each option.
"""

from collections.abc import Iterator, Mapping

import click
from click.shell_completion import CompletionItem
from click.types import StringParamType

from onboarding.cli.exit_words import exit_codes_in_words
from onboarding.cli.help_texts import CHOICES, COMMON, EXAMPLES, LAST_PANEL, PANELS
from onboarding.cli.output import print_result
from onboarding.runtime.shell import shell_command
from onboarding.settings.invocation import this_program
from onboarding.settings.options import OPTIONS, PATHS, flag_of

FEW = 8
"""The most settings that help shows in a single section."""

MANY = 20
"""The most settings that help shows at once. For a command with more settings, help shows only common settings."""

SHOWS_ALL = "onboarding.cli.help.shows_all"
"""The key in the ``meta`` of click's context that records whether help shows all options."""

_SHARED = frozenset({"--config", "--no-config", "--help", "--help-all", *map(flag_of, OPTIONS)})
"""The long flags of options that several commands have."""

Record = tuple[str, str]
"""What help says about an option: its flags, and its text."""


class TextOfSetting(StringParamType):
    """The type of an option that is a setting. The type helps a shell to complete a value, and checks nothing.

    ``name`` is the name of the setting. A shell offers the words that the setting accepts, or the names of files.
    """

    def __init__(self, name: str) -> None:
        self._setting = name

    def shell_complete(
        self, _context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the accepted words that begin with ``incomplete``, or let the shell complete the name of a file."""
        if self._setting in PATHS or self._setting == "config":
            return [CompletionItem(incomplete, type="file")]
        return [CompletionItem(word) for word in CHOICES.get(self._setting, ()) if word.startswith(incomplete)]


def _show_help(context: click.Context, option: click.Parameter, value: object) -> None:
    """Print the help of a command and end the process, if the command line contains ``--help`` or ``--help-all``."""
    if value and not context.resilient_parsing:
        context.meta[SHOWS_ALL] = option is HELP_ALL
        print_result(lambda: click.echo(context.get_help(), color=context.color))
        context.exit()


HELP_ALL = click.Option(
    ["--help-all"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_help,
    help="Show all options, and exit.",
)


class PrintsHelp(click.Command):
    """A command or a group of commands. Its option ``--help`` succeeds even if stdout is closed."""

    def get_help_option(self, context: click.Context) -> click.Option | None:
        """Return the option ``--help``."""
        if option := super().get_help_option(context):
            option.callback, option.help = _show_help, "Show this help, and exit."
        return option

    def format_usage(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line into the formatter. The line names the program ``onboard``, without its folder."""
        program, path = shell_command(this_program()), context.command_path
        if path.startswith(program):
            path = f"onboard{path.removeprefix(program)}"
        formatter.write_usage(path, " ".join(self.collect_usage_pieces(context)))


class Command(PrintsHelp):
    """A command of ``onboard``. Its help has sections, examples and exit codes."""

    def get_params(self, context: click.Context) -> list[click.Parameter]:
        """Return the arguments and options, with ``--help-all``."""
        return [*super().get_params(context), HELP_ALL]

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections of options into the formatter.

        If help leaves out options, the last option is ``--help-all``.
        """
        settings = {each.name for each in self.params} & OPTIONS.keys()
        is_short = len(settings) > MANY and not context.meta.get(SHOWS_ALL, False)
        options = [each for each in super().get_params(context) if isinstance(each, click.Option)]
        typed = {word for line in EXAMPLES.get(self.name or "", ()) for word in line.split()}
        hidden = settings - COMMON if is_short else set()
        shown = [each for each in options if each.name not in hidden or not typed.isdisjoint(each.opts)]
        records = {max(each.opts, key=len): record for each in shown if (record := each.get_help_record(context))}
        if is_short:
            count = sum(not each.hidden for each in options)
            records["--help-all"] = ("--help-all", f"Show all {count} options, and exit.")
        for title, lines in _sections(records, are_few=len(settings) <= FEW):
            with formatter.section(title):
                formatter.write_dl(lines)

    def format_epilog(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples and the exit codes into the formatter."""
        if examples := EXAMPLES.get(self.name or ""):
            with formatter.section("Examples"):
                for line, text in examples.items():
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")
                    with formatter.indentation():
                        formatter.write_text(text)
        formatter.write_paragraph()
        codes = exit_codes_in_words(self.name or "")
        formatter.write_text(f"Exit codes: {codes}. See: onboard guide exit-codes")


def _sections(records: Mapping[str, Record], *, are_few: bool) -> Iterator[tuple[str, list[Record]]]:
    """Yield the title of each section that is not empty, with the records of its options.

    ``records`` maps each option's long flag to its record. If ``are_few`` is true, all settings are in one section. The
    first section contains the options that only this command has.
    """
    takes_settings = "--config" in records
    own = [flag for flag in records if flag not in _SHARED or not takes_settings]
    if are_few:
        yield "Options", [records[flag] for flag in sorted(records, key=lambda flag: flag not in own)]
        return
    if own:
        yield "Options", [records[flag] for flag in own]
    left = {flag: record for flag, record in records.items() if flag not in own}
    for title, names in PANELS.items():
        if lines := [left.pop(flag) for flag in map(flag_of, names) if flag in left]:
            yield title, lines
    yield LAST_PANEL, list(left.values())
