"""What people read afterwards."""

from onboarding.reports.csv import open_reconciliation
from onboarding.reports.files import run_folder, written_whole
from onboarding.reports.reconcile import Context, reconcile
from onboarding.reports.summary import Summary
from onboarding.reports.tally import Tally

__all__ = ["Context", "Summary", "Tally", "open_reconciliation", "reconcile", "run_folder", "written_whole"]
