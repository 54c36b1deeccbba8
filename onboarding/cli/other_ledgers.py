"""Find the ledger that contains a run or a person, if the ledger of the settings does not.

Rehearsals have a ledger of their own. A file of settings or a variable can switch rehearsals on, and a file of settings
can name a ledger. So a command may look into another ledger than the operator means. This module says which ledger a
command looked into and why, and names the ledger that the operator probably means.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from onboarding.cli.command import CommandLine
from onboarding.cli.output import print_command, print_result
from onboarding.model.errors import InputRefused, NothingToResume, OnboardingError, RunToBeginAgain, UnknownRun
from onboarding.model.values import dataclass
from onboarding.settings.options import LEDGER_OPTIONS, PLACE, REPLACED_BY_SANDBOX, flag_of, off_flag_of

if TYPE_CHECKING:
    from onboarding.ledger import PeopleMemory
    from onboarding.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class OtherLedger:
    """A ledger that a similar command line (``line``) names. ``settings`` are the settings of that command line."""

    line: CommandLine
    settings: "Settings"

    @property
    def name(self) -> str:
        """The name of the ledger in words, such as ``the ledger of rehearsals``."""
        return name_of_ledger(self.settings)


def name_of_ledger(settings: "Settings") -> str:
    """Return the name of the settings' ledger in words, such as ``the ledger of rehearsals``."""
    return "the ledger of rehearsals" if settings.sandbox else "the ledger of real runs"


def capitalised(words: str) -> str:
    """Return a text with its first letter as a capital."""
    return words[:1].upper() + words[1:]


def say_nothing_found(
    line: CommandLine, has: "Callable[[Settings], bool]", what: str, *words: str, about: str = ""
) -> None:
    """Print that a command's ledger does not contain the wanted run or person, and name the other ledger that does.

    ``has`` says whether the ledger of the given settings contains the run or person. ``what`` names the run or person
    in words. The function also prints the command and its arguments (``words``) for the other ledger. ``about`` is a
    further sentence about the missing run or person, or empty.
    """
    loaded = line.read_settings()
    nothing = f"{capitalised(name_of_ledger(loaded.settings))} has no {what}."
    print_result(lambda: click.echo(" ".join(filter(None, (nothing, about, loaded.places_of(*LEDGER_OPTIONS))))))
    if other := other_ledger_with(line, has):
        print_result(lambda: click.echo(f"{capitalised(other.name)} has {what}:"))
        print_command(other.line.invocation.to(*words))


def where_was_looked(line: CommandLine) -> str:
    """Return sentences about the ledger of a command line: its name, and the file or variable that has chosen it.

    The text is empty if no file and no variable has chosen the ledger.
    """
    loaded = line.read_settings()
    places = loaded.places_of(*LEDGER_OPTIONS)
    return f"This is {name_of_ledger(loaded.settings)}. {places}" if places else ""


def other_ledger_with(line: CommandLine, has: "Callable[[Settings], bool]") -> OtherLedger | None:
    """Return the first other ledger for which ``has`` returns true, or None. ``has`` takes the settings of a ledger.

    The other ledgers are the ledger of rehearsals or of real runs, and the ledger that the job uses without the file of
    settings. The function skips a ledger that does not exist or cannot be read.
    """
    return next((other for other in _others(line) if _is_true(has, other.settings)), None)


def _is_true(has: "Callable[[Settings], bool]", settings: "Settings") -> bool:
    with suppress(OnboardingError, OSError):
        return has(settings)
    return False


def _others(line: CommandLine) -> Iterator[OtherLedger]:
    """Yield each other ledger once."""
    here = line.read_settings().settings
    seen = {str(here.ledger_place())}
    for other in _within_reach(line, here):
        if other.settings.sandbox == here.sandbox and other.line.config == line.config:
            continue  # a file or a variable switches the sandbox on, and the next line switches it off
        with suppress(OnboardingError):
            if (place := str(other.settings.ledger_place())) not in seen:
                seen.add(place)
                yield other


def _within_reach(line: CommandLine, here: "Settings") -> Iterator[OtherLedger]:
    """Yield similar lines with their ledgers. A rehearsal (``here``) asks no AWS secret and no database server."""
    if here.sandbox and here.aws_secret:
        return
    for similar in _similar_lines(line, is_rehearsal=here.sandbox):
        with suppress(OnboardingError, OSError):
            settings = similar.read_settings().settings
            if not (here.sandbox and settings.has_ledger_on_server):
                yield OtherLedger(similar, settings)


def _similar_lines(line: CommandLine, *, is_rehearsal: bool) -> Iterator[CommandLine]:
    """Yield command lines that may mean other ledgers than ``line`` does, the most likely first."""
    without = _with(line, dict.fromkeys(("sandbox", *REPLACED_BY_SANDBOX)))
    if is_rehearsal:
        yield without
    yield _with(without, {"sandbox": not is_rehearsal})
    if line.config and line.config.is_found:
        options = {**line.invocation.options, "config": ("--no-config",)}
        yield replace(line, config=None, invocation=replace(line.invocation, options=options))


def _with(line: CommandLine, switches: Mapping[str, bool | None]) -> CommandLine:
    """Return the command line with these ``switches``: on, off, or None for a switch that the new line leaves out."""
    flags = {name: value for name, value in line.flags.items() if name not in switches}
    options = {name: words for name, words in line.invocation.options.items() if name not in switches}
    flags |= {name: is_on for name, is_on in switches.items() if is_on is not None}
    options |= {
        name: (flag_of(name) if is_on else off_flag_of(name),) for name, is_on in switches.items() if is_on is not None
    }
    return replace(line, flags=flags, invocation=replace(line.invocation, options=options))


