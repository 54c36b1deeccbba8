"""The report ``not_in_exports.csv``: members of the account who are in no export of the run, one line for each member.

Such a member may have left the employer, may be a guest, or may be missing in HR's lists. The job only reports these
members, and never changes them.
"""

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.presence import NotInExports
from onboarding.reports.csv import csv_cells
from onboarding.reports.folder import Folder

EXTRA_MEMBERS = "not_in_exports.csv"
"""The file name of the report in the folder of a run."""

MEMBER_COLUMNS = ("email", "status", "invited_on", "invited_by_run", "invited_at")
"""The columns of the report.

``invited_on`` is the time of the last invitation, by the service's clock. ``invited_by_run`` is the last run of this
ledger that invited the member, and ``invited_at`` is the time of this invitation. A cell is empty if its value is not
known.
"""


def write_not_in_exports(folder: Folder, members: Iterable[pa.Table]) -> NotInExports:
    """Write the report, and return its figures. ``members`` are tables with the columns ``MEMBER_COLUMNS`` of strings.

    Each table is written before the next table is made. Raises ``ReportNotWritten``.
    """
    by_status: Counter[str] = Counter()
    invited = 0
    with folder.atomic_write(EXTRA_MEMBERS) as file:
        file.write(f"{','.join(MEMBER_COLUMNS)}\n".encode())
        for table in members:
            by_status.update(table["status"].to_pylist())
            invited += sum(map(bool, table["invited_by_run"].to_pylist()))
            cells = (csv_cells(table[name].combine_chunks()) for name in MEMBER_COLUMNS)
            for line in pc.binary_join_element_wise(*cells, ",").to_pylist():
                file.write(f"{line}\n".encode())
    found = dict(sorted(by_status.items()))
    return NotInExports(by_status.total(), found, invited, file=folder.path_of(EXTRA_MEMBERS))
