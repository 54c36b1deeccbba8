"""What notifications say to people, monitors and CloudWatch, and that they name no person."""

import json
import socket
from pathlib import Path
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from summaries import NOW, summary_of

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.news import News
from onboarding.model.sent import Wave
from onboarding.model.unchanged import UnchangedExport
from onboarding.preparing.guards import GuardVerdict, HitGuard
from onboarding.reports import Summary
from onboarding.reports.notify.delivery import end_ping_url, start_ping_url
from onboarding.reports.notify.message import (
    LONGEST_QUOTE,
    Notification,
    masked_line,
    message_text,
    ping_body,
    subject,
)
from onboarding.reports.notify.metrics import metrics_line
from onboarding.reports.notify.payloads import payload_for
from onboarding.runtime import logs
from onboarding.sandbox import SandboxCounts
from onboarding.settings.receivers import WebhookForm

RID = UUID("728b3763-a80f-4113-9fc0-f5b8adaa6bb4")
CANARY = "canary.o'bird+x=1@example.com"
SPELLINGS = [CANARY, "canary＠example.com", "canary%40example.com", "can\u200bary\u2060@example.com", "<canary@x.test>"]
OLD = News(old={Disposition.REJECTED: 30})
NEWS = News({Disposition.HELD: 4, Disposition.FAILED: 1}, {Disposition.REJECTED: 30}, {Disposition.REJECTED: 2})
COUNTS = {Disposition.FAILED: 1, Disposition.INVITED: 1200, Disposition.REJECTED: 30, Disposition.HELD: 4}


def summary(**other) -> Summary:
    """Return the summary of a run."""
    fields = {
        "exit_code": ExitCode.PARTIAL,
        "counts": COUNTS,
        "news": NEWS,
        "counts_by_source": {"staff.csv": COUNTS},
        "requests": 25,
        "throttled": 2,
        "seconds": {"send": 0.5},
    }
    return summary_of(**fields | other)


def notification(**other) -> Notification:
    """Return the notification of a run that has a summary."""
    return Notification.of(summary(**other), seconds=12.34, ended_at=NOW)


def failure(code=ExitCode.USAGE, line="Name the account.", **other) -> Notification:
    """Return the notification of a run that ended before it had a summary."""
    fields = {"command": "run", "destination": "", "account": "", "is_rehearsal": False, "seconds": 0.1}
    return Notification(exit_code=code, line=line, ended_at=NOW, **fields | other)


def payload(sent: Notification, form: WebhookForm = WebhookForm.JSON) -> dict:
    """Return the JSON that a webhook gets."""
    return json.loads(payload_for(form, sent))


def everything(sent: Notification) -> str:
    """Return all texts of a notification."""
    posts = [payload_for(form, sent).decode() for form in WebhookForm]
    return "\n".join([subject(sent), message_text(sent), *posts, ping_body(sent).decode(), metrics_line(sent, "N")])


def emf(sent: Notification) -> dict:
    return json.loads(metrics_line(sent, "Onboarding"))


def test_message_says_what_happened_and_what_to_do():
    assert message_text(notification()) == (
        "onboard run: 1,200 people invited, 1 refused, 35 rows need a person, 5 of them new (exit 3).\n"
        "\n"
        "Rows read: 1,235\n"
        "  Invited: 1,200\n"
        "  Rejected: 30\n"
        "  Held: 4\n"
        "  Failed: 1\n"
        "\n"
        "What to do: Look up the failed rows in the report, correct their addresses in the HR system, then run again.\n"
        "Rows for a person: 5 new, 30 as before, 2 gone; the report says why, row by row.\n"
        f"Report: {Path.cwd()}/reports/r1\n"
        f"Host: {socket.gethostname()}\n"
        "Account: chime account-1\n"
        "Run: r1, 12.3 s\n"
    )


def test_failure_without_a_summary_quotes_its_line():
    assert message_text(failure()) == (
        "onboard run: the settings are wrong (exit 2).\n"
        "Name the account.\n"
        "\n"
        "What to do: Nothing was sent. Correct the settings, then run again.\n"
        f"Host: {socket.gethostname()}\n"
        "Run: none was begun, 0.1 s\n"
    )


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_says_what_happened_and_what_to_do(code):
    """Each exit code has its own words, with and without sums."""
    assert subject(notification(exit_code=code)).endswith(f"(exit {int(code)}) - chime account-1")
    assert message_text(notification(exit_code=code)).count("What to do: ") == 1


