"""Notices arrive at chats and mail servers that keep to the published rules of the real ones."""

import sys
import threading

import pytest
from receiving import RULES, Chat, MailServer, google_chat
from structlog.testing import capture_logs
from summaries import summary_of

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ConfigurationError, ExitCode, OnboardingError
from onboarding.reports.notify import DeliveryLimits, notifier_for
from onboarding.runtime import logs
from onboarding.runtime.apprise_services import send_to_service
from onboarding.settings.loading import load_settings
from onboarding.settings.settings import Settings

PATIENT = DeliveryLimits(total_seconds=60, attempt_seconds=60, pause_seconds=0)
COUNTS = {Disposition.INVITED: 1200, Disposition.HELD: 4, Disposition.IN_DOUBT: 1}
RESUME = "cd '/srv/my_team *new*' && onboard resume r_1_2"

NOTICES = {
    "settled": {"counts": {Disposition.INVITED: 2}},
    "in doubt": {"counts": COUNTS, "exit_code": ExitCode.IN_DOUBT, "message": "2 chunks.", "next_command": RESUME},
    "longest": {
        "counts": dict.fromkeys(Disposition, 1_000_000_000),
        "exit_code": ExitCode.GUARD,
        "message": "\U0001f600" * 2000,
        "next_command": "onboard run " + "\U0001f600" * 900,
        "folder": "/" + "\U0001f600" * 2000,
    },
}


def notify(receiver: str, **fields) -> list[dict]:
    """Notify a receiver of a run, and return the lines of the log."""
    with capture_logs() as lines, notifier_for(Settings(notify=(receiver,)), "run", limits=PATIENT) as notifier:
        notifier.ended(summary_of(**fields))
    return lines


@pytest.mark.parametrize("notice", NOTICES)
@pytest.mark.parametrize("chat", RULES)
def test_notice_keeps_to_the_rule_of_its_receiver(chat, notice):
    form = chat if chat in ("google-chat", "teams") else "json"
    with Chat(RULES[chat]) as receiver:
        lines = notify(f"{form}+{receiver.url}", **NOTICES[notice])

    assert lines == []
    assert len(receiver.taken) == 1


def test_rule_of_google_chat_refuses_figures_beside_the_text():
    """So this server would notice what made real notices disappear."""
    with Chat(google_chat) as receiver:
        (line,) = notify(f"json+{receiver.url}", **NOTICES["settled"])

    assert (line["event"], line["error"]) == ("notification.failed", "HTTP 400")


@pytest.mark.parametrize("chat", ["google-chat", "slack", "mattermost"])
def test_command_in_a_chat_is_a_block_of_code(chat):
    """Markdown would eat the signs of a command that a person pastes into a shell."""
    form = "google-chat" if chat == "google-chat" else "json"
    with Chat(RULES[chat]) as receiver:
        notify(f"{form}+{receiver.url}", **NOTICES["in doubt"])

    assert f"\n```\n{RESUME}\n```\n" in receiver.taken[0]["text"]


def test_card_of_teams_shows_each_line_without_markdown():
    with Chat(RULES["teams"]) as receiver:
        notify(f"teams+{receiver.url}", **NOTICES["in doubt"])

    body = receiver.taken[0]["attachments"][0]["content"]["body"]
    headline, *lines = [element["inlines"][0] for element in body if element["type"] == "RichTextBlock"]
    (facts,) = [element["facts"] for element in body if element["type"] == "FactSet"]
    assert (headline["color"], headline["weight"]) == ("Attention", "Bolder")
    assert {"type": "TextRun", "text": RESUME, "fontType": "Monospace"} in lines
    assert facts == [
        {"title": "Invited", "value": "1,200"},
        {"title": "Held", "value": "4"},
        {"title": "In doubt", "value": "1"},
    ]


def test_mail_arrives_with_subject_and_plain_text():
    with MailServer() as server:
        lines = notify(server.url("hunter2"), **NOTICES["in doubt"])

    ((first, mail), (second, _)) = server.mails
    assert (lines, first, second) == ([], ["ops@example.com"], ["hr@example.com"])
    assert mail["Subject"].startswith("onboard run: in doubt: 1,200 people invited, 1 not known (exit 6)")
    assert mail.get_content_type() == "text/plain"
    assert f"\n    {RESUME}\n" in mail.get_content().replace("\r\n", "\n")


@pytest.fixture
def debug_log(capsys):
    """Log everything to stderr, and return what reads the log."""
    logs.configure(level="debug", log_format="json")
    return lambda: capsys.readouterr().err


def test_mail_goes_out_on_the_thread_that_asks_for_it():
    """A process waits for the threads of a pool before it ends, even for hours, if a server answers byte by byte."""
    with MailServer() as server:
        send_to_service(server.url("hunter2"), title="t", body="b")

        assert len(server.mails) == 2
        assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]


def test_mail_that_is_refused_is_one_line_of_the_log_without_secrets(debug_log):
    """The library says more, at any level, but never on our log."""
    with (
        MailServer() as server,
        notifier_for(Settings(notify=(server.url("letmein"),)), "run", limits=PATIENT) as notifier,
    ):
        assert not notifier.ended(summary_of(**NOTICES["settled"]))

    (line,) = debug_log().splitlines()
    assert '"kind": "apprise", "error": "NotDelivered"' in line
    assert server.mails == []
    assert not [word for word in ("letmein", "ops", "hr@", str(server.server_address[1])) if word in line]


@pytest.mark.parametrize("url", ["mailto://", "hunter2://a/b", "slack://hunter2", "mailto://?to=hunter2@example.com"])
def test_url_that_apprise_does_not_know_ends_the_run_before_it_begins(url):
    with pytest.raises(ConfigurationError, match="apprise does not know this kind of URL") as refused:
        notify(url)

    assert "hunter2" not in str(refused.value)


def test_missing_apprise_is_named_with_the_command_that_installs_it(monkeypatch):
    """It is an extra, and only such a receiver needs it."""
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(OnboardingError) as refused:
        load_settings({"notify": ("mailto://job:hunter2@example.com",)})

    command = f"{sys.executable} -m pip install"
    assert str(refused.value).startswith(f"--notify: this kind of receiver needs the package apprise; run {command} ")
    assert "hunter2" not in str(refused.value)
    assert load_settings({"notify": ("https://hooks.example/a",)}).notify
