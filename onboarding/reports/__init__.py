"""What people read afterwards."""

from onboarding.reports.csv import FILE as RECONCILIATION
from onboarding.reports.csv import open_reconciliation
from onboarding.reports.extras import Extra, open_extras
from onboarding.reports.folders import Folder, open_folder
from onboarding.reports.handoff.summary import FILE as WORKBOOK
from onboarding.reports.handoff.workbook import open_handoff
from onboarding.reports.page.page import FILE as PAGE
from onboarding.reports.page.page import open_page
from onboarding.reports.reconcile import Context, reconcile
from onboarding.reports.report import Report
from onboarding.reports.run_list import as_json, show_runs
from onboarding.reports.summary import Known, Planned, Summary
from onboarding.reports.tally import Tally

__all__ = [
    "PAGE",
    "RECONCILIATION",
    "WORKBOOK",
    "Context",
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
