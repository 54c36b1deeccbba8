"""How is a person told that a run has ended: what happened, in figures, and what to do next?"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Self

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.reports.words import DISPOSITIONS, EXIT_CODES, UNFINISHED, label_of, sum_of
from onboarding.runtime import logs

if TYPE_CHECKING:
    from onboarding.reports import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A run as those outside may know it: figures, and lines without addresses, names of people or of exports.

    ``rows_read`` is None, and ``run_id`` and ``report`` are empty, where a run has ended before there were any sums.
    ``line`` is what the user was told, if anything; ``report`` is the folder of the reports. ``ended_at`` knows its
    time zone.
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

    @classmethod
    def of(cls, summary: "Summary", *, seconds: float, ended_at: datetime) -> Self:
        """Take from a summary what may be told; the account's name, sources and settings stay."""
        return cls(
            command=summary.command,
            exit_code=int(summary.exit_code),
            line=one_line(summary.message),
            destination=one_line(summary.destination),
            account=one_line(summary.account),
            is_rehearsal=summary.rehearsal is not None,
            seconds=seconds,
            ended_at=ended_at,
            run_id=one_line(summary.run_id),
            rows_read=summary.rows_read,
            counts={one: summary.counts[one] for one in Disposition if summary.counts.get(one)},
            requests=summary.requests,
            throttled=summary.throttled,
            report=one_line(summary.folder),
        )

    @property
    def needs_attention(self) -> bool:
        """Whether something is left to do."""
        return self.exit_code != 0 or any(self.counts.get(disposition) for disposition in UNFINISHED)


LONGEST_SUBJECT = 100
"""Characters, all of them ASCII: what SNS takes."""

_TO_RESUME = frozenset({ExitCode.IN_DOUBT, ExitCode.INTERRUPTED, ExitCode.TERMINATED})


def subject(told: Notification) -> str:
    """Return one line of at most 100 ASCII characters."""
    where = f" - {told.destination} {told.account}".rstrip(" -")
    line = f"{_headline(told)}{where}".encode("ascii", "replace").decode()
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 3]}..."


def text(told: Notification) -> str:
    """Return the whole message, a few short lines."""
    return "\n".join(_lines(told)) + "\n"


def payload(told: Notification) -> bytes:
    """Return JSON with the message as ``text``, which chats show, and beside it the figures, which scripts read.

    The names beside ``text`` mean nothing to the incoming webhooks of Slack, Mattermost and Teams.
    """
    document = {
        "text": _for_a_chat(text(told)),
        "event": "run.ended",
        "command": told.command,
        "run_id": told.run_id or None,
        "exit_code": told.exit_code,
        "needs_somebody": told.needs_attention,
        "rehearsal": told.is_rehearsal,
        "destination": told.destination or None,
        "account": told.account or None,
        "rows_read": told.rows_read,
        "counts": {str(disposition): count for disposition, count in told.counts.items()},
        "seconds": round(told.seconds, 3),
        "ended_at": told.ended_at.isoformat(),
        "report": told.report or None,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _headline(told: Notification) -> str:
    kind = " (rehearsal)" if told.is_rehearsal else ""
    happened = (
        "planned, nothing was sent" if _is_plan(told) else _as_clause(EXIT_CODES[ExitCode(told.exit_code)].meaning)
    )
    return f"onboard {told.command}{kind}: {happened} (exit {told.exit_code})"


def _lines(told: Notification) -> Iterator[str]:
    yield f"{_headline(told)}."
    if told.line:
        yield told.line
    yield ""
    if told.rows_read is not None:
        yield f"Rows read: {told.rows_read:,}"
        yield from (f"  {label_of(disposition)}: {count:,}" for disposition, count in told.counts.items())
        yield ""
    yield f"What to do: {_to_do(told)}"
    if unsettled := sum_of(told.counts, (Disposition.REJECTED, Disposition.HELD)):
        yield f"{unsettled:,} rows were rejected or held; the report says why, row by row."
    if told.report:
        yield f"Report: {told.report}"
    if told.account:
        yield f"Account: {told.destination} {told.account}"
    yield f"Run: {told.run_id or 'none was begun'}, {told.seconds:,.1f} s"


def _to_do(told: Notification) -> str:
    if told.exit_code in _TO_RESUME:
        return f"onboard resume {told.run_id}" if told.run_id else "Run again."
    if _is_plan(told):
        return DISPOSITIONS[Disposition.PLANNED].remedy
    return EXIT_CODES[ExitCode(told.exit_code)].remedy or "Nothing."


def _as_clause(sentence: str) -> str:
    return f"{sentence[0].lower()}{sentence[1:]}".removesuffix(".")


def _is_plan(told: Notification) -> bool:
    return told.exit_code == ExitCode.SETTLED and Disposition.PLANNED in told.counts


def _for_a_chat(message: str) -> str:
    """Return a message in which no chat finds a link with a false name, or a call to everybody in the channel."""
    return message.translate({ord("<"): "(", ord(">"): ")"}).replace("](", "] (")


LONGEST = 1000
"""Characters of a line that is told: a path may be long, and somebody may have meant it to be."""


def one_line(text: str) -> str:
    """Return a text as one line that can be printed, is not endless, and has a mask for what looks like an address."""
    line = " ".join(text.split())
    # Invisible signs would hide an address from the mask, or turn the line around in a chat.
    line = logs.masked("".join(sign if sign.isprintable() else "?" for sign in line))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
