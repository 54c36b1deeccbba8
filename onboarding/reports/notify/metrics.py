"""The figures of a run as one line of CloudWatch metrics."""

import json
from collections.abc import Mapping
from types import MappingProxyType

from onboarding.model.dispositions import Disposition
from onboarding.reports.notify.message import Notification
from onboarding.reports.words import (
    FOR_A_PERSON,
)
from onboarding.runtime import logs

LONGEST_DIMENSION = 250
UNKNOWN_DIMENSION = "unknown"
"""The value of a metric's dimension for an unknown destination or account, since a value may not be empty."""

_MEASURED = (Disposition.INVITED, Disposition.ALREADY, *FOR_A_PERSON)
_UNITS = MappingProxyType({"Seconds": "Seconds", "ExitCode": "None"})


def metrics_line(notification: Notification, namespace: str) -> str:
    """Return one line in CloudWatch's embedded metric format, without a line end.

    CloudWatch keeps the metrics under ``namespace``. Unknown figures are left out, since a 0 would be wrong. CloudWatch
    Logs extracts the metrics from any line that is one JSON object
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
    The line looks like the JSON lines of the log, but is no part of the log. So ``log_format`` and ``log_level`` do not
    change the line.
    """
    figures = {name: figure for name, figure in _figures(notification).items() if figure is not None}
    destination = notification.destination[:LONGEST_DIMENSION] or UNKNOWN_DIMENSION
    directive = {
        "Namespace": namespace,
        "Dimensions": [["Destination", "Account"]],
        "Metrics": [{"Name": name, "Unit": _UNITS.get(name, "Count")} for name in figures],
    }
    event = {
        "_aws": {"Timestamp": int(notification.ended_at.timestamp() * 1000), "CloudWatchMetrics": [directive]},
        "event": "run.metrics",
        "level": "info",
        "timestamp": notification.ended_at.isoformat().replace("+00:00", "Z"),
        "run_id": notification.run_id,
        # A rehearsal has its own dimension, so that no dashboard adds it to the real runs.
        "Destination": f"{destination}-sandbox" if notification.is_rehearsal else destination,
        "Account": notification.account[:LONGEST_DIMENSION] or UNKNOWN_DIMENSION,
        **figures,
    }
    return json.dumps(logs.mask(None, "info", event))


def _figures(notification: Notification) -> Mapping[str, float | None]:
    figures: dict[str, float | None] = {"RowsRead": notification.rows_read}
    if notification.rows_read is not None:
        if notification.news:
            figures["NewForAPerson"] = notification.news["new"]
        figures |= {_metric_name(each): notification.counts.get(each, 0) for each in Disposition if each in _MEASURED}
    return {
        **figures,
        "Requests": notification.requests,
        "Throttled": notification.throttled,
        "Seconds": round(notification.seconds, 3),
        "ExitCode": notification.exit_code,
    }


def _metric_name(disposition: Disposition) -> str:
    """Return the name of a disposition's metric: ``InDoubt`` for ``in_doubt``."""
    return "".join(map(str.capitalize, disposition.split("_")))
