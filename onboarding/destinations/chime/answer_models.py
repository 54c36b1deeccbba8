"""The models of Chime's answers: the fields that the job reads, checked as ``answer_fields`` says."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, FailFast, Field, model_validator
from pydantic.alias_generators import to_pascal

from onboarding.destinations.answer_fields import MOST_ENTRIES, Address, Id, Line, ListedAddress, OptionalMoment, Token


class ChimeModel(BaseModel):
    """The base class for models of Chime's answers.

    Chime writes the names of fields with capitals, like ``EmailAddress``.
    """

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_pascal)


class AccountEntry(ChimeModel):
    """The account in an answer to ``GetAccount``."""

    aws_account_id: str
    account_id: str
    name: Line
    account_type: Line


class AccountAnswer(ChimeModel):
    """An answer to ``GetAccount``."""

    account: AccountEntry


class InvitedAddress(ChimeModel):
    """The address in an entry of an answer to ``InviteUsers``. The model ignores the other fields of the entry."""

    email_address: Address


class InviteEntry(InvitedAddress):
    """An entry of an answer to ``InviteUsers``. The service model must list the entry's statuses."""

    status: Literal["Pending", "Accepted", "Failed"]
    email_status: Literal["NotSent", "Sent", "Failed"]
    invite_id: Id | None = None


class InvitesAnswer(ChimeModel):
    """An answer to ``InviteUsers``.

    The job reads the entries one by one later, so that one bad entry does not make the whole answer unreadable.
    """

    invites: Annotated[list[object], Field(max_length=MOST_ENTRIES)]


class ChimeUser(ChimeModel):
    """One user in an answer to ``ListUsers`` of Chime."""

    user_id: Id
    primary_email: ListedAddress = None
    user_registration_status: str | None = None
    user_invitation_status: str | None = None
    invited_on: OptionalMoment = None

    @model_validator(mode="after")
    def _is_a_user(self) -> "ChimeUser":
        if self.primary_email is None and not (self.user_registration_status or self.user_invitation_status):
            raise ValueError("has neither address nor status")
        return self


class ChimeUsersAnswer(ChimeModel):
    """An answer to ``ListUsers`` of Chime: one page of the account's users."""

    users: Annotated[list[ChimeUser], FailFast()]
    next_token: Token | None = None
