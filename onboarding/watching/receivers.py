"""Who may be told of a run, and where are they found?"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

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
