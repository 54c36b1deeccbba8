"""Report the members of the account who are in no export of the run, if the run has read the list of all members.

No request is sent for this report. Before a run invites people, it asks the service who is there. If the account has
few members, the run reads the whole list. Otherwise it looks people up one by one, and does not learn about other
members.
"""

import re

import pandas as pd
import pyarrow as pa

from onboarding.addresses import keys_of
from onboarding.model.columns import as_array
from onboarding.model.outcomes import InviteState
from onboarding.model.presence import NotInExports
from onboarding.pipeline.answered_workbooks import are_workbooks
from onboarding.pipeline.baseline import Inputs
from onboarding.pipeline.job import Job
from onboarding.reports import Folder, write_not_in_exports

PARTIAL = "the exports list only some of the people (--roster partial)"
WORKBOOKS = "workbooks from HR list only the people to correct"
NOT_LISTED = "the service did not list all members"
DISK = "the members could not be kept on the disk"

_ADDRESSES = re.compile(r"[^\s<>()\[\];,|/\"']+@[^\s<>()\[\];,|/\"']+")
"""The pattern of texts that may be addresses, for cells without a usable address."""


def note_in_export(job: Job, frame: pd.DataFrame) -> None:
    """Remember all people in a frame of decided rows, with any disposition.

    ``frame`` has the columns of ``rows.DECIDED``. A row may have several addresses, or an address that the run rejects.
    Then each text in its cell that may be an address is remembered.
    """
    members = job.account.members
    if not members.wants_people:
        return
    has_key = frame["key"] != ""
    cells = frame.loc[~has_key, "email_as_given"]
    others = cells[cells.str.contains("@", regex=False)]
    found = [address for cell in others.tolist() for address in _ADDRESSES.findall(cell)]
    keys = as_array(frame.loc[has_key, "key"])
    members.note_in_export(pa.concat_arrays([keys, pa.array(keys_of(found), pa.string())]))


def report_not_in_exports(job: Job, folder: Folder, inputs: Inputs) -> NotInExports | None:
    """Write ``not_in_exports.csv``, and return its figures. Without a list of members, the figures give the reason.

    ``inputs`` are the facts of the exports. The result is None if the run kept no members. A part of a run to many
    accounts keeps none, since a person may be in an export of another account. Raises ``ReportNotWritten``.
    """
    members = job.account.members
    if members.listed is None:
        return None
    if why := _why_unknown(job, inputs):
        return NotInExports(why_unknown=why)
    try:
        return write_not_in_exports(folder, (_with_runs(job, table) for table in members.in_no_export()))
    except OSError as error:
        return NotInExports(why_unknown=f"{DISK} ({error.strerror})")


def _why_unknown(job: Job, inputs: Inputs) -> str:
    members = job.account.members
    if job.run.is_partial:
        return PARTIAL
    if are_workbooks(inputs):
        return WORKBOOKS
    if not members.is_complete:
        return NOT_LISTED
    return f"{DISK} ({members.listed.failure})" if members.listed and members.listed.failure else ""


def _with_runs(job: Job, members: pa.Table) -> pa.Table:
    """Return the members with the columns ``invited_by_run`` and ``invited_at`` from the ledger."""
    live = job.ledger.live_invites(job.run.scope, members["key"].to_pylist())
    invited = live[live["state"] == InviteState.INVITED].set_index("key")
    keys = pd.Index(members["key"].to_pylist(), dtype="object")
    runs, times = (invited[name].reindex(keys).fillna("").tolist() for name in ("run_id", "decided_at"))
    return members.append_column("invited_by_run", pa.array(runs, pa.string())).append_column(
        "invited_at", pa.array(times, pa.string())
    )
