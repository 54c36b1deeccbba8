"""The interface of a report, and the optional reports that may fail without failing the run.

When the run completes the page and the workbook, people have been invited and every row has its line in the
reconciliation. So an optional report that fails costs one line of the summary, and nothing else is lost.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

import structlog

from onboarding.model.errors import ReportNotWritten

if TYPE_CHECKING:
    import pandas as pd

    from onboarding.reports.folder import Folder
    from onboarding.reports.summary import Summary

log = structlog.get_logger()


class Report(Protocol):
    """A file that takes in lines frame by frame, so that no run is too large for it."""

    def append(self, lines: "pd.DataFrame") -> None:
        """Take in the lines of one frame, as ``reconcile`` returns them, in the order of the input.

        May raise ``ReportNotWritten``.
        """

    def finish(self, summary: "Summary") -> None:
        """Complete the file. The run calls it when all lines were taken in and the sums hold."""


class OptionalReport:
    """A report that may fail. After a failure, ``failure`` is one plain line, and further calls do nothing."""

    def __init__(self, name: str, opened: "AbstractContextManager[Report]") -> None:
        self.name = name
        self.failure = ""
        self._stack = ExitStack()
        self._report: Report | None = None
        with self._failure_noted():
            self._report = self._stack.enter_context(opened)

    def append(self, lines: "pd.DataFrame") -> None:
        """Take in the lines of one frame, as ``reconcile`` returns them."""
        with self._failure_noted():
            if self._report is not None:
                self._report.append(lines)

    def finish(self, summary: "Summary") -> None:
        """Complete the file and put it in its place, unless the report has failed."""
        with self._failure_noted():
            if self._report is not None:
                self._report.finish(summary)
                self._stack.close()

    def close(self) -> None:
        """Release all resources, also of a report that has failed."""
        with suppress(Exception):
            self._stack.close()

    @contextmanager
    def _failure_noted(self) -> Iterator[None]:
        try:
            yield
        except ReportNotWritten as error:
            self._fail(str(error))
        except Exception as error:
            log.exception("report.failed", report=self.name)
            self._fail(f"{self.name} could not be made: internal error ({type(error).__name__}); this is a bug.")

    def _fail(self, why: str) -> None:
        self.failure = why
        self._report = None


@contextmanager
def open_optional_reports(folder: "Folder", *, page: bool, handoff: bool) -> Iterator[tuple[OptionalReport, ...]]:
    """Open the page and the workbook if the settings want them, and load the libraries for them only then."""
    reports: list[OptionalReport] = []
    if page:
        from onboarding.reports.page.page import PAGE, open_page  # noqa: PLC0415 - loads Jinja

        reports.append(OptionalReport(PAGE, open_page(folder)))
    if handoff:
        from onboarding.reports.handoff.workbook import WORKBOOK, open_handoff  # noqa: PLC0415 - loads xlsxwriter

        reports.append(OptionalReport(WORKBOOK, open_handoff(folder)))
    try:
        yield tuple(reports)
    finally:
        for report in reports:
            report.close()
