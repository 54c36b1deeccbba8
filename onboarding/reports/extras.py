"""Which reports does a run write beside the reconciliation, and what if one of them fails?

People were invited by then, and every row has its line in the reconciliation. So a page or a workbook that cannot be
made is told, and costs neither of them, nor the record of the run.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress

import pandas as pd
import structlog

from onboarding.model.errors import ReportNotWritten
from onboarding.reports.folders import Folder
from onboarding.reports.handoff.summary import WORKBOOK
from onboarding.reports.handoff.workbook import open_handoff
from onboarding.reports.page.page import PAGE, open_page
from onboarding.reports.report import Report
from onboarding.reports.summary import Summary

log = structlog.get_logger()


class OptionalReport:
    """A report that may fail. ``failure`` is a plain line then, and what is done to it from then on does nothing."""

    def __init__(self, name: str, opened: AbstractContextManager[Report]) -> None:
        self.name = name
        self.failure = ""
        self._stack = ExitStack()
        self._report: Report | None = None
        self._attempt(lambda: setattr(self, "_report", self._stack.enter_context(opened)))

    def append(self, lines: pd.DataFrame) -> None:
        """Take in the lines of one frame, as ``reconcile`` returns them."""
        if self._report is not None:
            report = self._report
            self._attempt(lambda: report.append(lines))

    def finish(self, summary: Summary) -> None:
        """Complete the file, which is in its place then, unless it failed."""
        if self._report is not None:
            report = self._report
            self._attempt(lambda: report.finish(summary))
            self._attempt(self._stack.close)

    def close(self) -> None:
        """Let go of what it holds, whatever has become of it."""
        with suppress(Exception):
            self._stack.close()

    def _attempt(self, work: Callable[[], object]) -> None:
        try:
            work()
        except ReportNotWritten as error:
            self._fail(str(error))
        except Exception as error:
            log.exception("report.failed", report=self.name)
            self._fail(f"{self.name} could not be made: internal error ({type(error).__name__}); this is a bug.")

    def _fail(self, why: str) -> None:
        self.failure = self.failure or why
        self._report = None


@contextmanager
def open_optional_reports(folder: Folder, *, page: bool, handoff: bool) -> Iterator[tuple[OptionalReport, ...]]:
    """Open the page and the workbook, where they are wanted."""
    wanted = [(PAGE, open_page)] if page else []
    opened = [OptionalReport(name, open_one(folder)) for name, open_one in wanted]
    if handoff:
        opened.append(OptionalReport(WORKBOOK, open_handoff(folder)))
    try:
        yield tuple(opened)
    finally:
        for extra in opened:
            extra.close()
