"""Reports: what people learn after a run."""

from .changes import Earlier
from .csv import RECONCILIATION, open_reconciliation
from .extras import Extra, open_extras
from .folders import Folder, open_folder
from .handoff.summary import WORKBOOK
from .handoff.workbook import open_handoff
from .page.page import PAGE, open_page
from .reconcile import Context, reconcile
from .report import Report
from .run_list import as_json, show_runs
from .summary import Known, Planned, Summary
from .tally import Tally

__all__ = [
    "PAGE",
    "RECONCILIATION",
    "WORKBOOK",
    "Context",
    "Earlier",
    "Extra",
    "Folder",
    "Known",
    "Planned",
    "Report",
    "Summary",
    "Tally",
    "as_json",
    "open_extras",
    "open_folder",
    "open_handoff",
    "open_page",
    "open_reconciliation",
    "reconcile",
    "show_runs",
]
