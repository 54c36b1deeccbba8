"""Find the results of people in an answer to ``BatchReinviteUser``.

The request invited these people again. Both lists of the answer, of successes and of failures, name users by id.
"""

from collections.abc import Iterator
from itertools import chain

from onboarding.destinations.answers import read_entries
from onboarding.destinations.port import Receipt
from onboarding.destinations.wickr.answer_models import FailedReinvite, ReinviteAnswer, ReinvitedUser
from onboarding.model.plan import Chunk

NOT_REINVITED = "UserNotReinvited"
"""The error of a person whom the service did not invite again, if the service names no reason."""


def said_of_reinvited(chunk: Chunk, answer: ReinviteAnswer) -> Iterator[tuple[str, Receipt | None]]:
    """Yield the address and the receipt of each entry in an answer to ``BatchReinviteUser``.

    The answer names users by id, and ``chunk`` contains their addresses. The address of an unknown id is empty.
    """
    address_of = {invitee.member_id: invitee.address for invitee in chunk.invitees}
    users = read_entries(answer.successful, ReinvitedUser)
    failed = read_entries(answer.failed, FailedReinvite)
    for said in chain(users, failed):
        yield address_of.get(said.user_id, "") if said else "", _receipt(said)


def _receipt(said: ReinvitedUser | FailedReinvite | None) -> Receipt | None:
    match said:
        case ReinvitedUser(user_id=user_id):
            return Receipt(user_id, "Pending")
        case FailedReinvite(user_id=user_id, reason=reason):
            return Receipt(user_id, error=reason or NOT_REINVITED)
        case None:
            return None
