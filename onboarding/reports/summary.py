"""What is there to say of a run as a whole, for a script and for a person at a terminal?"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from onboarding.exports import Facts
from onboarding.reports.files import written_whole
from onboarding.rows import Disposition
from onboarding.sandbox import Counts

SOURCES_SHOWN = 20
"""How many exports the table lists; ``summary.json`` has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A run in figures. ``counts`` and ``counts_by_source`` hold rows; ``rows_read`` is their sum."""

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
    inputs: Sequence[Facts]
    requests: int
    throttled: int
    seconds: Mapping[str, float]
    settings: Mapping[str, object]
    folder: Path
    rehearsal: Counts | None = None

    def as_json(self) -> str:
        """Return the document of ``summary.json``."""
        document = asdict(self) | {
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "folder": str(self.folder),
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    def write(self) -> None:
        """Write ``summary.json`` into the run's folder, whole or not at all."""
        with written_whole(self.folder / "summary.json") as file:
            file.write(self.as_json().encode())

    def show(self) -> None:
        """Print a line for each source, whose sums are the rows read, and where the report is, to stdout."""
        dispositions = [disposition for disposition in Disposition if self.counts.get(disposition)]
        table = Table(
            title=f"{self.account_name} ({self.destination} {self.account})", title_justify="left", box=SIMPLE
        )
        table.add_column("export", overflow="fold")
        for heading in [*dispositions, "rows"]:
            table.add_column(heading, justify="right")
        for source, counts in list(self.counts_by_source.items())[:SOURCES_SHOWN]:
            table.add_row(Text(source), *_cells(counts, dispositions))
        if (more := len(self.counts_by_source) - SOURCES_SHOWN) > 0:
            table.add_row(f"and {more} more")
        table.add_section()
        table.add_row("all", *_cells(self.counts, dispositions))
        console = Console(highlight=False)
        console.print(table)
        if self.rehearsal:
            console.print(
                f"A rehearsal: nobody was mailed. By the sandbox's own count it has mailed "
                f"{self.rehearsal.addresses_mailed} addresses so far, "
                f"{self.rehearsal.addresses_mailed_more_than_once} of them more than once.",
                soft_wrap=True,
            )
        console.print(f"Report: {self.folder / 'reconciliation.csv'}", soft_wrap=True, markup=False)


def _cells(counts: Mapping[Disposition, int], dispositions: Sequence[Disposition]) -> list[str]:
    return [str(counts.get(disposition, 0)) for disposition in dispositions] + [str(sum(counts.values()))]
