"""Decide new and excluded rows by the invites of earlier runs.

A row is held if the service has refused its address on several days, unless ``--retry-refused`` is set. Before that,
each run sends the address once more, the service refuses the address, and the run ends with exit code 3.

A row is held if its employee was ever invited at another address. Only a person can tell whether the address has
changed, or whether two people have one id. The detail of a leaver's row says that the person was invited, and whether
the account or the pending invitation is still there.

Two HR systems may give the same id to two people. So an id alone is not enough. The row and the invited row must also
be from the same export (ignoring dates in its name), or the names in the two rows must have a word in common.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

import pandas as pd
import pyarrow as pa

from onboarding.addresses import keys_of
from onboarding.ledger import AddressRefusals, EmployeeInvite, PeopleMemory
from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.outcomes import InviteState, MembershipStatus
from onboarding.model.questions import WAS_INVITED
from onboarding.model.rows import decide, is_open, keys_of_employees
from onboarding.model.run import without_dates
from onboarding.pipeline.job import Job

_COMPARED = ["source", "sheet", "employee_id", "name", "email", "key", "detail"]

LEFT = (Reason.INACTIVE, Reason.ENDED, Reason.ON_EXCLUSION_LIST)
"""The reasons of excluded rows of people who should not be in the account."""

_STILL_THERE: Mapping[MembershipStatus | None, str] = MappingProxyType(
    {
        MembershipStatus.PENDING: "the invitation is still pending there; withdraw it.",
        MembershipStatus.REGISTERED: "the account is still there; remove it.",
        MembershipStatus.SUSPENDED: "the account is still there, suspended.",
        MembershipStatus.OTHER: "the account is still there; remove it.",
        None: "the service does not show the address.",
    }
)


_TOLD_BEFORE = re.compile(r"\. (?:Invited|Sent) by run ")
"""The beginning of the text that an earlier review has added to a detail, as in the rows of a saved plan."""

Memberships = Callable[[pa.Array, pa.Array], Mapping[str, MembershipStatus] | None]
"""A function that returns the memberships of people by address key. It returns None if the service cannot be asked.

