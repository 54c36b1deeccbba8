"""The content of a notification, and its text for a mail and for a ping. ``payloads`` has the forms for webhooks.

No form contains an address, or the name of a person, an account or an export.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from onboarding.model.amounts import duration
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.printable import printable
from onboarding.model.values import dataclass
from onboarding.reports.concerns import ConcernKind
from onboarding.reports.verdict import sentence_for_notices
from onboarding.reports.words import EXIT_CODE_WORDS, label_of
from onboarding.runtime import logs

if TYPE_CHECKING:
    from onboarding.reports import Summary

LONGEST_QUOTE = 1000
"""The most characters of a quoted line. A path in the line may be long, and an attacker may choose the path."""

LONGEST_SUBJECT = 100
"""The most characters that SNS accepts as a subject. All characters must be ASCII."""

LONGEST_PING_BODY = 10_000
"""The most bytes of the body of a ping. Healthchecks keeps 10 kB of a body by default."""

PAGE = "report.html"
NEEDS_YOU = "#needs-you"
"""The anchor of the part of the page with the rows that need a person."""

ELSEWHERE = (ConcernKind.ENDING, ConcernKind.NEW_ROWS)
"""The kinds of concerns that a message leaves out, since other lines of the message say the same."""

_INDENTS = {"figure": "  ", "command": "    "}
_TO_RESUME = frozenset({ExitCode.IN_DOUBT, ExitCode.INTERRUPTED, ExitCode.TERMINATED})


def _place() -> str:
    """Return the current folder, or an empty text if the folder is gone."""
    with suppress(OSError):
        return masked_line(str(Path.cwd()))
    return ""


class LineKind(StrEnum):
    """The kinds of lines in a message, by their content. A chat shows each kind in its own way."""

    HEADLINE = "headline"
    TEXT = "text"
    FIGURE = "figure"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A line of a message. A line of figures has a name and a number, with a colon between them."""

    text: str
    kind: LineKind = LineKind.TEXT

    @property
    def indented(self) -> str:
        """The line in plain text: figures and commands are indented."""
        return f"{_INDENTS.get(self.kind, '')}{self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """The facts that other systems may know about a run: figures, and lines that name no person and no export.

    - ``line`` is the message that the user saw, or ``notify.PRINTED`` if the message may quote an export. The line may
      be empty.
    - ``ended_at`` is a time with a time zone.
    - ``rows_read`` is None, and ``run_id`` and ``report`` are empty, if the run ended without a summary.
    - ``requests`` and ``throttled`` are None if they are unknown.
    - ``report`` is the absolute path of the folder of the reports.
    - ``news`` has the numbers of new, old and gone rows for a person. ``news`` is empty if these numbers are unknown.
    - ``needs_attention`` says whether a person has something to do that no earlier run has reported.
    - ``headline``, ``next_step`` and ``hr_step`` come from the run's verdict, and are empty if the run has no summary.
    - ``concerns`` are the reasons for a person to look at the run, except the kinds in ``ELSEWHERE``.
    - ``next_command`` is the operator's next shell command in the folder ``place`` on the machine ``host``.
    - ``hr_command`` is the command for HR's part of the work. Both commands are empty if they may not be shown here.
    """

    command: str
    exit_code: int
    line: str
    destination: str
    account: str
    is_rehearsal: bool
    seconds: float
    ended_at: datetime
    run_id: str = ""
    rows_read: int | None = None
    counts: Mapping[Disposition, int] = field(default_factory=dict)
    requests: int | None = None
    throttled: int | None = None
    report: str = ""
    news: Mapping[str, int] = field(default_factory=dict)
    needs_attention: bool = True
    headline: str = ""
    next_step: str = ""
    hr_step: str = ""
    concerns: tuple[str, ...] = ()
    page: str = ""
    """The absolute path of the page, or empty if the run wrote no page."""
    next_command: str = ""
    hr_command: str = ""
    is_command_printed: bool = False
    """Whether the run has printed a command. The notification may have to leave out this command."""
    host: str = field(default_factory=socket.gethostname)
    place: str = field(default_factory=_place)

    @classmethod
    def of(cls, summary: "Summary", *, seconds: float, ended_at: datetime) -> Self:
        """Return the notification about a run, which took this many ``seconds`` and ended at ``ended_at``.

        The notification leaves out the account's name, the sources and the settings.
        """
        folder = _absolute(summary.folder)
        verdict = replace(summary, hr_file=_absolute(summary.hr_file)).verdict
        return cls(
            command=summary.command,
            exit_code=int(summary.exit_code),
            line=masked_line(sentence_for_notices(summary)) if summary.message else "",
            destination=masked_line(summary.scope.destination),
            account=masked_line(summary.scope.account),
            is_rehearsal=summary.rehearsal is not None,
            seconds=seconds,
            ended_at=ended_at,
            run_id=masked_line(summary.run_id),
            rows_read=summary.rows_read,
            counts={each: summary.counts[each] for each in Disposition if summary.counts.get(each)},
            requests=summary.sending.requests,
            throttled=summary.sending.throttled,
            report=masked_line(folder),
            news=summary.news.totals if summary.news else {},
            needs_attention=summary.needs_attention,
            headline=masked_line(verdict.headline),
            next_step=masked_line(verdict.next_step),
            hr_step=masked_line(verdict.hr_step),
            concerns=tuple(masked_line(each.notice_words) for each in verdict.concerns if each.kind not in ELSEWHERE),
            page=masked_line(f"{folder}/{PAGE}") if any(name.endswith(PAGE) for name in summary.files) else "",
            next_command=unmasked_command(summary.next_command),
            hr_command=unmasked_command(summary.hr_command),
            is_command_printed=bool(summary.next_command),
        )


def masked_line(text: str) -> str:
    """Return a text as one printable line of limited length, with a mask for each text that may be an address."""
    # Invisible characters would hide an address from the mask, or reverse the line in a chat.
    line = logs.masked(printable(" ".join(text.split())))
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"


def unmasked_command(command: str) -> str:
    """Return a shell command. Return an empty text if a mask, a limit of length or a chat would change the command."""
    return command if masked_line(command) == command == for_a_chat(command) else ""


def _absolute(folder: str) -> str:
    return folder if folder.startswith("s3://") or not folder else os.path.abspath(folder)  # noqa: PTH100 - no link is resolved


def subject(notification: Notification) -> str:
    """Return the subject of the mail: one line of at most 100 ASCII characters.

    If the headline is too long, its last clauses are left out, so that the exit code and the account stay.
    """
    where = f" - {notification.destination} {notification.account}".rstrip(" -")
    clauses = _headline(notification).split(", ")
    lines = (f"{', '.join(clauses[:number])}{_code(notification)}{where}" for number in range(len(clauses), 0, -1))
    line = next((line for line in lines if len(line) <= LONGEST_SUBJECT), f"{clauses[0]}{_code(notification)}{where}")
    line = line.encode("ascii", "replace").decode()
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 3]}..."


def message_text(notification: Notification) -> str:
    """Return the whole message, a few short lines."""
    return "".join(f"{line.indented}\n" for line in message_lines(notification))


def ping_body(notification: Notification) -> bytes:
    """Return the message in UTF-8, cut to the length that a monitor stores."""
    return message_text(notification).encode()[:LONGEST_PING_BODY].decode(errors="ignore").encode()


def _headline(notification: Notification) -> str:
    """Return the verdict on the run or, for a run without a summary, the meaning of its exit code."""
    words = notification.headline or EXIT_CODE_WORDS[ExitCode(notification.exit_code)].meaning
    line = words.removesuffix(".")
    return f"onboard {notification.command}: {line[0].lower()}{line[1:]}"


def _code(notification: Notification) -> str:
    return f" (exit {notification.exit_code})"


def message_lines(notification: Notification) -> Iterator[MessageLine]:
    """Yield the lines of the message, the headline first. An empty line separates two paragraphs."""
    yield MessageLine(f"{_headline(notification)}{_code(notification)}.", LineKind.HEADLINE)
    if notification.line:
        yield MessageLine(notification.line)
    yield MessageLine("")
    if notification.rows_read is not None:
        yield MessageLine(f"Rows read: {notification.rows_read:,}")
        for disposition, count in notification.counts.items():
            yield MessageLine(f"{label_of(disposition)}: {count:,}", LineKind.FIGURE)
        yield MessageLine("")
    yield MessageLine(f"What to do: {notification.next_step or _step_after_error(notification)}")
    if notification.next_command:
        yield MessageLine(notification.next_command, LineKind.COMMAND)
    elif notification.is_command_printed:
        yield MessageLine("The last line that the run printed is the command for that.")
    yield from map(MessageLine, notification.concerns)
    if any(notification.news.values()):
        yield MessageLine(_rows_for_a_person(notification))
    if notification.hr_step and (notification.hr_command or not notification.hr_step.endswith(":")):
        yield MessageLine(notification.hr_step)
    if notification.hr_command:
        yield MessageLine(notification.hr_command, LineKind.COMMAND)
    yield from map(MessageLine, _last_lines(notification))


def _step_after_error(notification: Notification) -> str:
    """Return the next step after a run that ended without a summary. This run sent nothing."""
    is_to_resume = notification.exit_code in _TO_RESUME
    return "Run again." if is_to_resume else EXIT_CODE_WORDS[ExitCode(notification.exit_code)].remedy or "Nothing."


def _rows_for_a_person(notification: Notification) -> str:
    new, old, gone = (notification.news[name] for name in ("new", "old", "gone"))
    where = f"row by row in {notification.page}{NEEDS_YOU}" if notification.page else "the report says why, row by row"
    return f"Rows for a person: {new:,} new, {old:,} as before, {gone:,} gone; {where}."


def _last_lines(notification: Notification) -> Iterator[str]:
    if notification.report:
        yield f"Report: {notification.report}"
    is_from_there = notification.next_command and not notification.next_command.startswith(("cd ", "(cd "))
    yield f"Host: {notification.host}" + (f", in {notification.place}" if is_from_there else "")
    if notification.account:
        yield f"Account: {notification.destination} {notification.account}"
    yield f"Run: {notification.run_id or 'none was begun'}, {duration(notification.seconds)}"


def for_a_chat(message: str) -> str:
    """Return a message without signs that a chat may turn into code, a misleading link, or a call to all members."""
    return message.translate({ord("<"): "(", ord(">"): ")", ord("`"): "'"}).replace("](", "] (")
