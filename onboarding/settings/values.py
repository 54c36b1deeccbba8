"""How is what somebody writes for a setting read?"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, PlainSerializer, TypeAdapter, ValidationError
from pydantic_settings import NoDecode

from onboarding.model.dispositions import SUSPICIONS, Reason
from onboarding.model.errors import ConfigurationError

LONGEST = timedelta(days=36_500)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str, *, flag: str) -> timedelta:
    """Read a duration that is no setting. Raises ``ConfigurationError`` naming the flag."""
    try:
        return TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        message = error.errors(include_input=False, include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"{flag}: {message}.") from None


def _duration(value: object) -> object:
    """Read ``90s``, ``30m``, ``2h``, ``1d`` and sums like ``1h30m``."""
    if isinstance(value, timedelta):
        return value
    parts = re.findall(r"(\d+)([smhd])", value) if isinstance(value, str) else []
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise ValueError("write a duration like 90s, 30m, 2h or 1h30m")
    try:
        total = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        total = timedelta.max
    if total > LONGEST:
        raise ValueError("that is longer than anybody remembers")
    return total


def _several(value: object) -> object:
    """Read a comma-separated list, as environment variables have it."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _domain(value: str) -> str:
    """Return a domain as the keys of addresses have it, by asking the authority that those ask."""
    domain = value.removeprefix("@").rstrip(".")
    try:
        valid = validate_email(f"a@{domain}", check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise ValueError("write whole domains like example.com") from None
    return str(valid.ascii_domain)


def _day(value: object) -> object:
    """Read ``2026-12-01``; a number would pass for seconds since 1970."""
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("write a day like 2026-12-01") from None


def _suspicion(value: str) -> Reason:
    if value not in SUSPICIONS:
        raise ValueError(f"write one of {', '.join(SUSPICIONS)}")
    return Reason(value)


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a URL like http://127.0.0.1:8765")
    if "@" in parts.netloc:
        raise ValueError("leave out the user and password; the endpoint is named in reports")
    return value


def _secret_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a URL like https://monitor.example.com/ping")
    if "@" in parts.netloc:
        raise ValueError("leave out the user and password")
    return value


def _notice(value: str) -> str:
    if re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+", value):
        return value
    try:
        return _secret_url(value)
    except ValueError:
        raise ValueError("write the ARN of an SNS topic or the URL of a webhook") from None


Several = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_several)]
Domains = Annotated[tuple[Annotated[str, AfterValidator(_domain)], ...], NoDecode, BeforeValidator(_several)]
Suspected = Annotated[tuple[Annotated[str, AfterValidator(_suspicion)], ...], NoDecode, BeforeValidator(_several)]


def _namespace(value: str) -> str:
    if value.startswith(("AWS/", ":")):
        raise ValueError("write a namespace of your own; AWS/ is reserved")
    return value


Namespace = Annotated[str, AfterValidator(_namespace)]
Notices = Annotated[tuple[Annotated[str, AfterValidator(_notice)], ...], NoDecode, BeforeValidator(_several)]
Secret = Annotated[str, AfterValidator(_secret_url)]
Day = Annotated[date, BeforeValidator(_day)]


def _scheduler(value: str) -> str:
    if not re.fullmatch("[a-z]+://.+", value):
        raise ValueError("write its address like tls://scheduler.example.com:8786")
    return value


Scheduler = Annotated[str, AfterValidator(_scheduler)]
Url = Annotated[str, AfterValidator(_url)]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(lambda value: f"{value.total_seconds():.0f}s", return_type=str),
]


_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}", re.ASCII)
_NAMESPACE = re.compile(r"(?!AWS/|:)[A-Za-z0-9 ._/#:-]{1,255}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of SNS, known by its ARN."""

    arn: str

    @property
    def region(self) -> str:
        """Where it is, whatever region the rest of the run works in."""
        return self.arn.split(":")[3]


@dataclass(frozen=True, slots=True)
class Webhook:
    """A URL that takes messages. Whoever knows it can write there, so it is a secret."""

    url: str = field(repr=False)


def receiver(value: str) -> Topic | Webhook:
    """Read the ARN of a topic or the URL of a webhook. Raises ``ValueError`` without the value."""
    if _TOPIC.fullmatch(value):
        return Topic(value)
    if value.startswith("arn:"):
        raise ValueError("write the ARN of a standard topic like arn:aws:sns:eu-central-1:123456789012:onboarding")
    return Webhook(check_url(value))


def check_url(value: str) -> str:
    """Return the value if it is a URL that can be posted to. Raises ``ValueError`` without the value."""
    try:
        parts = urlsplit(value)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # its text quotes the port or the host
        is_usable = False
    if not is_usable or not value.isprintable() or " " in value:
        raise ValueError("write a URL that begins with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("leave out the user and password")
    return value


def check_namespace(value: str) -> str:
    """Return the value if CloudWatch takes it as a namespace. Raises ``ValueError``."""
    if not _NAMESPACE.fullmatch(value):
        raise ValueError("write letters, digits and . _ - / # : as in Onboarding, without AWS/ at the beginning")
    return value
