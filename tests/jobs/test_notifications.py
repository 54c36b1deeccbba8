"""Monitors, webhooks and CloudWatch are notified of runs from the command line and from the jobs."""

import json
import re

import pytest
from documents import checked
from receiving import MailServer
from workspace import account_flags

from onboarding.sandbox import Refusal


@pytest.fixture
def flags(receiver, sandbox):
    """Return the flags of a run with a monitor and a webhook."""
    return [*account_flags(sandbox), "--ping-url", f"{receiver.url}/ping", "--notify", f"{receiver.url}/hook"]


def bodies(receiver, path):
    return [body for asked, body in receiver.got if asked == path]


def test_monitor_and_webhook_are_notified_of_a_run(workspace, receiver, flags):
    done = workspace.onboard("run", workspace.export(3), *flags)

    (notice,) = bodies(receiver, "/hook")
    assert done.code == 0
    assert [path for path, _ in receiver.got if path != "/hook"] == ["/ping/start", "/ping"]
    assert checked("notice", notice)["counts"]["invited"] == 3


@pytest.mark.soak
def test_mail_arrives_and_its_url_is_nowhere(workspace, sandbox):
    """Neither the output nor the log nor a file has the password or the address of a mail."""
    with MailServer() as server:
        flags = [*account_flags(sandbox), "--notify", server.url("hunter2")]
        done = workspace.onboard("run", workspace.export(3), *flags, "--log-level", "debug")

    assert (done.code, [people for people, _ in server.mails]) == (0, [["ops@example.com"], ["hr@example.com"]])
    shown = done.out.encode() + done.err.encode()
    kept = b"".join(path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file())
    for secret in (b"hunter2", b"ops@example.com", b"hr@example.com"):
        assert secret not in shown + kept


def test_exit_code_is_in_the_ping(workspace, receiver, flags, sandbox):
    sandbox.refuse("person1@example.com", Refusal.ENTRY)

    workspace.onboard("run", workspace.export(3), *flags)

    assert bodies(receiver, "/ping/3")


def test_run_that_could_not_begin_is_notified_too(workspace, receiver, flags):
    workspace.onboard("run", "nowhere.csv", *flags)

    (notice,) = bodies(receiver, "/hook")
    assert bodies(receiver, "/ping/4")
    assert checked("notice", notice)["exit_code"] == 4


def test_monitor_hears_nothing_of_a_plan(workspace, receiver, flags):
    workspace.onboard("plan", workspace.export(3), *flags)

    assert [path for path, _ in receiver.got] == ["/hook"]


def test_dead_receivers_do_not_fail_the_run(workspace, sandbox):
    """No server listens on that port."""
    dead = ["--ping-url", "http://127.0.0.1:9/secret-ping", "--notify", "http://127.0.0.1:9/secret-hook"]

    done = workspace.onboard("run", workspace.export(3), *account_flags(sandbox), *dead)

    assert done.code == 0
    assert done.logged("notification.failed")
    assert "secret-" not in done.err + done.out + json.dumps(workspace.summary())


def test_metrics_are_one_json_line(workspace, sandbox):
    done = workspace.onboard("run", workspace.export(3), *account_flags(sandbox), "--metric-namespace", "Onboarding")

    (line,) = done.logged("run.metrics")
    assert line["Invited"] == 3
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Onboarding"


def test_no_address_leaves_with_a_notification(workspace, receiver, flags, sandbox):
    sandbox.refuse("person1@example.com", Refusal.ENTRY)

    workspace.onboard("run", workspace.export(3), *flags)

    assert receiver.got
    assert not [body for _, body in receiver.got if re.search(rb"person ?\d", body.lower())]


def test_nightly_job_pings_its_monitor(workspace, receiver, sandbox):
    there = f'account_id = "sandbox-team"\nendpoint_url = "{sandbox.url}"\n'
    config = workspace.write(
        "nightly.toml", f'exports = "{workspace.export(3)}"\nping_url = "{receiver.url}/ping"\n{there}'
    )

    done = workspace.onboard("nightly", config)

    assert (done.code, done.out, done.err) == (0, "", "")
    assert [path for path, _ in receiver.got] == ["/ping/start", "/ping"]


@pytest.mark.parametrize(("exit_codes", "age", "expected"), [([0], "26h", 0), ([], "26h", 1), ([5], "26h", 1)])
def test_monitoring_asks_whether_a_run_went_well_lately(workspace, sandbox, exit_codes, age, expected):
    there = account_flags(sandbox)
    for code in exit_codes:
        most = ["--max-invites", "1"] if code else []
        assert workspace.onboard("run", workspace.export(3), *there, *most).code == code

    done = workspace.onboard("runs", *there, "--last-success-within", age)

    assert done.code == expected
    assert done.out == ""
    assert len(done.messages) == expected


def test_run_that_went_well_too_long_ago_does_not_count(workspace, sandbox):
    there = account_flags(sandbox)
    workspace.onboard("run", workspace.export(3), *there)

    done = workspace.onboard("runs", *there, "--last-success-within", "0s")

    assert done.code == 1
    assert workspace.summary()["run_id"] in done.messages[0]


@pytest.mark.parametrize("flags_of_error", [[], ["--email-column", "Salary"], ["--exclude", "layoffs-2026.csv"]])
def test_notice_of_a_refused_export_quotes_neither_its_path_nor_its_headers(workspace, receiver, flags, flags_of_error):
    name = workspace.write("layoffs-2026.csv", "Severance Email,Salary Mail\nada@example.com,bea@example.com\n")

    done = workspace.onboard("run", name, *flags, *flags_of_error)

    told = b"".join(body for _, body in receiver.got).decode()
    assert done.code == 4
    assert "layoffs" in done.err
    assert "exit 4" in told
    for word in ("layoffs", "Severance", "Salary", str(workspace.folder)):
        assert word not in told
