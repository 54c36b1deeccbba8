"""Reports: what people learn after a run."""

from .changes import EarlierRun
from .csv import RECONCILIATION, open_reconciliation
from .extras import OptionalReport, open_optional_reports
from .folders import Folder, open_folder
from .handoff.summary import WORKBOOK
from .handoff.workbook import open_handoff
from .page.page import PAGE, open_page
from .reconcile import ReportContext, reconcile
from .report import Report
from .run_list import runs_as_json, show_runs
from .summary import PresenceFigures, SendingEstimate, Summary
from .tally import Tally

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
