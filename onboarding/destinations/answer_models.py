"""The models of the services' answers: the fields that the job reads, checked as strictly as the job needs.

The models follow the service models of botocore. Each model requires the fields that botocore's model requires, and a
few more that the job cannot do without. A missing list does not count as an empty list; only ``CreatedAnswer`` may lack
one of its two lists. An invite must have its address, but a listed user may lack an address. Fields that the job does
not read are ignored. A JSON ``null`` counts as a missing field.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.alias_generators import to_camel, to_pascal

from onboarding.runtime.aws_errors import one_line

LONGEST_ID = 256
MOST_ENTRIES = 1000
"""How many entries an answer about the 50 people of a chunk may have."""

LATEST_SECONDS = 1e10
"""The latest time that the job accepts from a service, in seconds since 1970. It is in the year 2286."""

LONGEST_NAME = 4096
"""The longest address, username or page token that the job takes from a service. Real texts are far shorter."""


def _as_printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has characters that cannot be printed")
    return text


def _without_surrogates(value: object) -> object:
    # Halves of surrogate pairs may come from a name that was cut. They cannot be encoded, and no address has any.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _moment(value: object) -> object:
    """Return the date and time in a timestamp, which is ISO-8601 or seconds since 1970.

    Anything else is returned as it is, so that the model refuses it. Raises ``ValueError`` for a text that is no
    timestamp.
    """
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < LATEST_SECONDS:
        return datetime.fromtimestamp(value, UTC)
    return value


def _without_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _or_none(value: object, read: ValidatorFunctionWrapHandler) -> datetime | None:
    try:
        moment: datetime | None = read(value)
    except ValueError:
        return None
    return moment


Id = Annotated[str, Field(max_length=LONGEST_ID), AfterValidator(_as_printable)]
"""A short text that can be printed, fit for the ledger and the report."""

Line = Annotated[str, BeforeValidator(_without_surrogates), Field(min_length=1), AfterValidator(one_line)]
"""A text for people, cut to one line that can be printed."""

Address = Annotated[str, BeforeValidator(_without_surrogates), Field(min_length=1, max_length=LONGEST_NAME)]
Token = Annotated[str, Field(max_length=LONGEST_NAME)]
Moment = Annotated[datetime, BeforeValidator(_moment)]

ListedAddress = Annotated[Address | None, BeforeValidator(_without_blank)]
"""The address of a listed user. A service may list users without an address, such as devices."""

OptionalMoment = Annotated[Moment | None, WrapValidator(_or_none)]
"""A moment that the job can do without. A value that does not fit counts as missing."""


class ChimeModel(BaseModel):
    """The base class for models of Chime's answers. Chime writes the names of fields like ``EmailAddress``."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_pascal)


class WickrModel(BaseModel):
    """The base class for models of Wickr's answers. Wickr writes the names of fields like ``nextToken``."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)


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
    """An entry of an answer to ``InviteUsers``. Its statuses must be among those that the service model lists."""

    status: Literal["Pending", "Accepted", "Failed"]
    email_status: Literal["NotSent", "Sent", "Failed"]
    invite_id: Id | None = None


class InvitesAnswer(ChimeModel):
    """An answer to ``InviteUsers``.

    Its entries are read one by one later, so that a bad entry does not spoil the other entries.
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
    """The username in an entry of the list ``successful`` of ``BatchCreateUser``.

    The model ignores the other fields.
    """

    username: Address


class CreatedUser(CreatedUsername):
    """An entry of the list ``successful`` of ``BatchCreateUser``. The user may have one of the documented statuses.

    The model leaves out ``inviteCode``, which is a credential.
    """

    user_id: Id | None = None
    status: Literal[1, 2] | None = None


class FailedUser(WickrModel):
    """An entry of the list ``failed`` of ``BatchCreateUser``. It does not name its user."""

    user_id: Id
    reason: Line
    field: str | None = None


class CreatedAnswer(WickrModel):
    """An answer to ``BatchCreateUser``. It has two lists. If one of them is missing, it counts as empty.

    An answer that has neither list does not fit the model.
    """

    successful: Annotated[list[object], Field(max_length=MOST_ENTRIES)] | None = None
    failed: Annotated[list[object], Field(max_length=MOST_ENTRIES)] | None = None

    @model_validator(mode="after")
    def _has_a_list(self) -> "CreatedAnswer":
        if self.successful is None and self.failed is None:
            raise ValueError("has no list")
        return self


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
