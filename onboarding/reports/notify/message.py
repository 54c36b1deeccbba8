"""How is a person told that a run has ended: what happened, in figures, and what to do next?"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
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
        return self.exit_code != 0 or any(self.counts.get(disposition) for disposition in AT_ODDS)


LONGEST_SUBJECT = 100
"""Characters, all of them ASCII: what SNS takes."""

TO_BE_LOOKED_AT = (Disposition.REJECTED, Disposition.HELD)
"""Rows that are settled, but whose people were not invited for want of a usable or trustworthy address."""

_HAPPENED: Mapping[int, str] = MappingProxyType(
    {
        ExitCode.SETTLED: "every row is settled",
        ExitCode.INTERNAL: "an internal error",
        ExitCode.USAGE: "the settings are wrong",
        ExitCode.PARTIAL: "the service refused some addresses",
        ExitCode.INPUT_REFUSED: "the input was refused",
        ExitCode.GUARD: "a guard stopped it",
        ExitCode.IN_DOUBT: "some outcomes are in doubt",
        ExitCode.CLOSED: "access was refused",
        ExitCode.STOPPED: "stopped before the end",
        ExitCode.HELD: "another run holds the destination",
        ExitCode.INTERRUPTED: "interrupted",
        ExitCode.TERMINATED: "terminated",
    }
)
_TO_DO: Mapping[int, str] = MappingProxyType(
    {
        ExitCode.SETTLED: "Nothing.",
        ExitCode.INTERNAL: "Run again, which invites nobody twice. If it ends so once more, report the log as a bug.",
        ExitCode.USAGE: "Mend the settings and run again. Nothing was sent.",
        ExitCode.PARTIAL: "Look up the failed rows in the report, mend their addresses in the HR system and run again.",
        ExitCode.INPUT_REFUSED: "Mend the export and run again. Nothing was sent.",
        ExitCode.GUARD: "See whether you meant this export; if so, say so with --confirm. Nothing was sent.",
        ExitCode.CLOSED: "See to the credentials, the account and the service, then run again.",
        ExitCode.STOPPED: "Run again. Nothing is lost, and nobody is invited twice.",
        ExitCode.HELD: "Wait until the other run has ended, then run again. Nothing was sent.",
    }
)
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
    happened = "planned, nothing was sent" if _is_plan(told) else _HAPPENED.get(told.exit_code, "ended")
    return f"onboard {told.command}{kind}: {happened} (exit {told.exit_code})"


def _lines(told: Notification) -> Iterator[str]:
    yield f"{_headline(told)}."
    if told.line:
        yield told.line
    yield ""
    if told.rows_read is not None:
        yield f"Rows read: {told.rows_read:,}"
        yield from (f"  {disposition}: {count:,}" for disposition, count in told.counts.items())
        yield ""
    yield f"What to do: {_to_do(told)}"
    if unsettled := sum(told.counts.get(disposition, 0) for disposition in TO_BE_LOOKED_AT):
        yield f"{unsettled:,} rows were rejected or held; the report says why, row by row."
    if told.report:
        yield f"Report: {told.report}"
    if told.account:
        yield f"Account: {told.destination} {told.account}"
    yield f"Run: {told.run_id or 'none was begun'}, {told.seconds:,.1f} s"


def _to_do(told: Notification) -> str:
    if told.exit_code in _TO_RESUME and told.run_id:
        return f"onboard resume {told.run_id}"
    if _is_plan(told):
        return "Look at the report, and run it if that is what you want."
    return _TO_DO.get(told.exit_code, "Run again.")


def _is_plan(told: Notification) -> bool:
    return told.exit_code == ExitCode.SETTLED and Disposition.PLANNED in told.counts


def _for_a_chat(message: str) -> str:
    """Return a message in which no chat finds a link with a false name, or a call to everybody in the channel."""
    return message.translate({ord("<"): "(", ord(">"): ")"}).replace("](", "] (")


LONGEST = 1000
"""Characters of a line that is told: a path may be long, and somebody may have meant it to be."""

AT_ODDS = (Disposition.FAILED, Disposition.IN_DOUBT, Disposition.DEFERRED)
"""What a run leaves open."""


def one_line(text: str) -> str:
    """Return a text as one line that can be printed, is not endless, and has a mask for what looks like an address."""
    line = " ".join(text.split())
    # Invisible signs would hide an address from the mask, or turn the line around in a chat.
    line = logs.masked("".join(sign if sign.isprintable() else "?" for sign in line))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
