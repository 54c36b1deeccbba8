"""What people read afterwards."""

from onboarding.reports.csv import open_reconciliation
from onboarding.reports.folders import Folder, open_folder
from onboarding.reports.reconcile import Context, reconcile
from onboarding.reports.summary import Summary
from onboarding.reports.tally import Tally

__all__ = ["Context", "Folder", "Summary", "Tally", "open_folder", "open_reconciliation", "reconcile"]
