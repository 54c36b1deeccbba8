"""What is there to say of a run as a whole, for a script and for a person at a terminal?"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from onboarding.model.dispositions import Disposition
from onboarding.model.sent import Confirmed, Moment
from onboarding.preparing import Guarded
from onboarding.reports.changes import Changes
from onboarding.reports.folders import Folder
from onboarding.reports.words import duration, label_of
from onboarding.sandbox import SandboxCounts

NARROWEST_NAME = 12
SOURCES_SHOWN = 20
"""How many exports the table lists; ``summary.json`` has all."""


@dataclass(frozen=True, slots=True)
class PresenceFigures:
    """What was found out about those who are there: questions asked, and where ledger and service disagree.

    ``not_in_ledger`` people are there and were not invited by this ledger's runs, ``not_shown`` ones were, and are not.
    """

    pages: int = 0
    look_ups: int = 0
    not_in_ledger: int = 0
    not_shown: int = 0


@dataclass(frozen=True, slots=True)
class SendingEstimate:
    """What sending a plan takes: requests, and about how many seconds at the rate that was last seen, if any was."""

    invites: int
    again: int
    requests: int
    seconds: float | None
    saved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A run in figures. ``counts`` and ``counts_by_source`` hold rows; ``rows_read`` is their sum.

    ``inputs`` are what was read, as ``exports.ExportFacts`` has it. ``rate`` is how many requests a second the service
    was seen to allow, if it throttled any, and ``course`` how sending went over time. ``guards`` is what stood
    between the plan and its people; ``changes`` what is otherwise than in an earlier run, if it was compared.
    ``files`` are the reports in ``folder``. What is told from the ledger alone, long after, has no ``requests``,
    ``throttled``, ``rate``, ``course``, ``presence``, ``confirmed`` and ``guards``.
    """

    run_id: str
    command: str
    version: str
    started_at: datetime
    ended_at: datetime
    exit_code: int
    message: str
    destination: str
    account: str
    account_name: str
    endpoint: str
    rows_read: int
    counts: dict[Disposition, int]
    counts_by_source: dict[str, dict[Disposition, int]]
    inputs: Sequence[Mapping[str, object]]
    requests: int | None = None
    throttled: int | None = None
    rate: float | None = None
    presence: PresenceFigures | None = None
    confirmed: Confirmed | None = None
    guards: Guarded | None = None
    planned: SendingEstimate | None = None
    course: Sequence[Moment] = ()
    changes: Changes | None = None
    seconds: Mapping[str, float]
    settings: Mapping[str, object]
    folder: str
    files: Sequence[str] = ()
    rehearsal: SandboxCounts | None = None

    @property
    def is_rehearsal(self) -> bool:
        """Whether it was the sandbox that took the invites, so that nobody was mailed."""
        return self.rehearsal is not None or bool(self.settings.get("sandbox"))

    def as_json(self) -> str:
        """Return the document of ``summary.json``."""
        document = asdict(self) | {
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
        }
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        # The name of a file may be no text; its stray bytes are written as JSON escapes them.
        return text.encode("utf-8", "backslashreplace").decode()

    def write(self, folder: Folder) -> None:
        """Write ``summary.json`` into the run's folder, whole or not at all."""
        with folder.atomic_write("summary.json") as file:
            file.write(self.as_json().encode())

    def show(self) -> None:
        """Print a line for each source, whose sums are the rows read, and where the report is, to stdout."""
        console = Console(highlight=False)
        dispositions = [disposition for disposition in Disposition if self.counts.get(disposition)]
        headings = [*map(label_of, dispositions), "Rows"]
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
        room = max(NARROWEST_NAME, console.width - sum(len(heading) + 2 for heading in headings) - 2)
        table.add_column("Export", no_wrap=True, overflow="ellipsis", max_width=room)
        for heading in headings:
            table.add_column(heading, justify="right", no_wrap=True)
        names = short_names(self.counts_by_source)
        for source, counts in islice(self.counts_by_source.items(), SOURCES_SHOWN):
            table.add_row(Text(names[source]), *_cells(counts, dispositions))
        if (more := len(self.counts_by_source) - SOURCES_SHOWN) > 0:
            table.add_row(f"and {more} more")
        table.add_section()
        table.add_row("All", *_cells(self.counts, dispositions))
        account = f"{self.destination} {self.account}"
        console.print(Text(f"{self.account_name} ({account})" if self.account_name else account), soft_wrap=True)
        console.print(table)
        if self.presence and self.presence.not_shown:
            console.print(
                f"The service does not show {self.presence.not_shown} of those whom earlier runs invited; "
                "they were not invited again.",
                soft_wrap=True,
            )
        for line in self._about_the_plan():
            console.print(line, soft_wrap=True, markup=False)
        if self.rate and self.requests and self.throttled:
            console.print(
                f"The service allows {self.rate:.1f} requests a second; of {self.requests:,} it throttled "
                f"{self.throttled / self.requests:.1%}.",
                soft_wrap=True,
            )
        if self.rehearsal:
            console.print(
                f"A rehearsal: nobody was mailed. By the sandbox's own count it has mailed "
                f"{self.rehearsal.addresses_mailed} addresses so far, "
                f"{self.rehearsal.addresses_mailed_more_than_once} of them more than once.",
                soft_wrap=True,
            )
        for name in self.files:
            console.print(f"Report: {self.folder}/{name}", soft_wrap=True, markup=False)

    def _about_the_plan(self) -> Iterator[str]:
        """Yield what a person who approves of the plan wants to know, and what the guards had to go by."""
        if (planned := self.planned) is not None:
            takes = f", about {duration(planned.seconds)} at the rate that was last seen" if planned.seconds else ""
            again = f", {planned.again} of them again" if planned.again else ""
            requests = "1 request" if planned.requests == 1 else f"{planned.requests} requests"
            yield f"{planned.invites} people would be invited{again}: {requests}{takes}."
            if planned.saved and planned.invites:
                confirm = f" --confirm {planned.invites}" if self.guards and self.guards.is_stopped else ""
                yield f"Send exactly that: onboard apply {planned.saved}{confirm}"
        if (guards := self.guards) is not None:
            if not guards.compared_with:
                yield "No earlier run went well here, so the guards had nothing to compare with."
            elif not guards.knows_domains:
                yield "At which domains people were invited before is not known yet, so no guard looked at them."
            if guards.hits and guards.confirmed:
                yield f"Confirmed by --confirm {guards.invites}: {guards.why}."


def short_names(sources: Iterable[str]) -> dict[str, str]:
    """Return the sources without the folder that they have in common, so that what tells them apart is shown."""
    named = list(sources)
    are_together = len({source.rpartition("/")[0] for source in named}) == 1
    return {source: source.rpartition("/")[2] if are_together else source for source in named}


def _cells(counts: Mapping[Disposition, int], dispositions: Sequence[Disposition]) -> list[str]:
    return [str(counts.get(disposition, 0)) for disposition in dispositions] + [str(sum(counts.values()))]
