"""How do an invite and a user look in an answer?"""

from os import urandom

from onboarding.sandbox.protocol import Document
from onboarding.sandbox.records import Invitation, User


def new_id() -> str:
    """Return an id that nobody has, in the form of a UUID; ``uuid4`` takes eight times as long to make one."""
    digits = urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def invite_entry(address: str, status: Invitation, email_status: str) -> Document:
    """Return an entry of ``Invites`` with an id of its own."""
    return {"InviteId": new_id(), "EmailAddress": address, "Status": status, "EmailStatus": email_status}


def user_entry(user: User) -> Document:
    """Return an entry of ``Users``."""
    return {
        "UserId": user.user_id,
        "AccountId": user.account,
        "PrimaryEmail": user.address,
        "LicenseType": "Basic",
        "UserType": user.user_type,
        "UserRegistrationStatus": user.registration,
        "UserInvitationStatus": user.invitation,
        "InvitedOn": user.invited_on,
        "RegisteredOn": user.registered_on,
    }
