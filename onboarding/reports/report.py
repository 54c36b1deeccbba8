"""The interface of reports, and the optional reports. If an optional report fails, the run does not fail.

The page and the workbook are the optional reports. When the run completes these reports, it has invited the people, and
each row has its line in the reconciliation. If the page or the workbook fails, the summary gets one more line, and
nothing else is lost.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from onboarding.model.errors import ReportNotWritten
from onboarding.model.handoff_words import HandoffLanguage
from onboarding.runtime.logs import get_logger

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from onboarding.reports.folder import Folder
    from onboarding.reports.summary import Summary

log = get_logger()

RECONCILIATION = "reconciliation.csv"
PAGE = "report.html"
"""The file names of the reconciliation (``RECONCILIATION``) and of the page (``PAGE``) in the folder of a run."""


class Report(Protocol):
    """A report that gets its lines frame by frame, so that a run of any size fits into memory."""

    @property
    def name(self) -> str:
        """The name of the report's file."""

    def append(self, lines: "pd.DataFrame") -> None:
        """Add the lines of one frame, which ``reconcile`` has returned. Frames are in the order of the input.

        May raise ``ReportNotWritten``.
        """

    def finish(self, summary: "Summary") -> None:
        """Complete the file. The run calls this method after it has appended all lines and checked the sums."""


class OptionalReport:
    """A report whose failure does not make the run fail.

    ``opened`` is the context manager that opens the report. ``is_for_hr`` says whether HR fills the report in.
    ``failure`` is one plain line that says why the report failed, or empty. After a failure, further calls do nothing.
    """

    def __init__(self, name: str, opened: "AbstractContextManager[Report]", *, is_for_hr: bool = False) -> None:
        self.name = name
        self.is_for_hr = is_for_hr
        self.failure = ""
        self._stack = ExitStack()
        self._report: Report | None = None
        with self._failure_noted():
            self._report = self._stack.enter_context(opened)

    def append(self, lines: "pd.DataFrame") -> None:
        """Add the lines of one frame, which ``reconcile`` has returned."""
        with self._failure_noted():
            if self._report is not None:
                self._report.append(lines)

    def finish(self, summary: "Summary") -> None:
        """Complete the report and move its file into the folder. If the report has failed, do nothing."""
        with self._failure_noted():
            if self._report is not None:
                self._report.finish(summary)
                self._stack.close()

    def close(self) -> None:
        """Release the resources of the report, even if the report has failed."""
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
def open_optional_reports(
    folder: "Folder",
    scratch: "Path",
    *,
    page: bool,
    handoff: bool,
    language: HandoffLanguage = HandoffLanguage.ENGLISH,
) -> Iterator[tuple[OptionalReport, ...]]:
    """Open the wanted reports: the page if ``page`` is True, the hand-off workbook if ``handoff`` is True.

    ``scratch`` is a folder for temporary files. ``language`` is the language of the workbook. The library of a report
    (Jinja or xlsxwriter) is loaded only for a wanted report.
    """
    reports: list[OptionalReport] = []
    if page:
        from onboarding.reports.page.page import open_page  # noqa: PLC0415 - loads Jinja

        reports.append(OptionalReport(PAGE, open_page(folder)))
    if handoff:
        from onboarding.reports.handoff.workbook import WORKBOOK, open_handoff  # noqa: PLC0415 - loads xlsxwriter

        opened = open_handoff(folder, scratch, language=language)
        reports.append(OptionalReport(WORKBOOK, opened, is_for_hr=True))
    try:
        yield tuple(reports)
    finally:
        for report in reports:
            report.close()


@contextmanager
def open_workbook_and_page(
    folder: "Folder", scratch: "Path", language: HandoffLanguage
) -> Iterator[tuple[Report, Report]]:
    """Open the hand-off workbook and the page. Each of them raises ``ReportNotWritten`` if it cannot be written.

    ``scratch`` is a folder for temporary files. ``language`` is the language of the workbook.
    """
    from onboarding.reports.handoff.workbook import open_handoff  # noqa: PLC0415 - loads xlsxwriter
    from onboarding.reports.page.page import open_page  # noqa: PLC0415 - loads Jinja

    with open_handoff(folder, scratch, language=language) as workbook, open_page(folder) as page:
        yield workbook, page
