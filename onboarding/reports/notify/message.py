"""The content of a notification, and its lines as a mail and as the body of a ping. ``payloads`` has other forms.

No form holds an address, the name of a person, the name of an account or the name of an export.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from onboarding.model.amounts import duration, with_noun
from onboarding.model.dispositions import TO_CORRECT, Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.printable import printable
from onboarding.reports.words import (
    DISPOSITION_WORDS,
    EXIT_CODE_WORDS,
    count_rows,
    label_of,
)
from onboarding.runtime import logs

if TYPE_CHECKING:
    from onboarding.reports import Summary

LONGEST_QUOTE = 1000
"""The most characters of a quoted line. A path in the line may be long, and an attacker may choose the path."""

LONGEST_SUBJECT = 100
"""The most characters that SNS takes as a subject. All of them must be ASCII."""

LONGEST_PING_BODY = 10_000
"""The most bytes of the body of a ping. Healthchecks keeps 10 kB of a body by default."""

NOTHING = "Nothing"
"""What a person has to do after a run in which no row and no export needs attention."""

_INDENTS = {"figure": "  ", "command": "    "}
_TO_RESUME = frozenset({ExitCode.IN_DOUBT, ExitCode.INTERRUPTED, ExitCode.TERMINATED})


def _place() -> str:
    """Return the current folder, or an empty text if it is gone."""
    with suppress(OSError):
        return masked_line(str(Path.cwd()))
    return ""


class LineKind(StrEnum):
    """What a line of a message is, so that a chat can show it as such."""

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

    If a run ended without a summary, ``rows_read`` is None, and ``run_id`` and ``report`` are empty. ``line`` is the
    message that the user saw, or ``notify.PRINTED`` if the message may quote an export. ``line`` may be empty.
    ``report`` is the absolute path of the folder of the reports. ``ended_at`` has a time zone. ``requests`` and
    ``throttled`` are None if they are unknown. ``news`` has the numbers of new, old and gone rows for a person, and is
    empty if they are unknown. ``unchanged`` counts the exports that have had the same bytes for many nights, and
    ``missing`` the exports of the last good runs that the run lacks. ``stopped_before`` is a sentence about people
    whom the run before this one has left out, or empty. ``needs_attention`` says whether a person has
    something to do that no earlier run has reported. ``next_command`` is the shell command that goes on, for
    the folder ``place`` on the machine ``host``. It is empty if there is no command, or if it may not be shown here.
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
    wave: str = ""
    """The wave that the run has sent as planned, in words, or empty."""
    unchanged: int = 0
    missing: int = 0
    stopped_before: str = ""
    next_command: str = ""
    is_command_printed: bool = False
    """Whether the run has printed a command, also one that may not be shown here."""
    host: str = field(default_factory=socket.gethostname)
    place: str = field(default_factory=_place)

    @classmethod
    def of(cls, summary: "Summary", *, seconds: float, ended_at: datetime) -> Self:
        """Return the notification about a run. It leaves out the account's name, the sources and the settings."""
        return cls(
            command=summary.command,
            exit_code=int(summary.exit_code),
            line=masked_line(summary.message),
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
            report=masked_line(_absolute(summary.folder)),
            news=summary.news.totals if summary.news else {},
            needs_attention=summary.needs_attention,
            wave=str(summary.wave or ""),
            unchanged=len(summary.unchanged),
            missing=len(summary.guards.missing) if summary.guards else 0,
            stopped_before=summary.guards.stopped_before if summary.guards else "",
            next_command=unmasked_command(summary.next_command),
            is_command_printed=bool(summary.next_command),
        )

    @property
    def is_plan(self) -> bool:
        """Whether the run was a plan that ended well."""
        return self.exit_code == ExitCode.SETTLED and Disposition.PLANNED in self.counts


def masked_line(text: str) -> str:
    """Return a text as one printable line of bounded length, with a mask for everything that looks like an address."""
    # Invisible characters would hide an address from the mask, or turn the line around in a chat.
    line = logs.masked(printable(" ".join(text.split())))
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"


def unmasked_command(command: str) -> str:
    """Return a shell command, or an empty text if a mask, a limit of length or a chat would change the command."""
    return command if masked_line(command) == command == for_a_chat(command) else ""


def _absolute(folder: str) -> str:
    return folder if folder.startswith("s3://") or not folder else os.path.abspath(folder)  # noqa: PTH100 - no link is resolved


def subject(notification: Notification) -> str:
    """Return the subject of the mail: one line of at most 100 ASCII characters."""
    where = f" - {notification.destination} {notification.account}".rstrip(" -")
    line = f"{_headline(notification)}{where}".encode("ascii", "replace").decode()
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 3]}..."