@pytest.mark.parametrize("code", [ExitCode.IN_DOUBT, ExitCode.INTERRUPTED, ExitCode.TERMINATED])
def test_what_can_be_resumed_names_the_command(code):
    message = message_text(notification(exit_code=code, next_command="onboard resume r1"))

    assert (
        "What to do: Resume the run: nothing is lost, and no person is invited twice.\n    onboard resume r1\n"
        in message
    )
    assert f"Host: {socket.gethostname()}, in {Path.cwd()}\n" in message
    assert "What to do: Run again.\n" in message_text(failure(code, run_id="r1"))


def test_plan_does_not_pass_for_a_run():
    """A plan invites no person."""
    plan = notification(command="plan", exit_code=ExitCode.SETTLED, counts={Disposition.PLANNED: 3})

    assert subject(plan).startswith("onboard plan: 3 people would be invited (exit 0)")
    assert "What to do: Look at the report; nothing is sent before you run the command for that.\n" in message_text(
        plan
    )


@pytest.mark.parametrize("left", [70, 0])
def test_wave_that_was_sent_as_planned_is_no_failure_and_says_which_wave_it_was(left):
    """People who are left for later waves need nothing from a person."""
    counts = {Disposition.INVITED: 60, Disposition.DEFERRED: left}

    sent = notification(counts=counts, exit_code=ExitCode.SETTLED, message="", wave=Wave(1, of=3, left=left), news=OLD)

    headline = "wave 1 of 3 sent: 60 people invited so far" if left else "60 people invited"
    assert message_text(sent).startswith(f"onboard run: {headline} (exit 0).")
    assert not sent.needs_attention


def test_run_that_left_out_people_of_its_own_needs_attention():
    assert notification(counts={Disposition.DEFERRED: 1}, exit_code=ExitCode.SETTLED, news=OLD).needs_attention


@pytest.mark.parametrize("word", ["ana@example.com.csv", "<b>.csv", "x" * 2000])
def test_command_that_would_not_arrive_as_it_is_is_left_out(word):
    """A command that a mask, a chat or a limit has changed would do something else."""
    sent = notification(exit_code=ExitCode.STOPPED, next_command=f"onboard run '{word}'")

    assert sent.next_command == ""
    assert "onboard run '" not in message_text(sent)
    assert "The last line that the run printed is the command for that." in message_text(sent)


def test_rehearsal_is_marked():
    counts = SandboxCounts({}, users=1, mails=1, addresses_mailed=1, addresses_mailed_more_than_once=0)
    rehearsal = notification(rehearsal=counts)

    assert subject(rehearsal).startswith("onboard run: rehearsal: 1,200 people invited")
    assert payload(rehearsal)["rehearsal"] is True
    assert emf(rehearsal)["Destination"] == "chime-sandbox"


@pytest.mark.parametrize("account", ["Größe\n\x00 " + "x" * 200, "\ud800", "x" * 5000])
def test_subject_is_what_sns_takes(account):
    """A subject has at most 100 ASCII characters, and no line break."""
    line = subject(notification(account=account))

    assert len(line) <= 100
    assert line.isascii()
    assert line.isprintable()


def test_payload_is_a_text_with_figures_beside_it():
    document = payload(notification())

    assert document.pop("text") == message_text(notification())
    assert document == {
        "schema": 1,
        "event": "run.ended",
        "command": "run",
        "run_id": "r1",
        "exit_code": 3,
        "needs_somebody": True,
        "rehearsal": False,
        "destination": "chime",
        "account": "account-1",
        "rows_read": 1235,
        "news": {"new": 5, "old": 30, "gone": 2},
        "counts": {"invited": 1200, "rejected": 30, "held": 4, "failed": 1},
        "seconds": 12.34,
        "ended_at": "2026-03-01T08:30:00+00:00",
        "report": f"{Path.cwd()}/reports/r1",
        "next_command": None,
        "hr_command": None,
        "host": socket.gethostname(),
    }


