"""The types of settings, such as durations, days, domains and URLs: how text becomes a value.

A type turns the text that an operator writes into a value, or says what to write instead. The messages name no value,
since the value may be a secret.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, TypeAdapter, ValidationError

from onboarding.model.choices import SUSPICIONS
from onboarding.model.errors import ConfigurationError
from onboarding.runtime.endpoints import canonical_endpoint
from onboarding.settings.options import SECRET_NAME

LONGEST_DURATION = timedelta(days=36_500)
LONGEST_RESEND_DELAY = timedelta(days=30)

NO_ENCODINGS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
"""The names of Python codecs that turn bytes into text, but that no program uses for files."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_NAMESPACE = re.compile(r"(?!AWS/|:)[A-Za-z0-9 ._/#:-]{1,255}", re.ASCII)
_SCHEMES = ("https://", "http://")
_SCHEDULER = re.compile("[a-z]+://.+")


_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("enum", "literal_error"), "write {expected}"),
        "string_type": "write a text",
        "string_unicode": "write text in UTF-8",
        "string_too_long": "write at most {max_length} characters",
        "tuple_type": "write a list of texts",
        "greater_than": "write a time longer than 0s",
        "greater_than_equal": "write at least {ge}",
        "less_than_equal": "write at most {le}",
        **dict.fromkeys(("string_too_short", "too_short"), "write a text that is not empty, or leave it out"),
        **dict.fromkeys(("bool_type", "bool_parsing"), "write true or false"),
        **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "write a whole number"),
        **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "write a number"),
    }
)
"""Advice about what to write instead of a wrong value, by the type of pydantic's error.

The advice for ``greater_than`` is about a duration, since only durations have this kind of limit.
"""


def check_url(value: str) -> str:
    """Return the value if it is a URL for HTTP requests, without a user and password. Raises ``ValueError`` if not."""
    if not value.lower().startswith(_SCHEMES):
        raise ValueError("write a URL that begins with https:// or http://")
    try:
        parts = urlsplit(value)
        is_usable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # not passed on, since the text of this error quotes the port or the host
        is_usable = False
    if not is_usable or not value.isprintable() or " " in value:
        raise ValueError("write a URL with a host, without spaces, and with a port from 1 to 65535 or none")
    if "@" in parts.netloc:
        raise ValueError("leave out the user and password")
    return value


def check_text(value: str, *, is_path: bool) -> None:
    """Raise ``ValueError`` if a value has a NUL character, or bytes that are not UTF-8. A path may have such bytes."""
    if "\0" in value:
        raise ValueError("leave out the NUL character")
    if not is_path and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("write text in UTF-8")


def check_namespace(value: str) -> str:
    """Return the value if CloudWatch accepts it as a namespace. Raises ``ValueError`` if not."""
    if not _NAMESPACE.fullmatch(value):
        raise ValueError("write letters, digits and . _ - / # : as in Onboarding, without AWS/ at the beginning")
    return value


def read_duration(text: str, *, flag: str) -> timedelta:
    """Return the duration that a text names, such as ``2h``.

    ``flag`` is the flag before the text on the command line. Raises ``ConfigurationError``, which names the flag, if
    the text is no duration.
    """
    try:
        return TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        raise ConfigurationError(f"{flag}: {first_mistake(error)}.") from None


def first_mistake(error: ValidationError) -> str:
    """Return advice about the first wrong value in an error of pydantic. The advice does not quote the value."""
    mistake = error.errors(include_input=False, include_url=False)[0]
    advice = _ADVICE.get(mistake["type"])
    if advice is None:
        return mistake["msg"].removeprefix("Value error, ")
    limits = mistake.get("ctx", {})
    whole = {name: int(limit) for name, limit in limits.items() if isinstance(limit, float) and limit.is_integer()}
    return advice.format(**limits | whole).replace("'", "")


