"""Decide the rows of people whom the ledger or the service knows already, and make chunks of the other open rows."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, count
from types import MappingProxyType

import pandas as pd

from onboarding.model.columns import as_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import employee_keys
from onboarding.model.outcomes import InviteState, MembershipStatus
from onboarding.model.plan import CHUNK_SIZE, Chunk, Invitee, ReinviteRule, Renewal
from onboarding.model.questions import MAY_BE_THERE
from onboarding.model.rows import TEXT, decide, is_open

_DETAILS: Mapping[MembershipStatus, str] = MappingProxyType(
    {
        MembershipStatus.PENDING: "The person has been invited and has not accepted yet.",
        MembershipStatus.REGISTERED: "The person has an account there.",
        MembershipStatus.SUSPENDED: (
            "The account's administrators have suspended the person; a new invite would undo that."
        ),
        MembershipStatus.OTHER: (
            "The account has the person, with several statuses or with a status that the service's model does not know."
        ),
    }
)

_NOT_SHOWN = ", but the service does not show the address; not sent again."
_MOMENT = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})[0-9:.]*[+]00:00$"
"""The pattern of a time in UTC in the form of the ledger."""

_NOT_ASKED = "; the service could not be asked about the address."

_RESPELLED = f"{MAY_BE_THERE}, under another spelling of the address (such as ss for ß); look there."

_FIRST = Renewal(times=1)
"""The value for the first invite of a person, which renews no earlier invite."""

_CHUNK_SIZES = (CHUNK_SIZE, 7, 1)
"""The most people of a request if the service's answers for them were never lost, lost once, or lost more often.

