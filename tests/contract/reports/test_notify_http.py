"""Webhooks and monitors over HTTP: what they get, and that none can delay or fail a run or leak its URL."""

import io
import json
import logging
import os
import signal
import socket
from contextlib import AbstractContextManager, contextmanager, redirect_stderr, suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from buckets import RESET
from structlog.testing import capture_logs
from summaries import NOW, summary_of

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import AccessRefused, ConfigurationError, ExitCode, InputRefused, LedgerFailed
from onboarding.reports import Summary
from onboarding.reports.notify import DeliveryLimits, Notifier, notifier_for
from onboarding.reports.notify.notify import PRINTED
from onboarding.runtime import logs
from onboarding.settings.settings import Settings

QUICK = DeliveryLimits(total_seconds=30, attempt_seconds=30, pause_seconds=0)
IMPATIENT = DeliveryLimits(total_seconds=30, attempt_seconds=0.05, pause_seconds=0)
SECRET = "hunter2"  # noqa: S105 - made up


def summary(**other) -> Summary:
    """Return the summary of a run that is settled."""
    return summary_of(**{"counts": {Disposition.INVITED: 2}} | other)


class Inbox(ThreadingHTTPServer):
    """A server that keeps the requests it gets. It gives ``answers`` (a status or a function each), then 200."""

    daemon_threads = True

    def __init__(self, *answers) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.answers = list(answers)
        self.taken: list[tuple[str, Message, bytes]] = []
        self.url = "http://{}:{}".format(*self.server_address)
        self.hook = f"{self.url}/{SECRET}"
        self.closing = Event()

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.taken]


class Taking(BaseHTTPRequestHandler):
    """Take one request, and give the agreed answer."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, self.headers, body))
        answer = self.server.answers.pop(0) if self.server.answers else 200
        if callable(answer):
            answer(self)
        else:
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_) -> None:
        pass


def reset(handler) -> None:
    """Break the connection."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    handler.connection.shutdown(socket.SHUT_RD)
    handler.close_connection = True


def never(handler) -> None:
    """Leave the client without an answer."""
    handler.server.closing.wait()
    handler.close_connection = True


def endless(handler) -> None:
    """Answer with 200 and a body that has no end."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"so far")
    never(handler)


def malformed(handler) -> None:
    """Answer with headers about which urllib3 warns, naming the URL."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nnot a header\r\nContent-Length: 0\r\n\r\n")


def interrupt(handler) -> None:
    """Interrupt the process, as an impatient user does."""
    os.kill(os.getpid(), signal.SIGINT)
    never(handler)


@contextmanager
def serving(*answers):
    """Serve an inbox."""
    with Inbox(*answers) as inbox:
        thread = Thread(target=inbox.serve_forever, args=(0.01,))
        thread.start()
        yield inbox
        inbox.closing.set()
        inbox.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Remove this machine's own proxies."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture
def inbox():
    with serving() as served:
        yield served


def notified_by(*, limits=QUICK, **settings) -> AbstractContextManager[Notifier]:
    """Return a notifier of a run with these settings."""
    return notifier_for(Settings(**settings), "run", limits=limits)


def tell(notified: AbstractContextManager[Notifier], **other) -> list[dict]:
    """Notify of a run, and return the log lines."""
    with capture_logs() as lines, notified as notifier:
        notifier.ended(summary(**other))
    return lines


def failure(kind: str, error: str) -> list[dict]:
    return [{"event": "notification.failed", "log_level": "warning", "kind": kind, "error": error}]


def test_monitor_hears_of_start_and_end_by_the_same_name(inbox):
    """The ping at the end also has the figures."""
    lines = tell(notified_by(ping_url=inbox.hook, limits=QUICK))

    (start, _, nothing), (end, headers, body) = inbox.taken
    rid = start.removeprefix(f"/{SECRET}/start?rid=")
    assert len(rid) == 36
    assert end == f"/{SECRET}?rid={rid}"
    assert nothing == b""
    assert body.decode().startswith("onboard run: 2 people invited (exit 0).\n")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["User-Agent"].startswith("onboarding/")
    assert lines == []


def test_monitor_hears_of_the_exit_code(inbox):
    """The monitor counts the code as a failure."""
    tell(notified_by(ping_url=inbox.hook, limits=QUICK), exit_code=ExitCode.IN_DOUBT)

    assert inbox.paths[1].startswith(f"/{SECRET}/6?rid=")


def test_each_run_has_a_name_of_its_own(inbox):
    for _ in range(2):
        tell(notified_by(ping_url=inbox.hook, limits=QUICK))

    assert len({path.rpartition("=")[2] for path in inbox.paths}) == 2


