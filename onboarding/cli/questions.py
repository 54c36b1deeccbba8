"""The questions of ``onboard init`` and their answers: from flags, or from the person at the terminal."""

import glob
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import time
from pathlib import Path
from typing import TypeVar

import click

from onboarding.cli.help_texts import ALIVE
from onboarding.model.choices import STANDARD_INPUT, Schedule
from onboarding.model.destinations import in_words
from onboarding.model.errors import ConfigurationError
from onboarding.model.printable import printable
from onboarding.model.values import dataclass
from onboarding.runtime.aws_session import check_region, region_in_environment
from onboarding.runtime.destination_registry import destinations
from onboarding.settings.destination_options import ACCOUNT_OF, DEFAULT_DESTINATION, DESCRIBED
from onboarding.settings.options import flag_of
from onboarding.settings.schedules import read_time
from onboarding.settings.settings import Settings

Answer = TypeVar("Answer")

REHEARSE = "rehearse"
PLACES = (REHEARSE, *(each.name for each in DESCRIBED))
INTRODUCTION = """\
A few questions, then the file of settings is written. Enter takes the answer in
[brackets]. Ctrl-C stops, and nothing is written."""

ONCE = "once"
NOBODY = "none"
SAMPLES = "sample_data"

SYSTEMD_IS_HERE = Path("/run/systemd/system")
"""The folder that exists if systemd has started this machine. Source: the manual page sd_booted(3)."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to all questions. The new files contain these answers.

    ``settings`` maps names of settings to values. ``at`` is the time of day at which the job starts, or None if a
    person starts the job. ``schedule`` names the program that starts the job at that time.
    """

    settings: Mapping[str, object]
    at: time | None
    schedule: Schedule


def complete(given: Mapping[str, object], at: str | None, schedule: str | None, *, asks: bool) -> Answers:
    """Return the answers to all questions.

    ``given`` are the settings on the command line. ``at`` and ``schedule`` are the values of ``--at`` and
    ``--schedule``, or None. If ``asks`` is true, a person at a terminal answers the open questions. Otherwise, only the
    receiver of notices and the time may be missing. Raises ``ConfigurationError`` for a missing or wrong answer.
    """
    implied = (("destination", destination) for destination, account in ACCOUNT_OF.items() if account in given)
    rehearsed = {"destination": ALIVE.name} if given.get("sandbox") else {}  # a real run to it can follow
    values = rehearsed | dict(implied) | dict(given)
    _check(values)
    if asks:
        when = _ask_all(values, at)
    else:
        _refuse_gaps(values)
        when = _read_when(at or ONCE)
    chosen = _choose_schedule(when, schedule, asks=asks)
    click.echo(nl=asks, err=True)
    return Answers(values, when, chosen)


def _check(values: Mapping[str, object]) -> None:
    """Raise ``ConfigurationError`` if a value is wrong, or if two values contradict each other."""
    Settings.model_construct().with_values(values)
    check_region(str(values.get("region") or ""))
    exports = values.get("exports", ())
    if isinstance(exports, Sequence) and STANDARD_INPUT in exports:
        raise ConfigurationError("A file of settings names no standard input; name a file, a folder or a pattern.")


def _refuse_gaps(values: Mapping[str, object]) -> None:
    """Raise ``ConfigurationError`` if the exports or the account are missing on the command line."""
    missing = []
    if not values.get("sandbox"):
        if "destination" not in values:
            missing.append(in_words(("--sandbox", *(flag_of(each.account.name) for each in DESCRIBED)), "or"))
        elif (account := _account_setting(values)) not in values:
            missing.append(flag_of(account))
    if not values.get("exports"):
        missing.append("the exports")
    if missing:
        raise ConfigurationError(f"Without a terminal to ask on, init needs more: name {', and '.join(missing)}.")


def _account_setting(values: Mapping[str, object]) -> str:
    return ACCOUNT_OF[str(values.get("destination", DEFAULT_DESTINATION))]


def _ask_all(values: dict[str, object], at: str | None) -> time | None:
    """Ask each question whose answer is missing from ``values``, and add the new answers to ``values``.

    Return the time of day at which the job starts, or None. ``at`` is the value of ``--at``, or None.
    """
    is_rehearsal = bool(values.get("sandbox"))
    needed = ("exports", "notify", *(() if is_rehearsal else ("destination", _account_setting(values))))
    if at is not None and all(name in values for name in needed):
        return _read_when(at)
    with suppress(ImportError):
        import readline  # noqa: F401 - where it is there, arrow keys move in a line
    click.echo(INTRODUCTION, err=True)
    if "destination" not in values and not is_rehearsal:
        _ask_where(values)
    if not values.get("sandbox"):
        _ask_account(values)
    if "exports" not in values:
        _ask_exports(values)
    if "notify" not in values:
        _ask_receiver(values)
    return _ask_when() if at is None else _read_when(at)


def _ask_where(values: dict[str, object]) -> None:
    width = max(map(len, PLACES))
    _explain(
        "Where do people get invited?",
        f"{REHEARSE:{width}}  in the embedded service, which mails nobody: the best way to begin",
        *(f"{each.name:{width}}  {each.place}" for each in DESCRIBED),
    )
    place = _ask("Your answer", REHEARSE, read_place)
    values |= {"sandbox": True, "destination": ALIVE.name} if place == REHEARSE else {"destination": place}


