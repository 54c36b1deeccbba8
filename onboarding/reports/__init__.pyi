"""Reports: the files, pages, tables and notifications that tell people what a run did."""

from .changes import EarlierRun
from .csv import open_reconciliation
from .csv_reader import read_reconciliation
from .folder import Folder, open_folder, remove_unfinished_reports
from .not_in_exports import write_not_in_exports
from .reading import lines_about_export
from .reconcile import ReportContext, Tally, reconcile
from .report import RECONCILIATION, OptionalReport, Report, open_optional_reports, open_workbook_and_page
from .run_figures import SendingEstimate, SendingFigures
from .summary import Summary
from .words import label_of

__all__ = [
    "RECONCILIATION",
    "EarlierRun",
    "Folder",
    "OptionalReport",
    "Report",
    "ReportContext",
    "SendingEstimate",
    "SendingFigures",
    "Summary",
    "Tally",
    "label_of",
    "lines_about_export",
    "open_folder",
    "open_optional_reports",
    "open_reconciliation",
    "open_workbook_and_page",
    "read_reconciliation",
    "reconcile",
    "remove_unfinished_reports",
    "write_not_in_exports",
]
