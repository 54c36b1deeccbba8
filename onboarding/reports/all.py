"""Which reports does a run write?"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from onboarding.reports.csv import FILE as CSV
from onboarding.reports.csv import open_reconciliation
from onboarding.reports.folders import Folder
from onboarding.reports.handoff_summary import FILE as WORKBOOK
from onboarding.reports.page import FILE as PAGE
from onboarding.reports.page import open_page
from onboarding.reports.report import Report
from onboarding.reports.workbook import open_handoff


@contextmanager
def open_reports(folder: Folder, *, page: bool, handoff: bool) -> Iterator[Mapping[str, Report]]:
    """Open the reconciliation, and the page and the workbook where they are wanted; give them by their files' names.

    They appear when the block ends well, and they were finished in it. Raises ``ReportNotWritten``.
    """
    with ExitStack() as stack:
        reports: dict[str, Report] = {CSV: stack.enter_context(open_reconciliation(folder))}
        if page:
            reports[PAGE] = stack.enter_context(open_page(folder))
        if handoff:
            reports[WORKBOOK] = stack.enter_context(open_handoff(folder))
        yield reports
