"""Requests to Wickr: how they describe new users, and their tokens.

The service acts once on all requests with one token, and repeats its answer. A token is the same for the same request
on the same day. So a run without the ledger of an earlier run mails nobody twice that day. The next day has another
token. Otherwise a refusal that the service remembers would come back each night, even after its reason is gone.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from onboarding.model.plan import Invitee

if TYPE_CHECKING:
    from mypy_boto3_wickr.type_defs import BatchCreateUserRequestItemTypeDef

DAY_LETTERS = 8
"""The first letters of a token, which are its day."""

LONGEST_TOKEN = 64


def token_of_day(payload: Sequence[object], day: str) -> str:
    """Return the token of a request on a day, with the letters that the service allows in a token."""
    digest = hashlib.sha256(json.dumps([day, *payload], sort_keys=True).encode()).hexdigest()
    return f"{day}-{digest}"[:LONGEST_TOKEN]


def new_user(invitee: Invitee, group: str) -> "BatchCreateUserRequestItemTypeDef":
    """Return a new user as a request describes the user: address, group and name."""
    user: BatchCreateUserRequestItemTypeDef = {"username": invitee.address, "securityGroupIds": [group]}
    given, family = given_and_family(invitee.name)
    if given:
        user["firstName"] = given
    if family:
        user["lastName"] = family
    return user


def given_and_family(name: str) -> tuple[str, str]:
    """Split ``Ada Lovelace`` or ``Lovelace, Ada`` into given name and family name. A single word is a given name."""
    family, comma, given = (part.strip() for part in name.partition(","))
    if comma:
        return given, family
    given, _, family = " ".join(name.split()).rpartition(" ")
    return (given, family) if given else (family, "")
