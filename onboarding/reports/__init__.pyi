"""Reports: what people learn after a run."""

from .changes import EarlierRun
from .csv import RECONCILIATION, open_reconciliation
from .folder import Folder, open_folder
from .handoff.workbook import WORKBOOK, open_handoff
from .page.page import PAGE, open_page
from .reconcile import ReportContext, Tally, reconcile
from .report import OptionalReport, Report, open_optional_reports
from .run_list import runs_as_json, show_runs
from .summary import PresenceFigures, SendingEstimate, Summary

__all__ = [
    "PAGE",
    "RECONCILIATION",
    "WORKBOOK",
    "EarlierRun",
    "Folder",
    "OptionalReport",
    "PresenceFigures",
    "Report",
    "ReportContext",
    "SendingEstimate",
    "Summary",
    "Tally",
    "open_folder",
    "open_handoff",
    "open_optional_reports",
    "open_page",
    "open_reconciliation",
    "reconcile",
    "runs_as_json",
    "show_runs",
]