Its parameters are the people's addresses and the keys of these addresses.
"""


class EarlierInvites:
    """The invites of earlier runs, for the rows of a job. ``memberships`` returns the people who are in the account."""

    def __init__(self, job: Job, memberships: Memberships) -> None:
        self._ledger: PeopleMemory = job.ledger
        self._run = job.run
        self._employees = job.ledger.employee_invites(job.run.scope, without_run=job.run.run_id)
        self._memberships = memberships
        # A resumed run uses the settings with which it began.
        self._refused = None if job.run.settings.get("retry_refused") else job.ledger.repeated_refusals(job.run.scope)
        self._holds_new_addresses = Reason.SAME_EMPLOYEE_OTHER_ADDRESS in job.settings.suspicions()

    def hold(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Hold open rows whose address was refused, or whose employee was invited at another address. Return the frame.

        The frame has the columns of ``rows.DECIDED``. If a person is to be invited again, the row is held only if the
        service has refused the address on several days.
        """
        return self._hold_new_addresses(self._hold_refused(frame))

    def _hold_refused(self, frame: pd.DataFrame) -> pd.DataFrame:
        if self._refused is None or not self._refused.by_hash:
            return frame
        candidates = frame[is_open(frame)]
        refused = self._refused.of(candidates["key"].tolist())
        if not refused:
            return frame
        frame, where = frame.copy(), candidates.index[list(refused)]
        decide(frame, where.to_numpy(), Disposition.HELD, Reason.REFUSED_REPEATEDLY)
        frame.loc[where, "detail"] = text_array(list(map(_refused_since, refused.values())))
        return frame

    def _hold_new_addresses(self, frame: pd.DataFrame) -> pd.DataFrame:
        if not self._holds_new_addresses or self._employees.is_empty():
            return frame
        new = frame.loc[is_open(frame) & (frame["reason"] != Reason.AGAIN), _COMPARED]
        invites = {at: invite for at, invite in self._of_employees(new).items() if not invite.is_here}
        if not invites:
            return frame
        frame = frame.copy()
        decide(frame, pd.Index(list(invites)).to_numpy(), Disposition.HELD, Reason.SAME_EMPLOYEE_OTHER_ADDRESS)
        frame.loc[list(invites), "detail"] = text_array(list(map(_invited_elsewhere, invites.values())))
        return frame

    def mark_leavers(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add to the details of invited leavers that they were invited, and what the service shows. Return the frame.

        The frame has the columns of ``rows.DECIDED``.
        """
        if self._employees.is_empty():
            return frame
        left = frame.loc[(frame["disposition"] == Disposition.EXCLUDED) & frame["reason"].isin(LEFT), _COMPARED]
        if left.empty:
            return frame
        sent = self._sent_to(left)
        if not sent:
            return frame
        addresses = pa.array([address for address, _ in sent.values() if address], pa.string())
        keys = keys_of(addresses.to_pylist())
        shown = self._memberships(addresses, pa.array(keys, pa.string()))
        key_of = dict(zip(addresses.to_pylist(), keys, strict=True))
        details = []
        for before, (address, what) in zip(left.loc[list(sent), "detail"].tolist(), sent.values(), strict=True):
            asked = key_of.get(address, "")
            still_there = f"; {_STILL_THERE[shown.get(asked)]}" if asked and shown is not None else "."
            decided = _TOLD_BEFORE.split(before)[0].removesuffix(".")
            details.append(f"{decided}. {what}{still_there}")
        frame = frame.copy()
        frame.loc[list(sent), "detail"] = text_array(details)
        return frame

    def _sent_to(self, left: pd.DataFrame) -> dict[int, tuple[str, str]]:
        """Return the address at which each leaver was invited, and words about this invite, by position.

        The address is empty if a purge has removed it from the invite and the leaver's row has no address.
        """
        by_id = self._of_employees(left)
        emails = left["email"].loc[list(by_id)].tolist()
        found = {
            at: (
                email if invite.is_here else invite.address,
                words_for_invite(invite.state, invite.run_id, invite.decided_at),
            )
            for (at, invite), email in zip(by_id.items(), emails, strict=True)
        }
        rest = left[(left["key"] != "") & ~left.index.isin(list(found))]
        if not self._employees.has_invites_without_id():
            rest = rest[(keys_of_employees(rest) == "").to_numpy(bool)]
        live = self._ledger.live_invites(self._run.scope, rest["key"])
        columns = live[["key", "state", "run_id", "decided_at"]]
        by_key = {
            key: words_for_invite(state, run_id, decided_at)
            for key, state, run_id, decided_at in columns.itertuples(index=False, name=None)
        }
        here = rest.loc[rest["key"].isin(list(by_key)), ["email", "key"]]
        return found | {at: (email, by_key[key]) for at, email, key in here.itertuples(name=None)}

    def _of_employees(self, frame: pd.DataFrame) -> dict[int, EmployeeInvite]:
        """Return the earlier invites of the employee ids in a frame, by the position of the row.

        Invites of another person with the same id are left out (``is_same_person``).
        """
        found = self._employees.find(as_array(keys_of_employees(frame)), as_array(frame["key"]))
        rows = frame.iloc[list(found)][["source", "sheet", "name"]]
        return {
            at: invite
            for (at, source, sheet, name), invite in zip(rows.itertuples(name=None), found.values(), strict=True)
            if invite.is_here or is_same_person(source, sheet, name, invite)
        }


def is_same_person(source: str, sheet: str, name: str, invite: EmployeeInvite) -> bool:
    """Return whether a row with the id of an invited employee is about that employee.

    The answer is True if both rows are from one export (ignoring dates in its name), or if the names of the two people
    have a word in common.
    """
    if invite.source and _export(source, sheet) == _export(invite.source, invite.sheet):
        return True
    return bool(_words(name) & _words(invite.name))


def _export(source: str, sheet: str) -> tuple[str, str]:
    return without_dates(source), without_dates(sheet)


def _words(name: str) -> set[str]:
    return {word for word in re.findall(r"\w+", name.casefold()) if len(word) > 1}


def words_for_invite(state: str, run_id: str, decided_at: str) -> str:
    """Return the beginning of a sentence about an invite of an earlier run, from its record in the ledger."""
    if state == InviteState.INVITED:
        return f"Invited by run {run_id} at {_minute(decided_at)}"
    return f"Sent by run {run_id}, but whether the service took it is not known"


def _minute(moment: str) -> str:
    """Return a time of the ledger as text for a person, to the minute."""
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC"


def _refused_since(refusals: AddressRefusals) -> str:
    return (
        f"The service refused the address on {refusals.days} days from {refusals.first} to {refusals.last}; it is not"
        " sent any more. Correct it, or try once more with --retry-refused."
    )


def _invited_elsewhere(invite: EmployeeInvite) -> str:
    """Return the detail of a row whose employee was invited at another address."""
    address = invite.address or "another address"
    place = f" ({invite.place})" if invite.place else ""
    when = f" at {_minute(invite.decided_at)}" if invite.decided_at else ""
    return (
        f"{WAS_INVITED} {address} by run {invite.run_id}{when}{place}; if the address has changed, change"
        " it in the account too, or invite both with --no-hold same_employee_other_address."
    )
