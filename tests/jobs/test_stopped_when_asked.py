"""A run ends soon after a signal or its deadline, whatever the service does, and all that was sent is on record."""

import signal
import time
from collections import Counter
from itertools import cycle

import pytest
from hostile_http import DRIPS, FLOODS, deaf, dripping, hostile_server, silent, whole_request
from workspace import account_flags, finish

from onboarding.sandbox import Fault, FaultKind

PROMISED_SECONDS = 5.0
BUSY_SECONDS = 10.0
"""What a machine that does other work may take longer. A request without answer would take a minute."""

LONG_BEFORE_A_TIME_OUT = 30.0
"""A request without answer is given up after a minute. A run that ends long before has cut it."""

HOSTILE = {
    **{f"drips: {name}": behaviour for name, behaviour in DRIPS.items()},
    **{f"floods: {name}": behaviour for name, behaviour in FLOODS.items()},
    "deaf": deaf,
}


def flags_of(server):
    return ["--account-id", "1", "--endpoint-url", server.url]


def ended_after(run, number):
    """Ask a run to stop, and return how it ended and after how many seconds."""
    begun = time.monotonic()
    run.send_signal(number)
    ended = finish(run)
    return ended, time.monotonic() - begun


@pytest.mark.soak
def test_stop_cuts_a_question_without_answer(workspace):
    """The service drips the answer to the first question."""
    with hostile_server(DRIPS["body"]) as server:
        run = workspace.fork("run", workspace.export(3), *flags_of(server))
        workspace.wait_until(lambda: server.served)

        ended, seconds = ended_after(run, signal.SIGHUP)

    assert ended.code == 143
    assert ended.messages == ["onboard: Stopped by a signal before anything was sent; run again."]
    assert seconds < LONG_BEFORE_A_TIME_OUT


def test_stop_cuts_an_invitation_without_answer_and_leaves_it_in_doubt(workspace, sandbox):
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers"))
    run = workspace.fork("run", workspace.export(60), *account_flags(sandbox), "--concurrency", "1")
    workspace.wait_until(lambda: sandbox.counts().mails == 50)

    ended, seconds = ended_after(run, signal.SIGTERM)

    assert ended.code == 143
    assert Counter(line["disposition"] for line in workspace.report()) == {"in_doubt": 50, "deferred": 10}
    assert seconds < LONG_BEFORE_A_TIME_OUT


@pytest.mark.soak
def test_deadline_cuts_an_invitation_without_answer_and_leaves_it_in_doubt(workspace, sandbox):
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers"))
    begun = time.monotonic()

    ended = finish(workspace.fork("run", workspace.export(50), *account_flags(sandbox), "--deadline", "4s"))

    assert ended.code == 6
    assert workspace.summary()["counts"] == {"in_doubt": 50}
    assert time.monotonic() - begun < LONG_BEFORE_A_TIME_OUT


@pytest.mark.soak
@pytest.mark.parametrize(
    ("behaviour", "number"),
    list(zip(HOSTILE.values(), cycle([signal.SIGINT, signal.SIGTERM, signal.SIGHUP]), strict=False)),
    ids=HOSTILE,
)
def test_run_ends_within_five_seconds_of_a_signal(workspace, behaviour, number):
    with hostile_server(behaviour) as server:
        run = workspace.fork("run", workspace.export(3), *flags_of(server))
        workspace.wait_until(lambda: server.accepted)

        ended, seconds = ended_after(run, number)

    assert ended.code == (130 if number == signal.SIGINT else 143)
    assert seconds < PROMISED_SECONDS + BUSY_SECONDS


@pytest.mark.soak
@pytest.mark.parametrize("behaviour", HOSTILE.values(), ids=HOSTILE)
def test_run_ends_within_five_seconds_of_its_deadline(workspace, behaviour):
    """The deadline counts from the first line of the log."""
    with hostile_server(behaviour) as server:
        run = workspace.fork("run", workspace.export(3), *flags_of(server), "--deadline", "2s")
        workspace.wait_until(lambda: server.accepted)
        begun = time.monotonic()

        ended = finish(run)

    assert ended.code in (7, 8)
    assert time.monotonic() - begun < 2 + PROMISED_SECONDS + BUSY_SECONDS


@pytest.mark.soak
def test_notices_delay_the_end_of_a_stopped_run_no_longer(workspace, sandbox):
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers"))
    with hostile_server(silent) as server:
        flags = ["--notify", f"{server.url}/hook", "--ping-url", f"{server.url}/ping", "--concurrency", "1"]
        run = workspace.fork("run", workspace.export(60), *account_flags(sandbox), *flags)
        workspace.wait_until(lambda: sandbox.counts().mails == 50)

        ended, seconds = ended_after(run, signal.SIGTERM)

    assert ended.code == 143
    assert workspace.summary()["counts"]["in_doubt"] == 50
    assert seconds < PROMISED_SECONDS + BUSY_SECONDS


@pytest.mark.soak
@pytest.mark.parametrize("behaviour", [silent, dripping(b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 99\r\n\r\n')])
def test_export_in_s3_that_hangs_ends_with_a_signal(workspace, sandbox, behaviour):
    with hostile_server(behaviour) as server:
        run = workspace.fork(
            "run",
            "s3://bucket/people.csv",
            *account_flags(sandbox),
            "--region",
            "eu-west-1",
            AWS_ENDPOINT_URL_S3=server.url,
        )
        workspace.wait_until(lambda: server.served)

        ended, seconds = ended_after(run, signal.SIGTERM)

    assert ended.code in (143, -15)
    assert seconds < PROMISED_SECONDS + BUSY_SECONDS


@pytest.mark.soak
def test_report_in_s3_that_hangs_ends_with_a_signal(workspace, sandbox):
    """What was sent is in the ledger."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers"))
    begun = (
        b"<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>1</UploadId>"
        b"</InitiateMultipartUploadResult>"
    )
    answers = [
        b"HTTP/1.1 200 OK\r\nx-amz-server-side-encryption: AES256\r\nContent-Length: %d\r\n\r\n" % len(begun) + begun,
        b"HTTP/1.1 204 No Content\r\n\r\n",
    ]

    def behave(connection, ended):
        while answers:
            whole_request(connection)
            connection.sendall(answers.pop(0))
        ended.wait()

    with hostile_server(behave) as server:
        run = workspace.fork(
            *("run", workspace.export(60), *account_flags(sandbox), "--concurrency", "1"),
            *("--out", "s3://bucket/reports", "--region", "eu-west-1"),
            AWS_ENDPOINT_URL_S3=server.url,
        )
        workspace.wait_until(lambda: sandbox.counts().mails == 50)

        ended, seconds = ended_after(run, signal.SIGTERM)

    assert ended.code == 1
    assert "could not be written" in ended.messages[-1]
    assert seconds < PROMISED_SECONDS + BUSY_SECONDS
