"""Answers of the sandbox that are odd, although the service did what it was asked.

Each oddity is well-formed by the service model. Most of them change the last entries of an answer. Strangers come
first, so that tests find code that takes the first entry for the entry it asked about. Entries about no person, such
as a failed item of Wickr, only change their order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.chime.simulation import invite_entry
from onboarding.destinations.chime.simulation import new_invitee as chime_invitee
from onboarding.destinations.chime.simulation import user_entry as chime_user
from onboarding.destinations.wickr.simulated_networks import ACTIVE, PENDING, WICKR_GROUP, WICKR_NETWORK
from onboarding.destinations.wickr.simulated_networks import new_invitee as wickr_invitee
from onboarding.destinations.wickr.simulated_networks import user_entry as wickr_user
from onboarding.sandbox import Fault, FaultKind
from onboarding.sandbox.simulation.people import LONG_AGO, Invitation, Registration
from onboarding.sandbox.simulation.shapes import Document

Act = Callable[[Document], Document]
Entries = Sequence[Document]


class Oddity(StrEnum):
    """What is odd about an answer."""

    REORDER = "reorder"
    RECASE = "recase"
    ADD = "add"
    CONTRADICT = "contradict"
    MOVE = "move"
    REPEAT = "repeat"


PAGES_ONLY = {Oddity.MOVE, Oddity.REPEAT}
"""Oddities of listings alone."""


@dataclass(frozen=True)
class EntryForm:
    """The entries of one list of results: where the address stands, and how to make other entries."""

    address: str
    stranger: Callable[[str], Document]
    contradiction: Callable[[Document], Document]


def odd_fault(kind: Oddity | FaultKind, operation: str = "", *, entries: int = 1, **script: object) -> Fault:
    """Return the fault that makes answers odd, in Python alone or as the sandbox itself offers it."""
    if isinstance(kind, FaultKind):
        return Fault(kind, operation, entries=entries, **script)
    return Fault(FaultKind.ALTER, operation, alter=partial(act_oddly, kind, entries), **script)


def act_oddly(kind: Oddity, entries: int, act: Act, parameters: Document) -> Document:
    """Carry an operation out, and return its result with an oddity. A result without such entries stays as it is."""
    result = act(parameters)
    if kind in PAGES_ONLY:
        return _paged_oddly(kind, entries, act, parameters, result)
    if kind is Oddity.REORDER:
        return {name: value[::-1] if isinstance(value, list) else value for name, value in result.items()}
    change = CHANGES[kind]
    return {
        name: change(value, entries, form) if (form := _form_of(name, value)) else value
        for name, value in result.items()
    }


def _paged_oddly(kind: Oddity, entries: int, act: Act, parameters: Document, page: Document) -> Document:
    # Each service spells these three in its own way.
    users, size, token = next(names for names in PAGES if names[0] in page)
    # A listing changes nothing, so this function may ask twice.
    shorter = act({**parameters, size: max(1, len(page[users]) - entries)})
    return shorter if kind is Oddity.MOVE else {**page, token: shorter.get(token)}


PAGES = (("Users", "MaxResults", "NextToken"), ("users", "maxResults", "nextToken"))


def _recased(given: Entries, entries: int, form: EntryForm) -> Entries:
    return [*given[:-entries], *({**entry, form.address: _swapped(entry[form.address])} for entry in given[-entries:])]


def _joined(given: Entries, entries: int, form: EntryForm) -> Entries:
    return [*(form.stranger(f"stranger{number}@sandbox.example") for number in range(entries)), *given]


def _contradicted(given: Entries, entries: int, form: EntryForm) -> Entries:
    return [*given, *(form.contradiction(entry) for entry in given[-entries:])]


CHANGES: Mapping[Oddity, Callable[[Entries, int, EntryForm], Entries]] = {
    Oddity.RECASE: _recased,
    Oddity.ADD: _joined,
    Oddity.CONTRADICT: _contradicted,
}


def _swapped(address: str) -> str:
    # ASCII alone: other letters in another case may be several letters, or another letter on the way back.
    return "".join(letter.swapcase() if letter.isascii() else letter for letter in address)


def _other_invite(entry: Document) -> Document:
    if entry["Status"] is Invitation.FAILED:
        return invite_entry(entry["EmailAddress"], Invitation.PENDING, "Sent")
    return invite_entry(entry["EmailAddress"], Invitation.FAILED, "NotSent")


def _other_chime_user(entry: Document) -> Document:
    was_registered = entry["UserRegistrationStatus"] is Registration.REGISTERED
    other = Registration.SUSPENDED if was_registered else Registration.REGISTERED
    return {**entry, "UserRegistrationStatus": other, "UserInvitationStatus": Invitation.ACCEPTED}


def _other_wickr_user(entry: Document) -> Document:
    return {**entry, "status": ACTIVE if entry["status"] == PENDING else PENDING}


INVITE = EntryForm("EmailAddress", lambda address: invite_entry(address, Invitation.PENDING, "Sent"), _other_invite)
CHIME_USER = EntryForm(
    "PrimaryEmail",
    lambda address: chime_user(chime_invitee(TEAM_ACCOUNT, address, "PrivateUser", LONG_AGO), shown_by=LONG_AGO),
    _other_chime_user,
)
WICKR_USER = EntryForm(
    "username",
    lambda address: wickr_user(wickr_invitee(WICKR_NETWORK, WICKR_GROUP, {"username": address}, LONG_AGO)),
    _other_wickr_user,
)
REINVITED = EntryForm("userId", lambda _: {"userId": "1999999999"}, lambda entry: entry)


def _form_of(name: str, entries: Entries) -> EntryForm | None:
    match name:
        case "Invites":
            return INVITE
        case "Users":
            return CHIME_USER
        case "users":
            return WICKR_USER
        case "successful":
            return REINVITED if entries and "username" not in entries[0] else WICKR_USER
        case _:
            return None
