"""Who is to be invited, where, and in which requests?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

import pandas as pd

from onboarding.outcomes import State
from onboarding.rows import Disposition, Reason, decide, is_open

CHUNK_SIZE = 50
"""The most addresses one request may carry (Chime ``InviteUsers`` and Wickr ``BatchCreateUser`` alike)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an invite counts: the part of the ledger's key that is not the address.

    ``endpoint`` is empty for the vendor's own; a rehearsal against any other never touches the real record.
    """

    destination: str
    account: str
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Invitee:
    """One address that is to be invited, known to logs by its row's position alone."""

    position: int
    address: str = field(repr=False)
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chunk:
    """At most ``CHUNK_SIZE`` invitees, sent in one request. Numbered from 1 within a run."""

    number: int
    invitees: tuple[Invitee, ...]


def leave_out_known(frame: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return the frame without candidates whom the ledger knows: ``already``, or ``in_doubt`` if nobody knows yet.

    ``frame`` has the columns ``key``, ``disposition``, ``reason`` and ``detail``. ``known`` has one row for each key
    that is in flight, in doubt or invited, with the text columns ``key``, ``state``, ``run_id`` and ``decided_at``.
    """
    if known.empty:
        return frame
    frame = frame.copy()
    about = known.set_index("key").reindex(frame["key"]).set_index(frame.index)
    invited = is_open(frame) & (about["state"] == State.INVITED).fillna(value=False)
    doubtful = is_open(frame) & about["state"].notna() & ~invited
    decide(frame, invited, Disposition.ALREADY, Reason.INVITED_EARLIER)
    frame.loc[invited, "detail"] = "Invited by run " + about["run_id"] + " at " + about["decided_at"] + "."
    decide(frame, doubtful, Disposition.IN_DOUBT)
    frame.loc[doubtful, "detail"] = (
        "Sent by run " + about["run_id"] + ", but whether the service took it is not known; not sent again."
    )
    return frame


def cut(frames: Iterable[pd.DataFrame]) -> Iterator[Chunk]:
    """Cut the rows that are still open into full chunks, lazily and in input order.

    Frames have at least the columns ``email``, ``key`` and ``disposition``, indexed by position. Only the last
    chunk may be short, since chunks run across frames.
    """
    invitees = chain.from_iterable(map(_invitees, frames))
    number = 0
    while some := tuple(islice(invitees, CHUNK_SIZE)):
        number += 1
        yield Chunk(number, some)


def _invitees(frame: pd.DataFrame) -> Iterator[Invitee]:
    to_send = frame.loc[is_open(frame), ["email", "key"]]
    return map(Invitee, to_send.index.tolist(), to_send["email"].tolist(), to_send["key"].tolist())