def _ask_account(values: dict[str, object]) -> None:
    account, described = _account_setting(values), destinations()[str(values["destination"])]
    if account not in values:
        _explain(described.account_question)
        values[account] = _ask("Id", None, lambda text: _checked(account, text, values))
    if described.is_in_regions and "region" not in values:
        named = region_in_environment() or "us-east-1"
        question = f"AWS region of the {described.account_noun}"
        values["region"] = _ask(question, named, lambda text: _checked("region", text, values))
    if described.ended_on and "endpoint_url" not in values:
        values["endpoint_url"] = _ask("URL of the endpoint", None, lambda text: _checked("endpoint_url", text, values))


def _ask_exports(values: dict[str, object]) -> None:
    _explain(
        "Where are the exports of the HR system?",
        "Files, folders, patterns such as hr/*.csv, or s3://bucket/hr/, with commas.",
    )
    is_sample = bool(values.get("sandbox")) and Path(SAMPLES).is_dir()
    kept: set[str] = set()

    def read(text: str) -> tuple[str, ...]:
        if not (exports := read_places(text)):
            raise ConfigurationError("name at least one export.")
        _check({**values, "exports": exports})
        missing = [place for place in exports if not _is_there(place)]
        if missing and text not in kept:
            kept.add(text)
            raise ConfigurationError(f"nothing is there: {missing[0]}. Type the same again if it will come later.")
        return exports

    values["exports"] = _ask("Your answer", SAMPLES if is_sample else None, read)


def read_places(text: str) -> tuple[str, ...]:
    """Split a typed text at its commas, and return the places of exports.

    The function removes quotes around a place, and replaces ``~`` at its beginning with the user's home folder.
    """
    parts = [text] if os.path.lexists(text) else text.split(",")
    return tuple(os.path.expanduser(_unquoted(part.strip())) for part in parts if part.strip())  # noqa: PTH111 - a slash at the end stays


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _is_there(place: str) -> bool:
    return "://" in place or os.path.lexists(place) or any(glob.iglob(place, recursive=True))  # noqa: PTH207 - a pattern


def _ask_receiver(values: dict[str, object]) -> None:
    _explain(
        "Who is told when a person must look?",
        "The ARN of an SNS topic, the https:// URL of a chat's webhook, or mailto://….",
        "onboard guide nightly lists the kinds.",
    )
    receiver = _ask(
        "Your answer", NOBODY, lambda text: None if text == NOBODY else _checked("notify", text, values, is_list=True)
    )
    if receiver is not None:
        values["notify"] = receiver


def _ask_when() -> time | None:
    _explain("When does it run? A time for every night, such as 02:15, or once.")
    return _ask("Your answer", ONCE, _read_when)


def _read_when(text: str) -> time | None:
    """Return the time of day that a text means, or None for ``once``. Raises ``ConfigurationError`` for other texts."""
    return None if text.strip().lower() == ONCE else read_time(text)


def _choose_schedule(at: time | None, named: str | None, *, asks: bool) -> Schedule:
    """Return the program that starts the job: the value of ``--schedule`` (``named``), or else cron or systemd.

    ``at`` is the time of day at which the job starts, or None if a person starts the job. If ``asks`` is true, the
    function asks the person at the terminal. Raises ``ConfigurationError`` if ``--schedule`` needs a time.
    """
    if at is None:
        if named not in (None, Schedule.NONE):
            raise ConfigurationError(f"--schedule {named} needs a time; add --at 02:15.")
        return Schedule.NONE
    if named:
        return Schedule(named)
    usual = (
        Schedule.SYSTEMD if SYSTEMD_IS_HERE.is_dir() else Schedule.CRON if shutil.which("crontab") else Schedule.NONE
    )
    if not asks:
        return usual
    if usual is Schedule.NONE:
        _explain("No systemd and no cron was found here. With none, you start the job yourself.")
    return _ask(f"   Who starts it: {', '.join(Schedule)}", usual, lambda text: Schedule(_one_of(Schedule, text)))


def read_place(text: str) -> str:
    """Return the destination in a typed text, or ``rehearse``. Raises ``ConfigurationError`` for other texts."""
    return REHEARSE if text.strip().lower().removeprefix("--") == "sandbox" else _one_of(PLACES, text)


def _one_of(words: Sequence[str] | type[Schedule], text: str) -> str:
    """Return the one word that begins with a typed text. Raises ``ConfigurationError`` unless one word matches."""
    typed = text.strip().lower()
    fitting = [str(word) for word in words if typed and str(word).startswith(typed)]
    if len(fitting) != 1:
        raise ConfigurationError(f"write one of {', '.join(words)}.")
    return fitting[0]


def _checked(name: str, text: str, values: Mapping[str, object], *, is_list: bool = False) -> object:
    """Return the value of a setting from a typed text. Raises ``ConfigurationError`` if the value is wrong."""
    value: object = (text.strip(),) if is_list else text.strip()
    _check({**values, name: value})
    return value


def _explain(title: str, *lines: str) -> None:
    click.echo("\n".join(["", title, *(f"   {line}" for line in lines)]), err=True)


def _ask(question: str, default: str | None, read: Callable[[str], Answer]) -> Answer:
    """Ask a question until ``read`` accepts the answer, and return the result of ``read``."""

    def convert(text: str) -> Answer:
        if not text.strip():
            raise click.UsageError("this needs an answer; Ctrl-C stops, and nothing is written.")
        try:
            return read(text)
        except ConfigurationError as error:
            # The question itself explains the answer, so the message leaves out the name of the flag.
            flag, _, advice = str(error).partition(": ")
            raise click.UsageError(printable(advice if flag.startswith("--") else str(error))) from None

    # Without a default, click would ask again in silence after an empty answer. So the default is the empty text.
    answer: Answer = click.prompt(
        f"   {question.strip()}",
        default="" if default is None else default,
        show_default=default is not None,
        value_proc=convert,
        err=True,
    )
    return answer
