"""The models of Wickr's answers: the fields that the job reads, checked as ``answer_fields`` says."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, FailFast, Field, model_validator
from pydantic.alias_generators import to_camel

from onboarding.destinations.answer_fields import MOST_ENTRIES, Address, Id, Line, ListedAddress, OptionalLine, Token


class WickrModel(BaseModel):
    """The base class for models of Wickr's answers.

    Wickr writes the names of fields without a first capital: ``nextToken``.
    """

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)


class NetworkAnswer(WickrModel):
    """An answer to ``GetNetwork``."""

    network_id: str
    network_name: Line
    access_level: str
    aws_account_id: str
    network_arn: str


class GroupEntry(WickrModel):
    """One security group in an answer to ``ListSecurityGroups``."""

    id: Annotated[Id, Field(min_length=1)]
    name: Line
    is_default: bool
    active_members: int
    bot_members: int
    modified: int
    security_group_settings: dict[str, object]


class GroupsAnswer(WickrModel):
    """An answer to ``ListSecurityGroups``: one page of the network's groups."""

    security_groups: Annotated[list[GroupEntry], FailFast()]
    next_token: Token | None = None


class CreatedUsername(WickrModel):
    """The username in an entry of the list ``successful`` of ``BatchCreateUser``. The model ignores other fields."""

    username: Address


class CreatedUser(CreatedUsername):
    """An entry of the list ``successful`` of ``BatchCreateUser``, with one of the documented statuses.

    The model leaves out ``inviteCode``, which is a credential.
    """

    user_id: Id | None = None
    status: Annotated[int, Field(ge=1, le=2)] | None = None


class FailedUser(WickrModel):
    """An entry of the list ``failed`` of ``BatchCreateUser``. The entry does not name its user."""

    user_id: Id
    reason: Line
    field: str | None = None


class ReinvitedUser(WickrModel):
    """An entry of the list ``successful`` of ``BatchReinviteUser``."""

    user_id: Id


class FailedReinvite(WickrModel):
    """An entry of the list ``failed`` of ``BatchReinviteUser``. The entry names its user by id."""

    user_id: Id
    reason: OptionalLine = None


class TwoLists(WickrModel):
    """An answer about the people of a request, in two lists. One of the two lists may be missing."""

    successful: Annotated[list[object], Field(max_length=MOST_ENTRIES)] | None = None
    failed: Annotated[list[object], Field(max_length=MOST_ENTRIES)] | None = None

    @model_validator(mode="after")
    def _has_a_list(self) -> Self:
        if self.successful is None and self.failed is None:
            raise ValueError("has no list")
        return self


class CreatedAnswer(TwoLists):
    """An answer to ``BatchCreateUser``. The entries of its lists are ``CreatedUser`` and ``FailedUser``."""


class ReinviteAnswer(TwoLists):
    """An answer to ``BatchReinviteUser``. The entries of its lists are ``ReinvitedUser`` and ``FailedReinvite``."""


class WickrUser(WickrModel):
    """One user in an answer to ``ListUsers`` of Wickr."""

    user_id: Id | None = None
    username: ListedAddress = None
    status: int | None = None
    suspended: bool | None = None

    @model_validator(mode="after")
    def _is_a_user(self) -> "WickrUser":
        if self.username is None and (not self.user_id or self.status is None):
            raise ValueError("has no address, and not both an id and a status")
        return self


class WickrUsersAnswer(WickrModel):
    """An answer to ``ListUsers`` of Wickr: one page of the network's users."""

    users: Annotated[list[WickrUser], FailFast()]
    next_token: Token | None = None
