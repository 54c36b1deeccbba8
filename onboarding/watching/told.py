"""What is there to tell of a run outside, and of nobody in it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Self

from onboarding import logs
from onboarding.rows import Disposition

if TYPE_CHECKING:
    from onboarding.reports import Summary

LONGEST = 1000
"""Characters of a line that is told: a path may be long, and somebody may have meant it to be."""

AT_ODDS = (Disposition.FAILED, Disposition.IN_DOUBT, Disposition.DEFERRED)
"""What a run leaves open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
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
            line=plain(summary.message),
            destination=plain(summary.destination),
            account=plain(summary.account),
            is_rehearsal=summary.rehearsal is not None,
            seconds=seconds,
            ended_at=ended_at,
            run_id=plain(summary.run_id),
            rows_read=summary.rows_read,
            counts={one: summary.counts[one] for one in Disposition if summary.counts.get(one)},
            requests=summary.requests,
            throttled=summary.throttled,
            report=plain(summary.folder),
        )

    @property
    def needs_somebody(self) -> bool:
        """Whether something is left to do."""
        return self.exit_code != 0 or any(self.counts.get(disposition) for disposition in AT_ODDS)


def plain(text: str) -> str:
    """Return a text as one line that can be printed, is not endless, and has a mask for what looks like an address."""
    line = " ".join(text.split())
    # Invisible signs would hide an address from the mask, or turn the line around in a chat.
    line = logs.masked("".join(sign if sign.isprintable() else "?" for sign in line))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
