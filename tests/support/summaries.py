"""Made-up summaries of runs, for tests of reports."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.plan import Scope
from onboarding.reports import SendingFigures, Summary

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


SCOPE = {"destination": "chime", "account": "account-1", "endpoint": ""}


def summary_of(counts: Mapping[Disposition, int], **other: object) -> Summary:
    """Return the summary of a settled run with these counts of rows.

    ``other`` are fields of the summary, of its scope or of its sending.
    """
    scope = Scope(**{name: other.pop(name, default) for name, default in SCOPE.items()})
    sending = SendingFigures(
        **{each.name: other.pop(each.name) for each in fields(SendingFigures) if each.name in other}
    )
    defaults = {
        "run_id": "r1",
        "command": "run",
        "version": "1.0",
        "started_at": NOW,
        "ended_at": NOW,
        "exit_code": ExitCode.SETTLED,
        "message": "",
        "account_name": "Example",
        "counts": counts,
        "counts_by_source": {},
        "inputs": [],
        "settings": {},
        "folder": "reports/r1",
    }
    return Summary(scope=scope, sending=sending, **defaults | other)
