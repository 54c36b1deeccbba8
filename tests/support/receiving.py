"""Receivers of notices that keep to the published rules of the real ones: chats over HTTP, and a mail server.

``RULES`` has the rule of each chat. A rule takes the headers and the body of a post, and returns the status that the
chat answers with.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Self

GOOGLE_CHAT_FIELDS = {
    *("text", "cardsV2", "cards", "fallbackText", "actionResponse", "annotations", "thread", "threadReply", "space"),
    *("attachment", "accessoryWidgets", "privateMessageViewer", "clientAssignedMessageId", "quotedMessageMetadata"),
}
"""The fields of a message, https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages."""

CARD_ELEMENTS = {
    "RichTextBlock": {"inlines", "horizontalAlignment", "spacing"},
    "FactSet": {"facts", "spacing"},
}
RUN_PROPERTIES = {
    "color": {"Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"},
    "fontType": {"Default", "Monospace"},
    "size": {"Default", "Small", "Medium", "Large", "ExtraLarge"},
    "weight": {"Default", "Lighter", "Bolder"},
}
"""What a run of text may have in a card, https://adaptivecards.io/explorer/TextRun.html."""

SPACINGS = {"Default", "None", "Small", "Medium", "Large", "ExtraLarge", "Padding"}

MATTERMOST_TYPES = {
    **dict.fromkeys(("text", "username", "icon_url", "icon_emoji", "channel", "type"), str),
    **dict.fromkeys(("props", "priority"), dict),
    "attachments": list,
}
"""The fields that Mattermost reads, https://developers.mattermost.com/integrate/webhooks/incoming/#parameters."""


def google_chat(headers: Mapping[str, str], body: bytes) -> int:
    """Refuse a message with an unknown field (400, INVALID_ARGUMENT) or of more than 32,000 bytes.

    https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
    """
    message = _document(headers, body)
    is_right = isinstance(message.get("text"), str) and message["text"] and message.keys() <= GOOGLE_CHAT_FIELDS
    return 200 if is_right and len(body) <= 32_000 else 400


def teams(headers: Mapping[str, str], body: bytes) -> int:
    """Take a message with Adaptive Cards as attachments, of at most 28 KB, and answer 202.

    https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
    """
    message = _document(headers, body)
    if message.keys() - {"type", "attachments", "summary"} or message.get("type") != "message" or len(body) > 28_000:
        return 400
    return 202 if message["attachments"] and all(map(_is_card, message["attachments"])) else 400


def slack(headers: Mapping[str, str], body: bytes) -> int:
    """Refuse a message without text (400, no_text), and ignore fields that Slack does not know.

    https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
    """
    message = _document(headers, body)
    is_right = isinstance(message.get("text"), str) and message["text"].strip() and len(message["text"]) <= 40_000
    known = {"blocks", "attachments", "channel", "username", "metadata", "thread_ts", "response_type"}
    return 200 if is_right and not message.keys() & known else 400


def mattermost(headers: Mapping[str, str], body: bytes) -> int:
    """Refuse a message without text or with a known field of a wrong type, and ignore fields that are not known."""
    message = _document(headers, body)
    is_right = all(isinstance(message[name], kind) for name, kind in MATTERMOST_TYPES.items() if name in message)
    return 200 if message.get("text") and is_right else 400


RULES: dict[str, Callable[[Mapping[str, str], bytes], int]] = {
    "google-chat": google_chat,
    "teams": teams,
    "slack": slack,
    "mattermost": mattermost,
}


def _document(headers: Mapping[str, str], body: bytes) -> dict:
    return json.loads(body) if headers["Content-Type"].startswith("application/json") else {}


def _is_card(attachment: dict) -> bool:
    """Return whether an attachment is an Adaptive Card, with known elements only that have known properties."""
    card = attachment["content"]
    return (
        attachment.keys() == {"contentType", "contentUrl", "content"}
        and attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        and (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
        and all(map(_is_element, card["body"]))
    )


def _is_element(element: dict) -> bool:
    if not element.keys() <= CARD_ELEMENTS[element["type"]] | {"type"} or element["spacing"] not in SPACINGS:
        return False
    if element["type"] == "FactSet":
        return all({"title", "value"} == fact.keys() and all(fact.values()) for fact in element["facts"])
    return all(
        run.pop("type") == "TextRun" and run.pop("text") and all(run[key] in RUN_PROPERTIES[key] for key in run)
        for run in element["inlines"]
    )


class _Server:
    """A server on a thread of its own, for as long as its block lasts."""

    def __enter__(self) -> Self:
        self._thread = Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class Chat(_Server, ThreadingHTTPServer):
    """A chat that answers each post as its rule says, and keeps the bodies that it has taken."""

    def __init__(self, rule: Callable[[Mapping[str, str], bytes], int]) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.rule = rule
        self.taken: list[dict] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hooks/hunter2"


class _Post(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.rule(self.headers, body)
        if status < 300:
            self.server.taken.append(json.loads(body))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_) -> None:
        """Say nothing."""


class MailServer(_Server, ThreadingTCPServer):
    """A mail server that keeps each mail, with its recipients. It refuses everything else than ``password``."""

    def __init__(self, password: str = "hunter2") -> None:  # noqa: S107 - made up
        super().__init__(("127.0.0.1", 0), _Session)
        self.password = password
        self.mails: list[tuple[list[str], EmailMessage]] = []

    def url(self, password: str) -> str:
        """Return the URL of apprise for a mail to two people over this server."""
        people = "from=job@example.com&to=ops@example.com%2Chr@example.com"
        return f"mailto://127.0.0.1:{self.server_address[1]}?{people}&user=job&pass={password}&mode=insecure"


class _Session(StreamRequestHandler):
    """What RFC 5321 and RFC 4954 ask of a server at the least."""

    def handle(self) -> None:
        recipients: list[str] = []
        self._answer("220 mail.example")
        for line in self.rfile:
            match line.decode().split():
                case [word, *_] if word.upper() == "EHLO":
                    self._answer("250-mail.example\r\n250 AUTH PLAIN")
                case ["AUTH", "PLAIN", secret]:
                    self._answer("235 yes" if self.server.password in _decoded(secret) else "535 no")
                case [word, recipient] if word.upper() == "RCPT":
                    recipients.append(recipient.partition("<")[2].rstrip(">"))  # "TO:<…>", or "to:<…>" from Python 3.14
                    self._answer("250 yes")
                case ["DATA" | "data"]:
                    self._answer("354 go on")
                    text = b"".join(iter(self.rfile.readline, b".\r\n"))
                    self.server.mails.append((recipients, message_from_bytes(text, policy=policy.default)))
                    recipients = []
                    self._answer("250 yes")
                case ["QUIT" | "quit"]:
                    self._answer("221 bye")
                    return
                case _:
                    self._answer("250 yes")

    def _answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def _decoded(secret: str) -> str:
    return b64decode(secret).decode()
