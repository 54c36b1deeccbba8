"""The types of the fields in the services' answers, checked as strictly as the job needs.

The module ``answer_models`` of each destination describes the service's answers with these types. A model requires the
fields that botocore's model requires, and a few more fields that the job needs. The job refuses an answer without its
list. Some answers consist of a list of successes and a list of failures; such an answer may lack one list. An invite
must contain an address, but a listed user may lack an address. The models ignore fields that the job does not read, and
treat a JSON ``null`` as a missing field.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from onboarding.runtime.aws_errors import one_line

LONGEST_ID = 256
MOST_ENTRIES = 1000
"""The most entries in an answer about a chunk. A chunk has at most 50 people."""

LATEST_SECONDS = 1e10
"""The latest time that the job accepts from a service, in seconds since 1970. This time is in the year 2286."""

LONGEST_NAME = 4096
"""The longest address, username or page token that the job accepts from a service, in characters.

Real texts are far shorter.
"""


def _as_printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has characters that cannot be printed")
    return text


def _without_surrogates(value: object) -> object:
    # A name that was cut may end in half of a surrogate pair. Half a pair cannot be encoded, and is in no
    # address.
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "replace").decode()


def _moment(value: object) -> object:
    """Return the date and time of a timestamp, which is an ISO-8601 text or seconds since 1970.

    Return any other value unchanged; the model then refuses it. Raises ``ValueError`` for a text that is no timestamp.
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
"""A short text of printable characters, for the ledger and the report."""

Line = Annotated[str, BeforeValidator(_without_surrogates), Field(min_length=1), AfterValidator(one_line)]
"""A text for people, cut to one printable line."""

OptionalLine = Annotated[Line | None, BeforeValidator(_without_blank)]
"""A text for people that may be missing. A blank text becomes None."""

Address = Annotated[str, BeforeValidator(_without_surrogates), Field(min_length=1, max_length=LONGEST_NAME)]
Token = Annotated[str, Field(max_length=LONGEST_NAME)]
Moment = Annotated[datetime, BeforeValidator(_moment)]

ListedAddress = Annotated[Address | None, BeforeValidator(_without_blank)]
"""The address of a listed user. A service may list users without an address, such as devices."""

OptionalMoment = Annotated[Moment | None, WrapValidator(_or_none)]
"""A moment that may be missing. A value that is no moment becomes None."""
