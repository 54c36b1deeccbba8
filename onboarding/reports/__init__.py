"""What people read afterwards."""

from onboarding.reports.csv import open_reconciliation
from onboarding.reports.folders import Folder, open_folder
from onboarding.reports.reconcile import Context, reconcile
from onboarding.reports.runs import as_json, show_runs
from onboarding.reports.summary import Known, Summary
from onboarding.reports.tally import Tally

__all__ = [
    "Context",
    "Folder",
    "Known",
    "Summary",
    "Tally",
    "as_json",
    "open_folder",
    "open_reconciliation",
    "reconcile",
    "show_runs",
]
