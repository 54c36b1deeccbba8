"""The list of past runs, as a JSON document for scripts and as a table for a terminal."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from onboarding.model.run import Run
from onboarding.reports.words import label_of

COUNTED = ("invited", "already", "failed", "in_doubt", "deferred")
"""The dispositions that the table has columns for; ``--json`` has all dispositions."""

WIDEST_LINE = 500
"""How many characters a line of the table may have."""


def runs_as_json(runs: Sequence[Run]) -> str:
    """Return the runs as one JSON document: a list of objects, the newest run first."""
    documents = [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(run).items()}
        for run in runs
    ]
    return json.dumps(documents, indent=2, ensure_ascii=False) + "\n"


def show_runs(runs: Sequence[Run]) -> None:
    """Print a line for each run to stdout, the newest run first. A run that died has no exit code."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - slow to load, and scripts ask for JSON
    from rich.console import Console  # noqa: PLC0415
    from rich.measure import Measurement  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    console = Console(highlight=False)
    if not runs:
        console.print("The ledger has no run yet.")
        return
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    has_accounts = len({run.scope.account for run in runs}) > 1
    for heading in ("Run", *(["Account"] if has_accounts else []), "Exit"):
        table.add_column(heading, no_wrap=True)
    for heading in (*map(label_of, COUNTED), "Rows"):
        table.add_column(heading, justify="right")
    for run in runs:
        account = [run.scope.account] if has_accounts else []
        table.add_row(run.run_id, *account, *_figures(run))
    if has_accounts:  # a line that the terminal breaks is better than a line without its account
        whole = Measurement.get(console, console.options.update(width=WIDEST_LINE), table)
        console.width = max(console.width, whole.maximum)
    console.print(table)


def _figures(run: Run) -> list[str]:
    exit_code = "" if run.exit_code is None else str(run.exit_code)
    return [exit_code, *(str(run.counts.get(name, 0)) for name in COUNTED), str(sum(run.counts.values()))]