@contextmanager
def finding_run(line: CommandLine, run_id: str, command: str, *flags: str) -> Iterator[None]:
    """Look for the run ``run_id`` in other ledgers if the ``with`` block raises ``UnknownRun``.

    The message of the error then names the ledger without the run, and the other ledger with the run.

    ``command`` and ``flags`` are the shell command that the error suggests for a run of the other ledger.
    """
    try:
        yield
    except UnknownRun as error:
        if error.mistyped is None or error.mistyped.word != run_id:
            raise  # the block reads several runs
        other = other_ledger_with(line, lambda settings: _has_run(settings, run_id))
        if other is None and error.mistyped.meant:
            raise
        loaded = line.read_settings()
        here = capitalised(name_of_ledger(loaded.settings))
        message = f"{here} has no run {run_id!r}, and {other.name} has it." if other else str(error)
        explained = UnknownRun(" ".join(filter(None, (message, loaded.places_of(*LEDGER_OPTIONS)))))
        there = other.line.invocation.to(command, run_id, flags=flags) if other else line.invocation.to("runs")
        explained.next_command = there
        raise explained from None


@contextmanager
def finding_interrupted_run(line: CommandLine) -> Iterator[None]:
    """Look for an interrupted run in other ledgers if the ``with`` block raises ``NothingToResume``.

    The message of the error then also names the ledger with the interrupted run.
    """
    try:
        yield
    except RunToBeginAgain:
        raise
    except NothingToResume as error:
        if other := other_ledger_with(line, _has_interrupted_run):
            has = f"{capitalised(other.name)} has an interrupted run."
            error = NothingToResume(" ".join(filter(None, (str(error), has, where_was_looked(line)))))
            error.next_command = other.line.invocation.to("resume")
            raise error from None
        raise


def as_plan_wants(line: CommandLine, file: str) -> CommandLine:
    """Return the command line that sends a plan. The plan of a real run outranks a file that asks for rehearsals.

    ``file`` is the path of the plan.
    """
    if line.config is None or not line.config.is_found:
        return line
    from onboarding.pipeline.saved_plan import header_of

    with suppress(InputRefused, ValueError):  # the command itself says what is wrong with the plan
        planned = header_of(Path(file)).settings
        if planned.get("sandbox") is False and (real := line.for_real(file)) is not line:
            # The commands that this process prints name the file, and its rehearsal may have another destination.
            place = {"destination": planned.get("destination")}
            return replace(real, invocation=real.invocation.with_place(place))
    return line


@contextmanager
def finding_plan(line: CommandLine, plan: str) -> Iterator[None]:
    """Make the error about a refused plan say which setting is in the way, and which command sends the plan.

    ``plan`` is the path of the plan. The function changes only errors that name a flag of the ledger or the account.
    """
    from onboarding.pipeline.planned_settings import WAY_OUT

    try:
        yield
    except InputRefused as error:
        flag = error.mistyped.word if error.mistyped else ""
        name = flag.removeprefix("--").removeprefix("no-").replace("-", "_")
        if name not in (*PLACE, *LEDGER_OPTIONS):
            raise
        places = line.read_settings().places_of(*(LEDGER_OPTIONS if name == "ledger" else (name,)))
        # Where a file or a variable names the other place, nobody has typed the flag.
        message = str(error).replace(WAY_OUT.format(flag), "") if places else str(error)
        explained = InputRefused(" ".join(filter(None, (message, places))), plan_settings=error.plan_settings)
        if sending := _line_that_sends(line, plan):
            explained.next_command = sending.invocation.to("apply", plan)
        elif places:
            explained.next_command = ""
        else:
            explained.mistyped = error.mistyped
        raise explained from None


def _line_that_sends(line: CommandLine, plan: str) -> CommandLine | None:
    """Return the first similar command line that can send a plan: its ledger contains the plan, and its settings fit.

    Return None if there is no such command line.
    """
    similar = _within_reach(line, line.read_settings().settings)
    return next((other.line for other in similar if _is_true(lambda here: _has_plan(here, plan), other.settings)), None)


def is_there(settings: "Settings") -> bool:
    """Say whether the ledger of these settings exists. The function creates nothing."""
    place = settings.ledger_place()
    if isinstance(place, Path):  # without this, an empty list of runs would load pandas
        return place.is_file()
    with _ledger_of(settings) as ledger:
        return ledger is not None


def has_runs(settings: "Settings") -> bool:
    """Say whether the ledger of these settings exists and contains a run to the account of the settings."""
    from onboarding.pipeline.history import list_runs

    return is_there(settings) and bool(list_runs(settings))


def _has_run(settings: "Settings", run_id: str) -> bool:
    with _ledger_of(settings) as ledger:
        return ledger is not None and ledger.find_run(run_id) is not None


def _has_interrupted_run(settings: "Settings") -> bool:
    from onboarding.pipeline.history import list_runs

    return is_there(settings) and any(past.can_be_resumed for past in list_runs(settings))


def _has_plan(settings: "Settings", plan: str) -> bool:
    """Say whether the plan was made with the ledger of these settings, and whether these settings can send the plan."""
    from onboarding.pipeline.planned_settings import as_planned
    from onboarding.pipeline.saved_plan import open_plan

    with _ledger_of(as_planned(settings, Path(plan))) as ledger:
        if ledger is None:
            return False
        with open_plan(Path(plan), ledger.secret):
            return True


def _ledger_of(settings: "Settings") -> "AbstractContextManager[PeopleMemory | None]":
    from onboarding.ledger import ledger_to_read
    from onboarding.model.run import now

    return ledger_to_read(settings.ledger_place(), clock=now)
