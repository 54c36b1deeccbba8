"""Describe new users in the form of a request to Wickr, and make the tokens of requests.

If several requests have the same token, the service acts on the first request only, and answers the later requests with
the answer to the first. The same request has the same token all day. So even a run that has lost the ledger mails no
person twice on that day. On the next day, the same request has another token. With the old token, the service would
repeat an old refusal each night, even after the reason of the refusal is gone.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from onboarding.destinations.wickr.names import given_and_family
from onboarding.model.plan import Invitee

if TYPE_CHECKING:
    from mypy_boto3_wickr.type_defs import BatchCreateUserRequestItemTypeDef

DAY_LETTERS = 8
"""The number of digits for the day, at the beginning of a token."""

LONGEST_TOKEN = 64


def token_of_day(payload: Sequence[object], day: str) -> str:
    """Return the token of a request on a day, in the characters that the service allows.

    ``payload`` describes the request, and ``day`` is eight digits.
    """
    digest = hashlib.sha256(json.dumps([day, *payload], sort_keys=True).encode()).hexdigest()
    return f"{day}-{digest}"[:LONGEST_TOKEN]


def new_user(invitee: Invitee, group: str) -> "BatchCreateUserRequestItemTypeDef":
    """Return a new user in the form of a request: address, group, first name and last name."""
    user: BatchCreateUserRequestItemTypeDef = {"username": invitee.address, "securityGroupIds": [group]}
    given, family = _names(invitee)
    if given:
        user["firstName"] = given
    if family:
        user["lastName"] = family
    return user


def _names(invitee: Invitee) -> tuple[str, str]:
    """Return the first and the last name of a person. If no column contains the last name, split the name."""
    family = invitee.family_name
    return (invitee.name.removesuffix(family).strip(), family) if family else given_and_family(invitee.name)