def _duration(value: object) -> object:
    """Return a duration from a text like ``90s``, ``30m``, ``2h`` or ``1d``, or from a sum like ``1h30m``.

    Raises ``ValueError`` for any other value, and for a duration beyond ``LONGEST_DURATION``.
    """
    if isinstance(value, timedelta):
        return value
    parts = re.findall("([0-9]+)([smhd])", value) if isinstance(value, str) else []
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise ValueError("write a duration like 90s, 30m, 2h or 90d")
    try:
        total = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    except (OverflowError, ValueError):  # Python reads no number of thousands of digits
        total = timedelta.max
    if total > LONGEST_DURATION:
        raise ValueError(f"write a duration of at most {LONGEST_DURATION.days}d")
    return total


def _resend_delay(value: timedelta) -> timedelta:
    if value > LONGEST_RESEND_DELAY:
        raise ValueError(f"write a duration of at most {LONGEST_RESEND_DELAY.days}d")
    return value


def _read_day(value: object) -> object:
    """Return the day that a text like ``2026-12-01`` names. Raises ``ValueError`` for any other value.

    A number is refused too, since pydantic would read a number as seconds since 1970.
    """
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("write a day like 2026-12-01") from None


def split_list(value: object) -> object:
    """Return the parts of a text between its commas. An environment variable contains a list in this form.

    Any other value is returned unchanged.
    """
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _one_or_several(value: object) -> object:
    """Return a list with this text as its only item. The text is not split, since a sheet's name may contain commas.

    Any other value is returned unchanged.
    """
    return (value,) if isinstance(value, str) else value


def _domain(value: str) -> str:
    """Return a domain in lower case and in its ASCII form (A-labels), like the domains in keys of addresses.

    Raises ``ValueError`` if email-validator refuses the domain.
    """
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - slow to load, and seldom needed

    domain = value.removeprefix("@").rstrip(".")
    try:
        valid = validate_email(f"a@{domain}", check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise ValueError("write whole domains like example.com") from None
    return str(valid.ascii_domain)


def _suspicion(value: str) -> str:
    if value not in SUSPICIONS:
        raise ValueError(f"write one of {', '.join(SUSPICIONS)}")
    return value


def _encoding(value: str) -> str:
    codec = value.casefold().replace("_", "-").replace(" ", "-")
    if codec in NO_ENCODINGS or not value.isprintable():
        raise ValueError("write the encoding of a text, such as utf-8, cp1252 or utf-16")
    return value


def _scheduler(value: str) -> str:
    if not _SCHEDULER.fullmatch(value):
        raise ValueError("write its address like tls://scheduler.example.com:8786")
    return value


def _endpoint(value: str) -> str:
    """Return the URL of an endpoint unchanged. Raises ``ValueError`` if ``canonical_endpoint`` refuses the URL."""
    canonical_endpoint(value)
    return value


def _secret_name(value: str) -> str:
    if not SECRET_NAME.fullmatch(value):
        raise ValueError("write the name or the ARN of a secret of AWS, and not the text of the secret")
    return value


SPLIT = BeforeValidator(split_list, json_schema_input_type=str | list[str])
Several = Annotated[tuple[str, ...], SPLIT]
_ONE_OR_SEVERAL = BeforeValidator(_one_or_several, json_schema_input_type=str | list[str])
Sheets = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], _ONE_OR_SEVERAL]
Domains = Annotated[tuple[Annotated[str, AfterValidator(_domain)], ...], SPLIT]
Suspicions = Annotated[tuple[Annotated[str, AfterValidator(_suspicion)], ...], SPLIT]
SecretName = Annotated[str, AfterValidator(_secret_name)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
SecretUrl = Annotated[str, AfterValidator(check_url)]
Namespace = Annotated[str, AfterValidator(check_namespace)]
TextEncoding = Annotated[str, AfterValidator(_encoding)]
Scheduler = Annotated[str, AfterValidator(_scheduler)]
Day = Annotated[date, BeforeValidator(_read_day)]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration, json_schema_input_type=Annotated[str, Field(pattern=r"^(\d+[smhd])+$")]),
    PlainSerializer(lambda value: f"{value.total_seconds():.0f}s", return_type=str),
]
ResendDelay = Annotated[Duration, AfterValidator(_resend_delay)]
