"""The bodies of posts to webhooks. Each receiver accepts one form, and some receivers refuse all other forms.

- Google Chat accepts a message, https://developers.google.com/workspace/chat/quickstart/webhooks: ``{"text": …}``. It
  answers with the status 400 if a field does not belong to a message. A message has at most 32,000 bytes,
  https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create.
- Workflows of Teams accept a message of at most 28 KB, which has Adaptive Cards as its attachments,
  https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using.
- Slack, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, and Mattermost,
  https://developers.mattermost.com/integrate/webhooks/incoming/, need ``text`` and ignore fields that they do not know.
- The operator's own webhooks get the same form as Slack, with the figures in the other fields.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Literal

from onboarding.model.dispositions import Disposition
from onboarding.model.documents import DocumentKind, versioned
from onboarding.model.errors import ExitCode
from onboarding.model.values import dataclass
from onboarding.reports.notify.message import LineKind, MessageLine, Notification, for_a_chat, message_lines
from onboarding.settings.receivers import WebhookForm

LONGEST_CHAT_TEXT = 4_000
"""The most characters of a message in a chat. Slack and Mattermost split longer messages.

The limits of other chats are higher.
"""

CARD = "application/vnd.microsoft.card.adaptive"
CARD_VERSION = "1.4"
"""The version of Adaptive Cards. Teams shows cards up to 1.5, and mobile clients of Teams up to 1.4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNotice:
    """The fields of a notice to a webhook. The webhooks of some chats get another form.

    ``text`` is for people, and all other fields are for scripts. A field is null if the run has no value for it.
    ``counts`` has the numbers of rows by disposition, without zeros. ``news`` has the numbers of ``new``, ``old`` and
    ``gone`` rows for a person. ``needs_somebody`` says whether a person has something to do that no earlier run has
    reported. ``report`` is the folder of the reports on ``host``.
    """

    text: str
    event: Literal["run.ended"] = "run.ended"
    command: str
    run_id: str | None
    exit_code: int
    needs_somebody: bool
    rehearsal: bool
    destination: str | None
    account: str | None
    rows_read: int | None
    news: Mapping[str, int] | None
    counts: Mapping[Disposition, int]
    seconds: float
    ended_at: str
    report: str | None
    next_command: str | None
    hr_command: str | None
    host: str


def payload_for(form: WebhookForm, notification: Notification) -> bytes:
    """Return the body of a post to a webhook that accepts the form ``form``."""
    match form:
        case WebhookForm.GOOGLE_CHAT:
            document: dict[str, object] = {"text": chat_text(notification)}
        case WebhookForm.TEAMS:
            document = _teams_message(notification)
        case WebhookForm.JSON:
            document = _text_and_figures(notification)
    return json.dumps(document, ensure_ascii=False).encode()


def chat_text(notification: Notification) -> str:
    """Return the message for a chat that knows Markdown, with the command in a block of code."""
    lines = _within_limit(message_lines(notification))
    return "".join(
        f"```\n{line.text}\n```\n" if line.kind is LineKind.COMMAND else f"{for_a_chat(line.indented)}\n"
        for line in lines
    )


def _within_limit(lines: Iterator[MessageLine]) -> Iterator[MessageLine]:
    """Yield as many of the first lines as a chat can show. If some lines are left out, the last line is ``…``."""
    left = LONGEST_CHAT_TEXT
    for line in lines:
        left -= len(line.text) + 10  # the indent, or the marks around code
        if left < 0:
            yield MessageLine("…")
            return
        yield line


def _text_and_figures(notification: Notification) -> dict[str, object]:
    """Return the message for people, and the figures for scripts."""
    notice = RunNotice(
        text=chat_text(notification),
        command=notification.command,
        run_id=notification.run_id or None,
        exit_code=notification.exit_code,
        needs_somebody=notification.needs_attention,
        rehearsal=notification.is_rehearsal,
        destination=notification.destination or None,
        account=notification.account or None,
        rows_read=notification.rows_read,
        news=notification.news or None,
        counts=notification.counts,
        seconds=round(notification.seconds, 3),
        ended_at=notification.ended_at.isoformat(),
        report=notification.report or None,
        next_command=notification.next_command or None,
        hr_command=notification.hr_command or None,
        host=notification.host,
    )
    return versioned(DocumentKind.NOTICE, asdict(notice))


def _teams_message(notification: Notification) -> dict[str, object]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": CARD_VERSION,
        "msteams": {"width": "Full"},
        "body": list(_blocks(notification)),
    }
    return {"type": "message", "attachments": [{"contentType": CARD, "contentUrl": None, "content": card}]}


def _blocks(notification: Notification) -> Iterator[dict[str, object]]:
    """Yield the elements of a card.

    All text is in elements ``TextRun``, since Teams reads Markdown in any other element and would change a path or a
    command (https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-format). The
    figures are facts of a card: they contain only numbers and words of this program.
    """
    facts: list[dict[str, str]] = []
    spacing = "None"
    for line in _within_limit(message_lines(notification)):
        if line.kind is LineKind.FIGURE:
            name, _, number = line.text.partition(": ")
            facts.append({"title": name, "value": number})
            continue
        if facts:
            yield {"type": "FactSet", "facts": facts, "spacing": "Small"}
            facts = []
        if not line.text:
            spacing = "Medium"
            continue
        yield {"type": "RichTextBlock", "inlines": [_run(line, notification)], "spacing": spacing}
        spacing = "None"


def _run(line: MessageLine, notification: Notification) -> dict[str, object]:
    run: dict[str, object] = {"type": "TextRun", "text": line.text}
    if line.kind is LineKind.HEADLINE:
        return run | {"weight": "Bolder", "size": "Medium", "color": _colour(notification)}
    return run | {"fontType": "Monospace"} if line.kind is LineKind.COMMAND else run


def _colour(notification: Notification) -> str:
    if notification.exit_code != ExitCode.SETTLED:
        return "Attention"
    return "Warning" if notification.needs_attention else "Good"
