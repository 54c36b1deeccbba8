"""How may an answer be odd, although the service did what it was asked?

Each oddity is well-formed by the service model. Most concern the last entries of an answer; strangers come first, so
that whoever takes the first entry for the one that was asked for is found out.
"""

from collections.abc import Callable, Mapping, Sequence

from onboarding.sandbox.chime import TEAM_ACCOUNT, new_invitee
from onboarding.sandbox.entries import invite_entry, user_entry
from onboarding.sandbox.faults import Fault, Kind
from onboarding.sandbox.protocol import Document
from onboarding.sandbox.records import LONG_AGO, Invitation, Registration

Act = Callable[[Document], Document]
"""What carries an operation out."""

Entries = Sequence[Document]


def act_oddly(fault: Fault, act: Act, parameters: Document) -> Document:
    """Act, and return a result that is odd as the fault has it. What has no entries stays as it is."""
    if fault.kind in _PAGING:
        return _PAGING[fault.kind](act, parameters, fault.entries)
    oddity = _ODDITIES[fault.kind]
    return {
        name: oddity(value, fault.entries, _STRANGERS[name]) if name in _STRANGERS else value
        for name, value in act(parameters).items()
    }


def _moved(act: Act, parameters: Document, entries: int) -> Document:
    # A listing changes nothing, so it may be asked twice.
    users = len(act(parameters)["Users"])
    return act({**parameters, "MaxResults": max(1, users - entries)})


def _repeated(act: Act, parameters: Document, entries: int) -> Document:
    return {**act(parameters), "NextToken": _moved(act, parameters, entries).get("NextToken")}


def _omitted(given: Entries, entries: int, _: Callable[[str], Document]) -> Entries:
    return given[:-entries]


def _reordered(given: Entries, _entries: int, _: Callable[[str], Document]) -> Entries:
    return given[::-1]


def _recased(given: Entries, entries: int, _: Callable[[str], Document]) -> Entries:
    return [*given[:-entries], *(_in_another_case(entry) for entry in given[-entries:])]


def _joined(given: Entries, entries: int, stranger: Callable[[str], Document]) -> Entries:
    return [*(stranger(f"stranger{number}@sandbox.example") for number in range(entries)), *given]


def _silenced(given: Entries, entries: int, _: Callable[[str], Document]) -> Entries:
    return [*given[:-entries], *(_without_status(entry) for entry in given[-entries:])]


def _contradicted(given: Entries, entries: int, _: Callable[[str], Document]) -> Entries:
    return [*given, *(_contradiction(entry) for entry in given[-entries:])]


_PAGING: Mapping[Kind, Callable[[Act, Document, int], Document]] = {
    Kind.ACT_THEN_MOVE: _moved,
    Kind.ACT_THEN_REPEAT: _repeated,
}

_ODDITIES: Mapping[Kind, Callable[[Entries, int, Callable[[str], Document]], Entries]] = {
    Kind.ACT_THEN_OMIT: _omitted,
    Kind.ACT_THEN_REORDER: _reordered,
    Kind.ACT_THEN_RECASE: _recased,
    Kind.ACT_THEN_ADD: _joined,
    Kind.ACT_THEN_DROP_STATUS: _silenced,
    Kind.ACT_THEN_CONTRADICT: _contradicted,
}

_STRANGERS: Mapping[str, Callable[[str], Document]] = {
    "Invites": lambda address: invite_entry(address, Invitation.PENDING, "Sent"),
    "Users": lambda address: user_entry(new_invitee(TEAM_ACCOUNT, address, "PrivateUser", LONG_AGO)),
}
"""The members of a result that have entries, and what makes one for somebody whom nobody asked about."""

_ADDRESSES = frozenset({"EmailAddress", "PrimaryEmail"})
_STATUSES = frozenset({"Status", "UserRegistrationStatus", "UserInvitationStatus"})


def _in_another_case(entry: Document) -> Document:
    return {name: _swapped(value) if name in _ADDRESSES else value for name, value in entry.items()}


def _swapped(address: str) -> str:
    # ASCII alone: beyond it, a letter in another case may be several letters, or another one on the way back.
    return "".join(letter.swapcase() if letter.isascii() else letter for letter in address)


def _without_status(entry: Document) -> Document:
    return {name: value for name, value in entry.items() if name not in _STATUSES}


def _contradiction(entry: Document) -> Document:
    if "PrimaryEmail" in entry:
        was_registered = entry["UserRegistrationStatus"] is Registration.REGISTERED
        other = Registration.SUSPENDED if was_registered else Registration.REGISTERED
        return {**entry, "UserRegistrationStatus": other, "UserInvitationStatus": Invitation.ACCEPTED}
    if entry["Status"] is Invitation.FAILED:
        return invite_entry(entry["EmailAddress"], Invitation.PENDING, "Sent")
    return invite_entry(entry["EmailAddress"], Invitation.FAILED, "NotSent")