def test_every_webhook_gets_the_notice(inbox):
    """The notice is JSON."""
    tell(notified_by(notify=(f"{inbox.url}/one", f"{inbox.url}/two?x=1"), limits=QUICK))

    assert sorted(inbox.paths) == ["/one", "/two?x=1"]
    assert {headers["Content-Type"] for _, headers, _ in inbox.taken} == {"application/json"}
    assert {json.loads(body)["counts"]["invited"] for _, _, body in inbox.taken} == {2}


@pytest.mark.parametrize(("code", "notices"), [(ExitCode.SETTLED, 0), (ExitCode.PARTIAL, 1)])
def test_notice_comes_when_it_is_needed(inbox, code, notices):
    """A ping always comes: a monitor raises an alarm when it misses one."""
    notified = notified_by(
        notify=(f"{inbox.url}/hook",), notify_when="needed", ping_url=f"{inbox.url}/ping", limits=QUICK
    )

    tell(notified, exit_code=code)

    assert inbox.paths.count("/hook") == notices
    assert len(inbox.taken) == notices + 2


def test_temporary_refusal_is_repeated():
    """The ping at the start is repeated as well."""
    with serving(500, 503) as inbox:
        lines = tell(notified_by(ping_url=inbox.hook, limits=QUICK))

    assert [path.split("?")[0] for path in inbox.paths] == [f"/{SECRET}/start"] * 3 + [f"/{SECRET}"]
    assert lines == []


def test_receiver_that_asks_for_patience_gets_none():
    """If the run waited as long as the receiver asks, it would give the notice up."""

    def later(handler) -> None:
        handler.send_response(503)
        handler.send_header("Retry-After", "10000")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with serving(later) as inbox:
        lines = tell(notified_by(notify=(inbox.hook,), limits=QUICK))

    assert len(inbox.taken) == 2
    assert lines == []


@pytest.mark.parametrize(
    ("answers", "error", "requests"),
    [
        ([500, 502, 429], "HTTP 429", 3),
        ([404], "HTTP 404", 1),
        ([301], "HTTP 301", 1),
        ([reset] * 3, "ProtocolError", 3),
        ([never] * 3, "ReadTimeoutError", 3),
    ],
)
def test_receiver_that_fails_is_one_line_of_the_log(answers, error, requests):
    """The notifier repeats at most twice, and not at all where repeating changes nothing."""
    limits = IMPATIENT if never in answers else QUICK
    with serving(*answers) as inbox:
        lines = tell(notified_by(notify=(inbox.hook,), limits=limits))

    assert lines == failure("webhook", error)
    assert len(inbox.taken) == requests


@pytest.mark.parametrize(
    ("host", "error"), [("127.0.0.1:1", "NewConnectionError"), ("x" * 64 + ".example", "LocationParseError")]
)
def test_impossible_receiver_is_one_line_of_the_log(host, error):
    """No server listens on port 1, and no label of a host name is that long."""
    lines = tell(notified_by(notify=(f"http://{host}/{SECRET}",), limits=QUICK))

    assert lines == failure("webhook", error)


def test_redirect_is_not_followed(inbox):
    """The other server would learn of the run and of the secret."""

    def elsewhere(handler) -> None:
        handler.send_response(307)
        handler.send_header("Location", inbox.hook)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with serving(elsewhere) as redirecting:
        lines = tell(notified_by(notify=(redirecting.hook,), limits=QUICK))

    assert lines == failure("webhook", "HTTP 307")
    assert inbox.taken == []


def test_answer_without_an_end_is_an_answer():
    """The status 200 comes before everything else."""
    with serving(endless) as inbox:
        lines = tell(notified_by(notify=(inbox.hook,), limits=QUICK))

    assert lines == []


def test_run_waits_no_longer_than_the_limit_for_all_deliveries():
    """If the run waited for each delivery as long as it may take, this test would not end."""
    limits = DeliveryLimits(total_seconds=0.05, attempt_seconds=10_000)
    with serving(*[never] * 4) as inbox:
        lines = tell(notified_by(notify=(inbox.hook,) * 3, ping_url=inbox.hook, limits=limits))

    assert [line["kind"] for line in lines] == ["ping", "ping", "webhook", "webhook", "webhook"]
    assert {line["error"] for line in lines} == {"TimeoutError"}


def test_failing_receiver_does_not_affect_the_others(inbox):
    """The notifier delivers to each receiver independently."""
    with serving(*[reset] * 3) as broken:
        tell(notified_by(notify=(broken.hook, inbox.hook), limits=QUICK))

    assert inbox.paths == [f"/{SECRET}"]


