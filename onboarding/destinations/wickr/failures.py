"""Find the results of people in the list ``failed`` of an answer to ``BatchCreateUser``.

For each user whom Wickr did not create, the list contains a reason, but no address. The answer
names the created users, so the reasons belong to the other people of the request. The results stay unknown if there are
more or fewer reasons than other people. If all reasons are equal, each of these people gets the reason. If the reasons
differ, the module looks these people up, since some of them may be members already.

The result of a user stays unknown if the answer calls the user both created and failed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from onboarding import addresses
from onboarding.destinations.answers import Attribution
from onboarding.destinations.port import Receipt, RequestError
from onboarding.destinations.wickr.answer_models import FailedUser
from onboarding.model.errors import DestinationClosed
from onboarding.model.plan import Chunk, Invitee
from onboarding.runtime.aws_errors import one_line

ALREADY_EXISTS = "User already exists"
"""The reason in the list ``failed`` for a user whom the network already contains."""

MembersOf = Callable[[Iterable[Invitee]], list[Invitee]]
"""A function that asks the service about people, and returns the people who are members of the network."""


Entry = tuple[str, Receipt | None]
"""An address as the answer spells it, with its receipt, or with None if the answer is uncertain."""


def without_contradictions(chunk: Chunk, created: Iterable[Entry], failed: Sequence[FailedUser | None]) -> list[Entry]:
    """Return the entries of the created users. An entry loses its receipt if the answer contradicts the entry.

    The answer contradicts an entry if the user's id is also in ``failed``. If there are more results than people, the
    answer calls at least one person both created and failed, but does not name the person. So all entries lose their
    receipts. Several failures with the same user id are one result.
    """
    entries = list(created)
    refused = {item.user_id for item in failed if item}
    ids = {receipt.invite_id for _, receipt in entries if receipt}
    others = len(refused - ids)
    named = {*addresses.keys_of([address for address, _ in entries if address])} if others else set()
    if others and len(named) + others > len(chunk.invitees):
        return [(address, None) for address, _ in entries]
    return [
        (address, receipt if receipt and receipt.invite_id not in refused else None) for address, receipt in entries
    ]


def receipts_of_failed(
    said: Attribution, failed: Sequence[FailedUser | None], *, members_of: MembersOf
) -> dict[str, Receipt]:
    """Return receipts, by address key, for the people whom the answer does not name, if their results are certain.

    ``said`` is the meaning of the rest of the answer. ``failed`` are the entries of the answer's list of failures, with
    None for an unreadable entry. These entries name no users, so the result is empty if the numbers of entries and of
    unnamed people differ. ``members_of`` asks the service which people are members.
    """
    reasons = Counter(item.reason for item in failed if item is not None)
    if not said.is_clear or reasons.total() != len(failed) or len(failed) != len(said.unnamed):
        return {}
    if len(reasons) <= 1:
        return {key: receipt for reason in reasons for key, receipt in _failed(said.unnamed, reason).items()}
    try:
        members = members_of(said.unnamed) if ALREADY_EXISTS in reasons else []
    except (RequestError, DestinationClosed):
        return {}  # the look-up failed, so these users stay unknown
    return _receipts_by_reason(said.unnamed, members, reasons)


def _receipts_by_reason(
    missing: Sequence[Invitee], members: Sequence[Invitee], reasons: Counter[str]
) -> dict[str, Receipt]:
    """Return receipts for the members in ``missing``, and for the other users if there is a reason for each of them.

    ``missing`` are the users whom the answer does not name. ``members`` are the users in ``missing`` who are members
    already. Each member uses up one reason ``ALREADY_EXISTS``. If the remaining reasons differ, the receipt of each
    other user lists all remaining reasons.
    """
    found = _failed(members, ALREADY_EXISTS)
    others = [invitee for invitee in missing if invitee.key not in found]
    left = reasons - Counter({ALREADY_EXISTS: len(members)})
    if left.total() != len(others):
        return found
    # The answer does not say which reason belongs to which user, and no operation of the service would tell the job.
    reason = next(iter(left)) if len(left) == 1 else one_line(f"one of: {'; '.join(sorted(left))}")
    return found | _failed(others, reason)


def _failed(invitees: Iterable[Invitee], reason: str) -> dict[str, Receipt]:
    return {invitee.key: Receipt(error=reason, is_member=reason == ALREADY_EXISTS) for invitee in invitees}