def test_payload_of_a_failure_has_no_figures():
    document = payload(failure())

    assert (document["run_id"], document["rows_read"], document["counts"]) == (None, None, {})
    assert document["news"] is None


@pytest.mark.parametrize("name", ["<!channel>.csv", "[click](http://evil.example).csv", "[click]<http://evil.example>"])
def test_name_of_a_file_makes_no_link_in_a_chat(name):
    """The name may come from outside."""
    shown = payload(failure(line=f"{name}: no column"))["text"]

    assert "<" not in shown
    assert "](" not in shown
    assert "no column" in shown


@pytest.mark.parametrize(
    ("code", "counts", "news", "needed"),
    [
        (ExitCode.SETTLED, {Disposition.INVITED: 3, Disposition.REJECTED: 2, Disposition.HELD: 1}, OLD, False),
        (ExitCode.SETTLED, {Disposition.INVITED: 3, Disposition.REJECTED: 2, Disposition.HELD: 1}, NEWS, True),
        (ExitCode.SETTLED, {Disposition.REJECTED: 1}, None, True),
        (ExitCode.SETTLED, {Disposition.INVITED: 1}, None, False),
        (ExitCode.SETTLED, {Disposition.FAILED: 1}, OLD, True),
        (ExitCode.SETTLED, {Disposition.IN_DOUBT: 1}, OLD, True),
        (ExitCode.SETTLED, {Disposition.DEFERRED: 1}, OLD, True),
        (ExitCode.SETTLED, {Disposition.DEFERRED: 0}, OLD, False),
        (ExitCode.HELD, {}, OLD, True),
    ],
)
def test_attention_is_needed_if_something_is_new_or_left_to_do(code, counts, news, needed):
    """A run that does not know what is new takes everything for new."""
    assert notification(exit_code=code, counts=counts, news=news).needs_attention is needed


@pytest.mark.parametrize(
    ("counts", "news", "what"),
    [
        ({Disposition.INVITED: 3}, OLD, "Nothing."),
        ({Disposition.HELD: 1}, News(new={Disposition.HELD: 1}), "Look at 1 new row."),
        ({Disposition.HELD: 1200}, OLD, "Nothing new. 1,200 rows still wait for a person."),
        ({Disposition.REJECTED: 1}, OLD, "Nothing new. 1 row still waits for a person."),
        ({Disposition.REJECTED: 2}, None, "Look at 2 rows."),
    ],
)
def test_nothing_is_to_do_only_if_no_row_waits_for_a_person(counts, news, what):
    sent = notification(exit_code=ExitCode.SETTLED, counts=counts, news=news)

    assert f"What to do: {what}\n" in message_text(sent)


def test_message_says_where_the_rows_are_and_how_hr_gets_them():
    """The path is absolute, since the reader may be in any folder."""
    there = f"{Path.cwd()}/reports/r1"
    files = {"files": ["reconciliation.csv", "report.html"], "hr_file": "reports/r1/handoff.xlsx"}

    message = message_text(notification(**files, hr_command="onboard run reports/r1/handoff.xlsx"))

    assert f"2 gone; row by row in {there}/report.html#needs-you.\n" in message
    assert f"Give {there}/handoff.xlsx to HR. When HR has filled it in, read the answers:\n" in message
    assert "    onboard run reports/r1/handoff.xlsx\n" in message


def test_message_says_each_other_reason_to_look():
    """A dead feed, people at a new domain, and guards that somebody has overridden."""
    hits = (HitGuard("new_people", "30 of 60 people would be invited"),)
    guards = GuardVerdict(
        30, "r0", knows_domains=True, hits=hits, confirmed=True, held_at_new_domains=2, new_domains=("new.example",)
    )
    unchanged = [UnchangedExport("secret.csv", 9, "2026-03-01")]

    message = message_text(notification(exit_code=ExitCode.SETTLED, guards=guards, unchanged=unchanged))

    assert (
        "1 export has had the same bytes for 9 nights: see that the job in the HR system writes it again.\n" in message
    )
    assert "2 people are held at a new domain, where no run has invited people before: new.example." in message
    assert "Confirmed by --confirm 30: 30 of 60 people would be invited.\n" in message