def message_text(notification: Notification) -> str:
    """Return the whole message, a few short lines."""
    return "".join(f"{line.indented}\n" for line in message_lines(notification))


def ping_body(notification: Notification) -> bytes:
    """Return the message in UTF-8, cut to the length that a monitor keeps."""
    return message_text(notification).encode()[:LONGEST_PING_BODY].decode(errors="ignore").encode()


def _headline(notification: Notification) -> str:
    kind = " (rehearsal)" if notification.is_rehearsal else ""
    meaning = EXIT_CODE_WORDS[ExitCode(notification.exit_code)].meaning.removesuffix(".")
    happened = "planned, nothing was sent" if notification.is_plan else f"{meaning[0].lower()}{meaning[1:]}"
    if notification.wave and notification.exit_code == ExitCode.SETTLED:
        happened = f"{notification.wave} sent"
    return f"onboard {notification.command}{kind}: {happened} (exit {notification.exit_code})"


def message_lines(notification: Notification) -> Iterator[MessageLine]:
    """Yield the lines of the message, the headline first. A line without text parts two paragraphs."""
    yield MessageLine(f"{_headline(notification)}.", LineKind.HEADLINE)
    if notification.line:
        yield MessageLine(notification.line)
    yield MessageLine("")
    if notification.rows_read is not None:
        yield MessageLine(f"Rows read: {notification.rows_read:,}")
        for disposition, count in notification.counts.items():
            yield MessageLine(f"{label_of(disposition)}: {count:,}", LineKind.FIGURE)
        yield MessageLine("")
    yield MessageLine(f"What to do: {_remedy(notification)}")
    if notification.next_command:
        yield MessageLine(notification.next_command, LineKind.COMMAND)
    yield from map(MessageLine, _last_lines(notification))


def _last_lines(notification: Notification) -> Iterator[str]:
    if notification.is_command_printed and not notification.next_command:
        yield "The last line that the run printed is the command for that."
    if any(notification.news.values()):
        new, old, gone = (notification.news[name] for name in ("new", "old", "gone"))
        yield f"Rows for a person: {new:,} new, {old:,} as before, {gone:,} gone; the report says why, row by row."
    yield from _about_exports(notification)
    if notification.report:
        yield f"Report: {notification.report}"
    is_from_there = notification.next_command and not notification.next_command.startswith("cd ")
    yield f"Host: {notification.host}" + (f", in {notification.place}" if is_from_there else "")
    if notification.account:
        yield f"Account: {notification.destination} {notification.account}"
    yield f"Run: {notification.run_id or 'none was begun'}, {duration(notification.seconds)}"


def _about_exports(notification: Notification) -> Iterator[str]:
    """Yield what a person needs to know about the exports of the run and of the run before."""
    if notification.unchanged:
        exports = with_noun(notification.unchanged, "export has", "exports have")
        yield f"{exports} had the same bytes for many nights: check that the HR system still writes them."
    if notification.missing:
        sources = with_noun(notification.missing, "source", "sources")
        yield f"{sources} of the last good runs missing: check that the HR system still writes them."
    if notification.stopped_before:
        yield notification.stopped_before


def _remedy(notification: Notification) -> str:
    if notification.exit_code in _TO_RESUME and notification.rows_read is None:
        return "Run again."  # nothing was sent
    if notification.is_plan:
        return DISPOSITION_WORDS[Disposition.PLANNED].remedy
    if notification.exit_code == ExitCode.SETTLED and notification.counts.get(Disposition.DEFERRED):
        look = _look(notification).partition(": ")[0].removesuffix(".")
        now = "Nothing now" if look == NOTHING else look
        wave = "The next wave is sent by:" if notification.next_command else "Resume the run for the next wave."
        return f"{now}. {wave}"
    return EXIT_CODE_WORDS[ExitCode(notification.exit_code)].remedy or _look(notification)


def _look(notification: Notification) -> str:
    """Return what to do after a run that went well: look at the rows that a person must correct, if there are any."""
    rows = count_rows(notification.counts, TO_CORRECT)
    new = notification.news.get("new", rows)
    if not rows:
        return "Check the exports that have had the same bytes." if notification.unchanged else f"{NOTHING}."
    if new:
        what = f"Look at {with_noun(new, 'new row', 'new rows')}"
    else:
        what = f"Nothing new. {with_noun(rows, 'row still waits', 'rows still wait')} for a person"
    return f"{what}: {notification.report}" if notification.report else f"{what}."


def for_a_chat(message: str) -> str:
    """Return a message without signs that a chat may turn into a link with a false name, a call to all, or code."""
    return message.translate({ord("<"): "(", ord(">"): ")", ord("`"): "'"}).replace("](", "] (")