If the service always fails at one address, every request with this address fails. So the 50 people of its first request
then go into 8 requests of at most 7 people (about the square root of 50). If one of these fails, its 7 people go into 7
requests of 1 person. In all, 8 + 7 more requests find the address.
"""


def mark_known(
    frame: pd.DataFrame,
    known: pd.DataFrame,
    there: Mapping[str, MembershipStatus] | None,
    *,
    again: ReinviteRule | None = None,
) -> pd.DataFrame:
    """Decide the open rows of people whom the service shows or the ledger remembers, and return the frame.

    Such a row becomes ``already``, or ``in_doubt`` if it is not known whether the service invited the person. ``again``
    is the rule that says which people to invite once more, or None if there are no such people. Their rows stay open,
    with the reason ``again``.

    ``frame`` has the columns ``key``, ``disposition``, ``reason`` and ``detail``. ``known`` is the memory of the
    ledger: one row for each key that is in flight, in doubt or invited. Its text columns are ``key``, ``state``,
    ``run_id`` and ``decided_at``. If ``again`` is a rule, ``known`` also has integer columns: ``times`` is how often
    the key was sent, and ``unknown_times`` is how many more times it may have been sent. ``there`` are the memberships
    that the service shows, by key. ``there`` is None if the service could not be asked. The service is right about who
    is in the account, and the ledger is right about who was mailed.
    """
    frame = frame.copy()
    about = frame[["key"]].merge(known, how="left", on="key").merge(_as_columns(there or {}), how="left", on="key")
    about = about.set_index(frame.index)
    invited_by = "Invited by run " + about["run_id"] + " at " + _to_the_minute(about["decided_at"])
    candidate = is_open(frame)
    answered = frame.loc[candidate & (frame["reason"] == Reason.ANSWERED), "detail"]
    shown = about["shown"].fillna("").where(candidate, "")
    invited = candidate & (about["state"] == InviteState.INVITED).fillna(value=False)
    if again:
        due = invited & (shown == MembershipStatus.PENDING) & _is_due(about, again)
        frame.loc[due, "reason"] = Reason.AGAIN.value
        frame.loc[due, "detail"] = invited_by + "; the service still shows the address as pending, so it is due again."
        candidate, invited = candidate & ~due, invited & ~due
    decide(frame, invited, Disposition.ALREADY, Reason.INVITED_EARLIER)
    frame.loc[invited & (shown != ""), "detail"] = invited_by + "; the service shows the address as " + shown + "."
    frame.loc[invited & (shown == ""), "detail"] = invited_by + (_NOT_ASKED if there is None else _NOT_SHOWN)
    doubtful = candidate & about["state"].notna() & ~invited & ((shown == "") | _is_renewal(about, shown, again))
    decide(frame, doubtful, Disposition.IN_DOUBT)
    sent_by = "Sent by run " + about["run_id"]
    frame.loc[doubtful, "detail"] = sent_by + ", but whether the service took it is not known; not sent again."
    for membership, detail in _DETAILS.items():
        is_there = candidate & ~invited & ~doubtful & (shown == membership)
        decide(frame, is_there, Disposition.ALREADY, Reason(membership))
        frame.loc[is_there, "detail"] = detail
    return _with_answers(frame, answered)


def _with_answers(frame: pd.DataFrame, answered: pd.Series) -> pd.DataFrame:
    """Add HR's answers to the details of decided rows. ``answered`` has the earlier details of answered rows.

    An answer in a hand-off workbook says which row of the export it is about, and so the report says this, too.
    """
    said = answered[~is_open(frame.loc[answered.index])]
    if len(said):
        frame.loc[said.index, "detail"] = frame.loc[said.index, "detail"] + " " + said
    return frame


def _as_columns(there: Mapping[str, MembershipStatus]) -> pd.DataFrame:
    return pd.DataFrame({"key": list(there), "shown": list(map(str, there.values()))}, dtype=TEXT)


def hold_respelled(frame: pd.DataFrame, respelled: Collection[str]) -> pd.DataFrame:
    """Hold the open rows of people who may be known under another spelling of their address, and return the frame.

    ``frame`` comes from ``mark_known``. ``respelled`` has the keys for which the ledger or the service knows another
    spelling. Rows with the reason ``again`` stay open: their people are known under the spelling in the row, too.
    """
    unsure = is_open(frame) & frame["key"].isin(list(respelled)) & (frame["reason"] != Reason.AGAIN)
    frame = frame.copy()
    decide(frame, unsure, Disposition.HELD, Reason.LOOK_ALIKE)
    frame.loc[unsure, "detail"] = _RESPELLED
    return frame


def _is_renewal(about: pd.DataFrame, shown: pd.Series, again: ReinviteRule | None) -> pd.Series:
    """Return a mask of the people who were sent more than one invite, and whom the service shows as pending.

    The first invite alone makes such a person pending. So this status does not prove that a later invite arrived. If
    ``again`` is None, the mask marks no row.
    """
    if again is None:
        return pd.Series(data=False, index=about.index)
    return (about["times"] > 1).fillna(value=False) & (shown == MembershipStatus.PENDING)


def _to_the_minute(moments: pd.Series) -> pd.Series:
    """Return times of the ledger as text for a person, such as ``2026-03-01 08:30 UTC``."""
    return moments.str.replace(_MOMENT, r"\1 \2 UTC", regex=True)


def _is_due(about: pd.DataFrame, again: ReinviteRule) -> pd.Series:
    """Return a mask of the people whom the rule lets a run invite again: invited long enough ago, and not too often."""
    times = about["times"] + about["unknown_times"]
    return (about["decided_at"] < again.before).fillna(value=False) & (times <= again.times)


def make_chunks(
    frames: Iterable[pd.DataFrame],
    *,
    after: int = 0,
    most: int = CHUNK_SIZE,
    losses_of: Callable[[Sequence[str]], Mapping[str, int]] = lambda _keys: {},
    renewals_of: Callable[[Sequence[str]], Mapping[str, Renewal]] = lambda _keys: {},
) -> Iterator[Chunk]:
    """Yield the open rows as full chunks, lazily and in input order. The first chunk has the number ``after`` + 1.

    Frames have at least the columns ``email``, ``key``, ``name``, ``employee_id``, ``security_group``, ``disposition``
    and ``reason``, indexed by position. A chunk may have rows of several frames, and at most ``most`` rows.
    ``losses_of`` gets address keys, and returns how often the service's answers for each key were lost. The function
    may leave out keys without lost answers. ``renewals_of`` gets the keys of people who are invited again, and returns
    a ``Renewal`` for each key. If answers for a person were lost, the person's chunk is smaller: ``chunk_size`` returns
    the size. People whom the service invites again by their ids are never in one chunk with other people. So only the
    last chunk of each size may be short: the last chunk with ids, and the last chunk without.
    """
    numbers = count(after + 1)
    waiting: dict[tuple[int, bool], list[Invitee]] = {}
    for invitee in chain.from_iterable(_invitees(frame, losses_of, renewals_of) for frame in frames):
        size = min(most, chunk_size(invitee.losses))
        kind = (size, bool(invitee.member_id))
        together = waiting.setdefault(kind, [])
        together.append(invitee)
        if len(together) == size:
            yield Chunk(next(numbers), tuple(waiting.pop(kind)))
    for together in waiting.values():
        yield Chunk(next(numbers), tuple(together))


def chunk_size(losses: int) -> int:
    """Return the most people of a request if the service's answers for each of them were lost ``losses`` times."""
    return _CHUNK_SIZES[min(losses, len(_CHUNK_SIZES) - 1)]


def _invitees(
    frame: pd.DataFrame,
    losses_of: Callable[[Sequence[str]], Mapping[str, int]],
    renewals_of: Callable[[Sequence[str]], Mapping[str, Renewal]],
) -> Iterator[Invitee]:
    columns = ["email", "key", "name", "family_name", "employee_id", "reason", "security_group"]
    to_send = frame.loc[is_open(frame), columns]
    again = (to_send["reason"] == Reason.AGAIN).tolist()
    emails, keys, names, families = (to_send[name].tolist() for name in ("email", "key", "name", "family_name"))
    lost = losses_of(keys)
    losses = [lost.get(key, 0) for key in keys] if lost else [0] * len(keys)
    employees = employee_keys(as_array(to_send["employee_id"])).to_pylist()
    found = renewals_of([key for key, is_again in zip(keys, again, strict=True) if is_again]) if any(again) else {}
    renewals = [found.get(key, _FIRST) for key in keys]
    of_people = (to_send.index.tolist(), emails, keys, names, families, again, losses, employees)
    groups = to_send["security_group"].tolist()
    return map(Invitee, *of_people, *zip(*renewals, strict=True), groups) if renewals else iter(())
