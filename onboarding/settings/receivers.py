"""The receivers of notices: topics of SNS, webhooks and services of apprise, and the texts that name receivers.

The text of a receiver is a secret, since all people who know it can send messages to the receiver. So no message quotes
this text.
"""

import re
from collections.abc import Sequence
from dataclasses import field
from enum import StrEnum
from importlib.util import find_spec
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from onboarding.model.errors import ConfigurationError
from onboarding.model.values import dataclass
from onboarding.runtime.apprise_services import knows_service
from onboarding.runtime.installing import install_command
from onboarding.settings.values import SPLIT, check_url

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}", re.ASCII)
_FORM_AND_URL = re.compile(r"(?:([a-z-]+)\+)?(https?://.*)", re.IGNORECASE | re.DOTALL)
_SERVICE = re.compile(r"[a-z][a-z0-9]*://.*", re.IGNORECASE)


class WebhookForm(StrEnum):
    """The form of the messages that a webhook accepts.

    Slack and Mattermost accept ``JSON``. The module ``payloads`` makes the messages.
    """

    JSON = "json"
    GOOGLE_CHAT = "google-chat"
    TEAMS = "teams"


_FORM_OF_HOST = {
    "chat.googleapis.com": WebhookForm.GOOGLE_CHAT,
    # Workflows of Teams, in the public cloud and in the clouds of governments; Power Automate runs them.
    ".logic.azure.com": WebhookForm.TEAMS,
    ".logic.azure.us": WebhookForm.TEAMS,
    ".logic.azure.cn": WebhookForm.TEAMS,
    ".api.powerplatform.com": WebhookForm.TEAMS,
    ".api.powerplatform.us": WebhookForm.TEAMS,
    # Webhooks of channels, which Workflows replace. They accept the same cards.
    ".webhook.office.com": WebhookForm.TEAMS,
}
"""The form of a webhook by the end of its host's name. All other webhooks get ``JSON``.

Sources: https://developers.google.com/workspace/chat/quickstart/webhooks, and for Teams
https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using.
"""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of SNS, known by its ARN."""

    arn: str

    @property
    def region(self) -> str:
        """The AWS region of the topic. Other parts of the run may use another region."""
        return self.arn.split(":")[3]


@dataclass(frozen=True, slots=True)
class Webhook:
    """A URL that accepts messages over HTTP, and the form of these messages."""

    url: str = field(repr=False)
    form: WebhookForm = WebhookForm.JSON


@dataclass(frozen=True, slots=True)
class AppriseService:
    """A URL of apprise, such as ``mailto://…``. ``runtime.apprise_services`` says whether apprise knows it."""

    url: str = field(repr=False)


def parse_receiver(value: str) -> Topic | Webhook | AppriseService:
    """Return the receiver of a text: an ARN, or a URL. The form of a webhook may precede its URL.

    For example, ``teams+https://relay.example.com/hook`` is a webhook that accepts the form of Teams. Raises
    ``ValueError`` for any other text, and for a URL of apprise if apprise is not installed.
    """
    if _TOPIC.fullmatch(value):
        return Topic(value)
    if value.startswith("arn:"):
        raise ValueError("write the ARN of a standard topic like arn:aws:sns:eu-central-1:123456789012:onboarding")
    if webhook := _FORM_AND_URL.fullmatch(value):
        return _webhook(*webhook.groups())
    if not _SERVICE.fullmatch(value):
        raise ValueError(
            "write the ARN of an SNS topic, a URL that begins with https:// or http://, or one of apprise (mailto://…)"
        )
    if find_spec("apprise") is None:
        command = install_command("notify", package="apprise")
        raise ValueError(f"this kind of receiver needs the package apprise; run {command} and try again")
    return AppriseService(value)


def check_services(receivers: Sequence[str]) -> None:
    """Raise ``ConfigurationError`` if apprise does not know the service of a receiver.

    The check loads all of apprise, which is slow. So only runs make this check.
    """
    for value in receivers:
        match parse_receiver(value):
            case AppriseService(url) if not knows_service(url):
                raise ConfigurationError(
                    "--notify: apprise does not know this kind of URL, or a part of the URL is missing; "
                    "https://appriseit.com/services/ shows how to write it."
                )


def _webhook(form: str | None, url: str) -> Webhook:
    check_url(url)
    if form is None:
        return Webhook(url, _form_of_host(urlsplit(url).hostname or ""))
    if form.lower() not in set(WebhookForm):
        raise ValueError(f"write one of {', '.join(WebhookForm)} before +https://, or leave it out")
    return Webhook(url, WebhookForm(form.lower()))


def _form_of_host(host: str) -> WebhookForm:
    fitting = (form for end, form in _FORM_OF_HOST.items() if host == end or (end[0] == "." and host.endswith(end)))
    return next(fitting, WebhookForm.JSON)


def _receiver(value: str) -> str:
    parse_receiver(value)
    return value


Receivers = Annotated[tuple[Annotated[str, AfterValidator(_receiver)], ...], SPLIT]
