"""The command ``onboard answers``: list HR's answers in hand-off workbooks, and forget answers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from onboarding.cli.command import CommandLine, loading_modules, takes_settings
from onboarding.cli.help import Command
from onboarding.cli.other_ledgers import is_there, say_nothing_found
from onboarding.cli.output import print_result
from onboarding.model.amounts import with_noun
from onboarding.model.documents import DocumentKind, versioned
from onboarding.model.errors import ConfigurationError, ExitCode
from onboarding.model.hr_answers import ANSWER_WORDS, UNTOLD_FIELDS, RememberedAnswer
from onboarding.model.printable import json_document, printable

if TYPE_CHECKING:
    from onboarding.settings.settings import Settings


@click.command(cls=Command)
@click.argument("words", nargs=-1, metavar="[forget NUMBER...]")
@takes_settings("sandbox", "ledger", "aws_secret", "state_dir", "json")
def answers(line: CommandLine, words: tuple[str, ...]) -> int:
    """List what HR has answered in hand-off workbooks, or forget answers.

    "onboard answers forget 3 7" forgets the answers with these numbers. The next run asks about their rows again.
    """
    with loading_modules():
        from onboarding.pipeline.record import open_ledger

    settings = line.load_settings()
    with open_ledger(settings) as ledger:
        if words:
            numbers = _numbers(words)
            if missing := ledger.answers.forget(numbers):
                raise ConfigurationError(
                    f"No answer that counts has the number {missing[0]}; onboard answers lists them."
                )
            click.echo(f"Forgot {with_noun(len(numbers), 'answer', 'answers')}; the next run asks again.")
            return ExitCode.SETTLED
        found = ledger.answers.current()
    if found or settings.json_:
        print_result(lambda: click.echo(_as_json(found) if settings.json_ else _as_text(found), nl=False))
    else:
        say_nothing_found(line, _has_answers, "answers of HR", "answers")
    return ExitCode.SETTLED


def _has_answers(settings: "Settings") -> bool:
    from onboarding.pipeline.record import open_ledger

    if not is_there(settings):
        return False
    with open_ledger(settings) as ledger:
        return bool(ledger.answers.current())


def _numbers(words: Sequence[str]) -> list[int]:
    """Return the numbers after the word ``forget``. Raises ``ConfigurationError`` for other words."""
    verb, *numbers = words
    if verb != "forget" or not numbers or not all(number.isascii() and number.isdecimal() for number in numbers):
        raise ConfigurationError('Say which answers to forget by their numbers, as in "onboard answers forget 3".')
    return [min(int(number), 2**31 - 1) for number in dict.fromkeys(numbers)]


def _as_json(found: Sequence[RememberedAnswer]) -> str:
    """Return the answers as one JSON document, the oldest answer first."""
    told = [{name: value for name, value in asdict(answer).items() if name not in UNTOLD_FIELDS} for answer in found]
    return json_document(versioned(DocumentKind.ANSWERS, {"answers": told}))


def _as_text(found: Sequence[RememberedAnswer]) -> str:
    """Return a line for each answer, the oldest first, and below this line the cells that HR filled in."""
    width = len(str(found[-1].id))
    lines = []
    for answer in found:
        asked = f"{answer.place} ({answer.reason})"
        words = f"{ANSWER_WORDS[answer.answer]:17}"
        lines.append(f"{answer.id:>{width}}  {answer.answered_at:%Y-%m-%d}  {words}  {printable(asked)}")
        entered = (("address", answer.address), ("comment", answer.comment))
        lines += [f"{'':>{width}}  {name}: {printable(text)}" for name, text in entered if text]
    return "".join(f"{each}\n" for each in lines)
