"""The groups of a run's people: hold rows with a group that the account lacks, and mark people of the usual group.

The exports name the groups in one column (``--security-group-column``). People who are in the account already, or are
invited again, keep their present group.
"""

import pandas as pd

from onboarding.model.columns import as_array, cell_bytes, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.rows import decide, is_open
from onboarding.pipeline.job import Job

NO_GROUP = "No group stands in the row, so the person joins the usual group."
"""The detail of a row with an empty cell in the column of groups."""


class PeopleGroups:
    """Checks the groups of the rows of one job, with the help of the job's account."""

    def __init__(self, job: Job) -> None:
        self._service = job.questions.to(job.account.destination)
        self._has_column = bool(job.run.settings.get("security_group_column"))

    def hold(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Hold the open rows whose group is unknown to the account, or means several groups. Return the frame.

        Rows without a group are held, too, if the account has no usual group. The frame has the columns of
        ``rows.DECIDED``. Raises ``StillThrottled``, ``Interrupted`` or ``DestinationClosed``.
        """
        if not self._has_column and not cell_bytes(as_array(frame["security_group"])).size:
            return frame
        new = is_open(frame) & (frame["reason"] != Reason.AGAIN)
        groups = frame.loc[new, "security_group"]
        named = groups if self._has_column else groups[groups != ""]
        unknown = self._service.unknown_groups(named.unique().tolist()) if len(named) else {}
        if "" not in unknown:
            frame = self._say_usual(frame, groups[groups == ""].index)
        if not unknown:
            return frame
        frame, where = frame.copy(), named[named.isin(list(unknown))]
        decide(frame, where.index.to_numpy(), Disposition.HELD, Reason.UNKNOWN_GROUP)
        frame.loc[where.index, "detail"] = text_array([unknown[name] for name in where.tolist()])
        return frame

    def _say_usual(self, frame: pd.DataFrame, where: pd.Index) -> pd.DataFrame:
        """Add to the details of rows without a group that their people join the usual group."""
        if not self._has_column or not len(where):
            return frame
        frame = frame.copy()
        details = frame.loc[where, "detail"]
        said = [detail if NO_GROUP in detail else f"{detail} {NO_GROUP}".strip() for detail in details.tolist()]
        frame.loc[where, "detail"] = text_array(said)
        return frame
