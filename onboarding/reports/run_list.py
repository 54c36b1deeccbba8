"""Which runs were there, for a script and for a person at a terminal?"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from onboarding.model.run import Run

SHOWN = {"invited": "invited", "already": "already", "failed": "failed", "in_doubt": "doubt", "deferred": "deferred"}
"""The dispositions that the table has columns for, and what it calls them; ``--json`` has all."""

WIDEST = 500
"""How many signs a line may have at most."""


def runs_as_json(runs: Sequence[Run]) -> str:
    """Return the runs as one JSON document: a list of objects, the newest run first."""
    documents = [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(run).items()}
        for run in runs
    ]
    return json.dumps(documents, indent=2, ensure_ascii=False) + "\n"


def show_runs(runs: Sequence[Run]) -> None:
    """Print a line for each run to stdout, the newest first. One that died has no exit code."""
    console = Console(highlight=False)
    if not runs:
        console.print("The ledger has no run yet.")
        return
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    has_accounts = len({run.scope.account for run in runs}) > 1
    for heading in ("run", *(["account"] if has_accounts else []), "exit"):
        table.add_column(heading, no_wrap=True)
    for heading in (*SHOWN.values(), "rows"):
        table.add_column(heading, justify="right", no_wrap=True)
    for run in runs:
        exit_code = "" if run.exit_code is None else str(run.exit_code)
        counts = [str(run.counts.get(name, 0)) for name in SHOWN]
        account = [run.scope.account] if has_accounts else []
        table.add_row(run.run_id, *account, exit_code, *counts, str(sum(run.counts.values())))
    if has_accounts:  # a line that is broken by the terminal is better than one without its account
        console.width = max(
            console.width, Measurement.get(console, console.options.update(width=WIDEST), table).maximum
        )
    console.print(table)
