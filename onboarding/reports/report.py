"""What is a report of a run, whatever its form?"""

from typing import TYPE_CHECKING, Protocol

import pandas as pd

if TYPE_CHECKING:
    from onboarding.reports.summary import Summary


class Report(Protocol):
    """A file that is made while the lines pass by, so that no run is too large for it."""

    def append(self, lines: pd.DataFrame) -> None:
        """Take in the lines of one frame, as ``reconcile`` returns them, in the order of the input.

        May raise ``ReportNotWritten``.
        """

    def finish(self, summary: "Summary") -> None:
        """Complete the file, once all lines were taken in and the sums were found to hold."""