def test_interruption_ends_the_waiting_and_not_the_run():
    """The run is over by then, and has its exit code."""
    with serving(interrupt) as inbox:
        lines = tell(notified_by(notify=(inbox.hook,), limits=QUICK))

    assert lines == failure("notifier", "KeyboardInterrupt")


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("answers", [[500] * 3, [reset] * 3, [never] * 3, [malformed], [301]])
def test_secret_is_in_no_log(log_format, answers):
    """The log of urllib3 has no secret either, although urllib3 warns about repeats and names the path."""
    logs.configure(level="debug", log_format=log_format)
    limits = IMPATIENT if never in answers else QUICK
    with redirect_stderr(io.StringIO()) as err, serving(*answers) as inbox:
        with notified_by(notify=(inbox.hook,), limits=limits) as notifier:
            notifier.ended(summary())
        logging.getLogger("urllib3.connectionpool").warning("of another library")

    assert inbox.paths[0] == f"/{SECRET}"
    assert SECRET not in err.getvalue()
    assert ("notification.failed" in err.getvalue()) is (answers != [malformed])
    assert "of another library" in err.getvalue()


def test_proxy_of_the_environment_is_used(environment, inbox):
    """The request has the proxy's password, and skips the proxy for excepted hosts."""
    environment.setenv("http_proxy", inbox.url.replace("http://", "http://ana:let%20me@"))
    environment.setenv("no_proxy", "127.0.0.1")
    with serving() as near:
        lines = tell(notified_by(notify=("http://hooks.example/a", near.hook), limits=QUICK))

    ((path, headers, _),) = inbox.taken
    assert path == "http://hooks.example/a"
    assert headers["Proxy-Authorization"] == "Basic YW5hOmxldCBtZQ=="
    assert near.paths == [f"/{SECRET}"]
    assert lines == []


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (InputRefused('canary.csv: which of the columns "canary" and "Mail"?'), 4, PRINTED),
        (AccessRefused("s3://canary/people.csv: S3 answers 403"), 7, PRINTED),
        (ConfigurationError("canary.toml: this is not TOML"), 2, PRINTED),
        (LedgerFailed("the ledger is locked"), 1, "the ledger is locked"),
        (KeyboardInterrupt(), 130, "Interrupted before anything was sent."),
        (KeyError("canary@example.com"), 1, "Internal error (KeyError). What was sent is in the ledger."),
    ],
)
def test_run_that_fails_early_is_notified_too(inbox, error, code, line):
    """The notice has a plain line that quotes no file, header or cell, and the error goes on to the caller."""
    notified = notified_by(
        notify=(f"{inbox.url}/hook",), ping_url=f"{inbox.url}/ping", account_id="account-1", limits=QUICK
    )

    with pytest.raises(type(error)), notified:
        raise error

    bodies = {path.split("?")[0]: body.decode() for path, _, body in inbox.taken}
    document = json.loads(bodies["/hook"])
    assert bodies.keys() == {"/ping/start", f"/ping/{code}", "/hook"}
    assert (document["exit_code"], document["account"]) == (code, "account-1")
    assert document["text"].splitlines()[1] == line
    assert "canary" not in "".join(bodies.values())


def test_end_is_notified_once(inbox):
    """The run itself notifies, whatever goes wrong after that."""
    with suppress(BrokenPipeError), notified_by(ping_url=inbox.hook, limits=QUICK) as notifier:
        notifier.ended(summary())
        raise BrokenPipeError

    assert len(inbox.taken) == 2


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_metrics_are_one_line_of_json_in_any_log(log_format):
    """The line appears at any log level. CloudWatch reads nothing but JSON."""
    logs.configure(level="error", log_format=log_format)

    with redirect_stderr(io.StringIO()) as err, notified_by(metric_namespace="Onboarding") as notifier:
        notifier.ended(summary())

    line = json.loads(err.getvalue())
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Onboarding"
    assert line["Invited"] == 2


def test_metrics_on_a_closed_stderr_are_no_failure():
    """Stderr may be closed."""
    gone = io.StringIO()
    gone.close()

    with redirect_stderr(gone):
        assert tell(notified_by(metric_namespace="Onboarding")) == []


def test_seconds_are_those_since_the_notifier_began():
    """A run that is resumed began days ago."""
    times = iter([100.0, 107.5, 0, 0])
    written: list[str] = []
    notifier = Notifier(
        Settings(metric_namespace="Onboarding"),
        "run",
        limits=QUICK,
        clock=lambda: next(times),
        now=lambda: NOW,
        write=written.append,
    )

    notifier.ended(summary())

    assert json.loads(written[0])["Seconds"] == 7.5


def test_interrupt_while_the_start_is_told_ends_the_run():
    """It was taken for a failed notification, and the run went on."""

    def interrupted(_kind, _deliver):
        raise KeyboardInterrupt

    notifier = Notifier(Settings(ping_url="https://monitor.example/p"), "run", limits=QUICK)

    with pytest.raises(KeyboardInterrupt):
        notifier.started(interrupted)


def test_without_receivers_nothing_happens():
    assert tell(notified_by(), exit_code=ExitCode.PARTIAL) == []