def test_metrics_count_new_rows_if_they_are_known():
    assert emf(notification())["NewForAPerson"] == 5
    assert "NewForAPerson" not in emf(notification(news=None))


def test_pings_keep_the_query_and_are_paired():
    """Healthchecks makes a check that it does not know on ``create=1``."""
    url = "https://hc.example/key/nightly/?create=1#top"

    assert start_ping_url(url, RID) == f"https://hc.example/key/nightly/start?create=1&rid={RID}"
    assert end_ping_url(url, RID, 0) == f"https://hc.example/key/nightly?create=1&rid={RID}"
    assert end_ping_url("https://hc.example/uuid", RID, 143) == f"https://hc.example/uuid/143?rid={RID}"


def test_body_of_a_ping_is_bounded_and_whole_characters():
    """Each character has three bytes, and the limit is in the middle of a character."""
    body = ping_body(failure(line="", command="€" * 10_000))

    assert 9_990 < len(body) <= 10_000
    assert body.decode().startswith("onboard €€€")


def test_metrics_are_in_the_embedded_format():
    """The specification wants metrics at the root, dimensions as texts, and metrics as numbers."""
    line = emf(notification())

    assert line["_aws"]["Timestamp"] == 1772353800000
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Onboarding"
    assert directive["Dimensions"] == [["Destination", "Account"]]
    assert {one["Name"]: one["Unit"] for one in directive["Metrics"]} == {
        **dict.fromkeys(["RowsRead", "Invited", "Already", "Rejected", "Held", "Failed", "InDoubt"], "Count"),
        **dict.fromkeys(["NewForAPerson", "Deferred", "Requests", "Throttled"], "Count"),
        "Seconds": "Seconds",
        "ExitCode": "None",
    }
    assert (line["Destination"], line["Account"]) == ("chime", "account-1")
    assert [line[one["Name"]] for one in directive["Metrics"]] == [1235, 5, 1200, 0, 30, 4, 1, 0, 0, 25, 2, 12.34, 3]
    assert (line["event"], line["level"], line["run_id"]) == ("run.metrics", "info", "r1")
    assert line["timestamp"] == "2026-03-01T08:30:00Z"


def test_metrics_of_a_failure_are_those_that_are_known():
    """An alarm on ExitCode still finds the line, and no dimension is empty."""
    line = emf(failure())

    names = [one["Name"] for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    assert names == ["Seconds", "ExitCode"]
    assert "Invited" not in line
    assert (line["Destination"], line["Account"]) == ("unknown", "unknown")


def test_log_would_leave_the_line_as_it_is():
    """The mask and the renderer of the log keep numbers, lists and names that begin with an underscore."""
    line = metrics_line(notification(), "Onboarding")

    rendered = structlog.processors.JSONRenderer()(None, "info", logs.mask(None, "info", json.loads(line)))

    assert rendered == line


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("field", ["run_id", "message", "destination", "account", "account_name", "endpoint", "folder"])
def test_notification_holds_no_address(field, spelling):
    """The rule holds for an address in any field of the summary."""
    assert "anary" not in everything(notification(**{field: f"see {spelling} there"}))
    assert "anary" not in everything(failure(line=masked_line(f"{spelling}: no column")))


def test_notification_names_no_export_setting_or_account():
    """A file or an account may be named after a person."""
    names = {
        "account_name": "Xantippe Quisling",
        "counts_by_source": {"Xantippe Quisling.csv": COUNTS},
        "inputs": [{"source": "Xantippe Quisling.csv"}],
        "settings": {"notify": ["Xantippe Quisling"]},
        "endpoint": "https://quisling.example",
    }

    assert "quisling" not in everything(notification(**names)).casefold()


@given(st.text())
def test_line_is_printable_whatever_it_is_made_of(text):
    """Nothing is hidden in the line, and it is UTF-8."""
    line = masked_line(text)

    assert line.isprintable()
    assert "\n" not in line
    assert len(line.encode()) <= 4 * LONGEST_QUOTE
