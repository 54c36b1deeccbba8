"""What is said of a run, when a test needs something to say?"""

from collections.abc import Mapping
from datetime import UTC, datetime

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.reports import Summary

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def summary_of(counts: Mapping[Disposition, int], **other: object) -> Summary:
    """Return the summary of a settled run with so many rows of each fate, except for what a test says itself."""
    fields = {
        "run_id": "r1",
        "command": "run",
        "version": "1.0",
        "started_at": NOW,
        "ended_at": NOW,
        "exit_code": ExitCode.SETTLED,
        "message": "",
        "destination": "chime",
        "account": "account-1",
        "account_name": "Example",
        "endpoint": "",
        "rows_read": sum(counts.values()),
        "counts": counts,
        "counts_by_source": {},
        "inputs": [],
        "seconds": {},
        "settings": {},
        "folder": "reports/r1",
    }
    return Summary(**fields | other)
