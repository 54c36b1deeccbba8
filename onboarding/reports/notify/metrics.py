"""How does a line of the log become metrics in CloudWatch?

In the embedded metric format, which CloudWatch Logs takes out of any line that is one JSON object
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
The line looks like the other JSON lines of the log, but does not go through it: it is JSON whatever ``log_format`` is,
and is there whatever ``log_level`` is.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType

from onboarding.model.dispositions import Disposition
from onboarding.reports.notify.message import Notification
from onboarding.runtime import logs

EVENT = "run.metrics"
UNKNOWN = "unknown"
"""The account of a run that ended before it was known: a dimension must not be empty."""

LONGEST_DIMENSION = 250

_COUNTED = MappingProxyType(
    {
        "Invited": Disposition.INVITED,
        "Already": Disposition.ALREADY,
        "Rejected": Disposition.REJECTED,
        "Held": Disposition.HELD,
        "Failed": Disposition.FAILED,
        "InDoubt": Disposition.IN_DOUBT,
        "Deferred": Disposition.DEFERRED,
    }
)
_UNITS = MappingProxyType({"Seconds": "Seconds", "ExitCode": "None"})


def line(told: Notification, namespace: str) -> str:
    """Return the line, without its end. Figures that are not known are left out, never 0."""
    values = {name: value for name, value in _values(told).items() if value is not None}
    directive = {
        "Namespace": namespace,
        "Dimensions": [["Destination", "Account"]],
        "Metrics": [{"Name": name, "Unit": _UNITS.get(name, "Count")} for name in values],
    }
    event = {
        "_aws": {"Timestamp": int(told.ended_at.timestamp() * 1000), "CloudWatchMetrics": [directive]},
        "event": EVENT,
        "level": "info",
        "timestamp": told.ended_at.isoformat().replace("+00:00", "Z"),
        "run_id": told.run_id,
        "Destination": _destination(told),
        "Account": told.account[:LONGEST_DIMENSION] or UNKNOWN,
        **values,
    }
    return json.dumps(logs.mask(None, "info", event))


def _values(told: Notification) -> Mapping[str, float | None]:
    counts: dict[str, float | None] = {"RowsRead": told.rows_read}
    if told.rows_read is not None:
        counts |= {name: told.counts.get(disposition, 0) for name, disposition in _COUNTED.items()}
    return {
        **counts,
        "Requests": told.requests,
        "Throttled": told.throttled,
        "Seconds": round(told.seconds, 3),
        "ExitCode": told.exit_code,
    }


def _destination(told: Notification) -> str:
    """Return the dimension; a rehearsal has its own, lest it be added to the real runs."""
    name = told.destination[:LONGEST_DIMENSION] or UNKNOWN
    return f"{name}-sandbox" if told.is_rehearsal else name
