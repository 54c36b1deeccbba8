"""Who is to be invited, where, and in which requests?"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from types import MappingProxyType

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.outcomes import Membership, State
from onboarding.model.plan import CHUNK_SIZE, Again, Chunk, Invitee
from onboarding.model.rows import decide, is_open


def leave_out_known(
    frame: pd.DataFrame, known: pd.DataFrame, there: Mapping[str, Membership], *, again: Again | None = None
) -> pd.DataFrame:
    """Return the frame without the candidates who are there, or of whom the ledger knows that they were invited.

    They become ``already``, or ``in_doubt`` if nobody knows yet; those who are to be invited ``again`` stay open, with
    that reason. ``frame`` has the columns ``key``, ``disposition``, ``reason`` and ``detail``. ``known`` has one row
    for each key that is in flight, in doubt or invited, with the text columns ``key``, ``state``, ``run_id`` and
    ``decided_at`` and, if somebody may be invited again, the integers ``times``. ``there`` says how those stand with
    the account whom the service shows, by key. It is the truth about who is there, the ledger about who was mailed.
    """
    frame = frame.copy()
    about = known.set_index("key").reindex(frame["key"]).set_index(frame.index)
    by = "Invited by run " + about["run_id"] + " at " + about["decided_at"]
    candidate = is_open(frame)
    shown = _shown(frame, there).where(candidate, "")
    invited = candidate & (about["state"] == State.INVITED).fillna(value=False)
    if again:
        due = invited & (shown == Membership.PENDING) & _is_due(about, again)
        frame.loc[due, "reason"] = Reason.AGAIN.value
        frame.loc[due, "detail"] = by + "; the service still shows the address as pending, so it is due again."
        candidate, invited = candidate & ~due, invited & ~due
    decide(frame, invited, Disposition.ALREADY, Reason.INVITED_EARLIER)
    frame.loc[invited & (shown != ""), "detail"] = by + "; the service shows the address as " + shown + "."
    frame.loc[invited & (shown == ""), "detail"] = by + ", but the service does not show the address; not sent again."
    doubtful = candidate & about["state"].notna() & ~invited & (shown == "")
    decide(frame, doubtful, Disposition.IN_DOUBT)
    frame.loc[doubtful, "detail"] = (
        "Sent by run " + about["run_id"] + ", but whether the service took it is not known; not sent again."
    )
    _leave_out_there(frame, candidate & ~invited, shown)
    return frame


def _is_due(about: pd.DataFrame, again: Again) -> pd.Series:
    """Mark those who were invited long enough ago, and not too often since."""
    return (about["decided_at"] < again.before).fillna(value=False) & (about["times"] <= again.times)


def _leave_out_there(frame: pd.DataFrame, candidate: pd.Series, shown: pd.Series) -> None:
    for membership, detail in _ALREADY_THERE.items():
        there_already = candidate & (shown == membership)
        decide(frame, there_already, Disposition.ALREADY, Reason(membership))
        frame.loc[there_already, "detail"] = detail


def _shown(frame: pd.DataFrame, there: Mapping[str, Membership]) -> pd.Series:
    """Return how each row's address stands with the account, empty where the service does not show it."""
    shown = pc.index_in(as_array(frame["key"]), pa.array(list(there), pa.string()))
    memberships = pa.array([str(membership) for membership in there.values()], pa.string())
    return pd.Series(text_array(pc.fill_null(memberships.take(shown), "")), frame.index)


_ALREADY_THERE: Mapping[Membership, str] = MappingProxyType(
    {
        Membership.PENDING: "The person has been invited and has not accepted yet.",
        Membership.REGISTERED: "The person has an account there.",
        Membership.SUSPENDED: "The account's administrators have suspended the person; a new invite would undo that.",
    }
)


def cut(frames: Iterable[pd.DataFrame], *, after: int = 0) -> Iterator[Chunk]:
    """Cut the rows that are still open into full chunks, lazily and in input order, numbered from ``after`` on.

    Frames have at least the columns ``email``, ``key``, ``name``, ``disposition`` and ``reason``, indexed by position.
    Only the last chunk may be short, since chunks run across frames.
    """
    invitees = chain.from_iterable(map(_invitees, frames))
    number = after
    while some := tuple(islice(invitees, CHUNK_SIZE)):
        number += 1
        yield Chunk(number, some)


def _invitees(frame: pd.DataFrame) -> Iterator[Invitee]:
    to_send = frame.loc[is_open(frame), ["email", "key", "name", "reason"]]
    again = (to_send["reason"] == Reason.AGAIN).tolist()
    told = (to_send[name].tolist() for name in ("email", "key", "name"))
    return map(Invitee, to_send.index.tolist(), *told, again)
