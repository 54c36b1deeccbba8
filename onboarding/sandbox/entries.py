"""How do an invite and a user look in an answer?"""

from uuid import uuid4

from onboarding.sandbox.protocol import Document
from onboarding.sandbox.records import Invitation, User


def invite_entry(address: str, status: Invitation, email_status: str) -> Document:
    """Return an entry of ``Invites`` with an id of its own."""
    return {"InviteId": str(uuid4()), "EmailAddress": address, "Status": status, "EmailStatus": email_status}


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
