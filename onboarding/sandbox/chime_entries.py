"""How do an invite and a user look in an answer of Amazon Chime?"""

from datetime import datetime
from os import urandom

from onboarding.sandbox.entries import Form, Forms
from onboarding.sandbox.people import LONG_AGO, TEAM_ACCOUNT, Invitation, Registration, User, key_of
from onboarding.sandbox.protocol import Document


def new_id() -> str:
    """Return an id that nobody has, in the form of a UUID; ``uuid4`` takes eight times as long to make one."""
    digits = urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_invitee(account_id: str, address: str, user_type: str, now: datetime) -> User:
    """Return a user whom an account invites at a moment."""
    return User(
        account=account_id,
        key=key_of(address),
        address=address,
        user_id=new_id(),
        user_type=user_type,
        registration=Registration.UNREGISTERED,
        invitation=Invitation.PENDING,
        invited_on=now,
        arrived_on=now,
    )


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


def _other_invite(entry: Document) -> Document:
    if entry["Status"] is Invitation.FAILED:
        return invite_entry(entry["EmailAddress"], Invitation.PENDING, "Sent")
    return invite_entry(entry["EmailAddress"], Invitation.FAILED, "NotSent")


def _other_user(entry: Document) -> Document:
    was_registered = entry["UserRegistrationStatus"] is Registration.REGISTERED
    other = Registration.SUSPENDED if was_registered else Registration.REGISTERED
    return {**entry, "UserRegistrationStatus": other, "UserInvitationStatus": Invitation.ACCEPTED}


CHIME_FORMS: Forms = {
    ("InviteUsers", "Invites"): Form(
        "EmailAddress",
        frozenset({"Status"}),
        stranger=lambda address: invite_entry(address, Invitation.PENDING, "Sent"),
        contradiction=_other_invite,
    ),
    ("ListUsers", "Users"): Form(
        "PrimaryEmail",
        frozenset({"UserRegistrationStatus", "UserInvitationStatus"}),
        stranger=lambda address: user_entry(new_invitee(TEAM_ACCOUNT, address, "PrivateUser", LONG_AGO)),
        contradiction=_other_user,
    ),
}
