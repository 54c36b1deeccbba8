"""Each call of a client of AWS ends in time, and takes no more memory than it may, whatever the service does."""

import gzip
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from hostile_http import CREATED, DRIPS, FLOODS, answering, deaf, dripping, flooding, hostile_server, silent, wait_until

from onboarding.destinations.chime.account import open_chime
from onboarding.runtime import limited_clients
from onboarding.runtime.aws import Access, LazyS3Client
from onboarding.runtime.aws_clients import open_s3
from onboarding.runtime.aws_errors import AwsErrorType, read_error
from onboarding.runtime.request_limits import LARGEST_ANSWER_BYTES, NEVER, Exchange, RequestCut, RequestLimits
from onboarding.runtime.signals import StopSignal

ANYONE = {"access_key": "anyone", "secret_key": "anything"}
FOREVER = 600.0
SHORT = RequestLimits(seconds=0.4)
LONG = RequestLimits(seconds=FOREVER)
PEOPLE = ["ana@example.com"]


@pytest.fixture
def opened():
    """Close what the test opens, the servers last."""
    with ExitStack() as stack:
        yield stack


def serve(opened, behaviour):
    return opened.enter_context(hostile_server(behaviour))


def chime_at(opened, url, *, limits=SHORT, cut=NEVER):
    return opened.enter_context(closing(open_chime(Access(endpoint_url=url, **ANYONE), limits=limits, cut=cut)))


def invite(client, count=1):
    return client.invite_users(AccountId="1", UserEmailList=[f"person{number}@example.com" for number in range(count)])


class Switch:
    """A cut time that a test sets."""

    exit_code = None

    def __init__(self):
        self.at = float("inf")

    def cut_at(self):
        return self.at


@pytest.mark.parametrize("behaviour", DRIPS.values(), ids=DRIPS)
def test_answer_that_never_ends_is_cut_after_the_total_time(opened, behaviour):
    client = chime_at(opened, serve(opened, behaviour).url)

    with pytest.raises(RequestCut, match=r"no whole answer within 0\.4 seconds") as cut:
        invite(client)

    assert read_error(cut.value).type is AwsErrorType.UNCONFIRMED


WITHOUT_THREADS = """
import os, resource, sys, threading, time
from onboarding.destinations.chime.account import open_chime
from onboarding.runtime.aws import Access
from onboarding.runtime.request_limits import RequestLimits

def ask(client):
    try:
        print(client.invite_users(AccountId="1", UserEmailList=["ana@example.com"])["Invites"], flush=True)
    except Exception as error:
        print(error, getattr(error, "has_left", None), flush=True)

limits = RequestLimits(seconds=float(sys.argv[1]))
clients = [open_chime(Access(endpoint_url=url, access_key="a", secret_key="b"), limits=limits) for url in sys.argv[2:]]
ask(clients.pop(0))  # loads what another user may not read
if os.getuid() == 0:
    os.setresuid(65534, 65534, 65534)
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
try:
    threading.Thread(target=int).start()
    print("a thread has started")
except RuntimeError:
    pass
for client in clients:
    begun = time.monotonic()
    ask(client)
    if time.monotonic() - begun > 20:
        print("late")
"""


def without_threads(opened, *behaviours, seconds: float) -> list[str]:
    """Ask each service once in a process that may have no more threads, and return what came of it."""
    urls = [serve(opened, behaviour).url for behaviour in (WHOLE, *behaviours)]
    command = [sys.executable, "-c", WITHOUT_THREADS, str(seconds), *urls]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.splitlines()[1:]


WHOLE = answering(CREATED + b'Content-Length: 15\r\n\r\n{"Invites": []}')


@pytest.mark.soak
def test_answer_that_never_ends_is_cut_also_if_the_process_may_have_no_more_threads(opened):
    behaviours = [*DRIPS.values(), silent]

    said = without_threads(opened, *behaviours, seconds=0.2)

    assert said == ["no whole answer within 0.2 seconds True"] * len(behaviours)


def test_answers_are_read_and_bounded_also_if_the_process_may_have_no_more_threads(opened):
    said = without_threads(opened, WHOLE, flooding(CREATED + b"\r\n", b"x" * 2**16), seconds=60)

    assert said == ["[]", "an answer of more than 10 MB True"]


@pytest.mark.parametrize("behaviour", FLOODS.values(), ids=FLOODS)
def test_answer_is_read_up_to_a_size(opened, behaviour):
    """No more than ten megabytes are held. http.client bounds single headers and their number before that."""
    client = chime_at(opened, serve(opened, behaviour).url, limits=LONG)

    with pytest.raises(BotoCoreError) as error:
        invite(client)

    assert read_error(error.value).type is AwsErrorType.UNCONFIRMED


def test_answer_as_large_as_allowed_is_read(opened):
    body = b'{"Invites": [], "Padding": "' + b"x" * (LARGEST_ANSWER_BYTES - 500) + b'"}'
    server = serve(opened, answering(CREATED + b"Content-Length: %d\r\n\r\n" % len(body) + body))

    assert invite(chime_at(opened, server.url, limits=LONG))["Invites"] == []


def test_answer_is_never_unpacked(opened):
    """A few bytes that unpack to a gigabyte stay a few bytes: they are no JSON."""
    body = gzip.compress(b"x" * 20_000_000)
    head = CREATED + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    client = chime_at(opened, serve(opened, answering(head + body)).url, limits=LONG)

    with pytest.raises(Exception) as error:  # noqa: PT011 - whatever botocore's parser raises
        invite(client)

    assert read_error(error.value).type is AwsErrorType.UNCONFIRMED


def test_request_that_the_service_does_not_read_is_cut(opened):
    """The socket takes what fits into its buffers; then sending hangs. A busy machine needs time to fill them."""
    server, limits = serve(opened, deaf), RequestLimits(seconds=2)
    client = opened.enter_context(closing(open_s3(Access(endpoint_url=server.url, **ANYONE), limits=limits)))

    with pytest.raises(RequestCut) as cut:
        client.put_object(Bucket="bucket", Key="key", Body=b"x" * 30_000_000)

    assert read_error(cut.value).type is AwsErrorType.UNCONFIRMED


def test_cut_request_lets_go_of_its_connection(opened):
    """The service sees the end at once, and no thread stays behind."""
    gone = threading.Event()

    def behave(connection, _ended):
        while connection.recv(65536):
            pass
        gone.set()

    client = chime_at(opened, serve(opened, behave).url)
    before = threading.active_count()

    with pytest.raises(RequestCut):
        invite(client)

    wait_until(gone.is_set)
    wait_until(lambda: threading.active_count() <= before)


def test_cut_time_ends_a_request_in_flight(opened):
    switch, server = Switch(), serve(opened, silent)
    client = chime_at(opened, server.url, limits=LONG, cut=switch)
    threading.Thread(target=lambda: (wait_until(lambda: server.served), setattr(switch, "at", 0))).start()

    with pytest.raises(RequestCut, match="the run ends") as cut:
        invite(client)

    assert read_error(cut.value).type is AwsErrorType.UNCONFIRMED


def test_no_request_leaves_after_the_cut_time(opened):
    switch, server = Switch(), serve(opened, silent)
    switch.at = time.monotonic()

    with pytest.raises(RequestCut) as cut:
        invite(chime_at(opened, server.url, cut=switch))

    assert read_error(cut.value).type is AwsErrorType.NOT_CONNECTED
    assert server.requests == []


def test_request_that_was_cut_before_it_left_never_leaves(opened, monkeypatch):
    """The look-up of a name may hang for a minute, and nothing can interrupt it."""
    server, found = serve(opened, silent), threading.Event()
    resolve = socket.getaddrinfo

    def slow(*arguments, **options):
        found.wait()
        return resolve(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    before = threading.active_count()

    with pytest.raises(RequestCut) as cut:
        invite(chime_at(opened, server.url))
    found.set()
    wait_until(lambda: threading.active_count() <= before)

    assert read_error(cut.value).type is AwsErrorType.NOT_CONNECTED
    assert server.requests == []


def test_request_does_not_leave_after_the_machine_has_slept():
    """Another run may have sent the same people meanwhile, and the time of the process stood still."""
    boot_seconds = iter([100.0, 100.0 + SHORT.seconds + 1])
    exchange = Exchange(SHORT, clock=lambda: next(boot_seconds))

    with pytest.raises(RequestCut) as cut:
        exchange.leave(None)

    assert read_error(cut.value).type is AwsErrorType.NOT_CONNECTED


def test_connection_is_kept_for_the_next_request(opened):
    accepted = []

    def behave(connection, ended):
        accepted.append(connection)
        answering(*[CREATED + b"Content-Length: 15\r\n\r\n" + b'{"Invites": []}'] * 3)(connection, ended)

    client = chime_at(opened, serve(opened, behave).url, limits=LONG)

    for _ in range(3):
        invite(client)

    assert len(accepted) == 1


def test_proxy_of_the_environment_is_used_and_watched(opened, monkeypatch):
    server = serve(opened, dripping(b"HTTP/1.1 ", b"2"))
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.setenv("HTTPS_PROXY", server.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    for url in ("http://chime.example", "https://chime.example"):
        with pytest.raises(RequestCut):
            invite(chime_at(opened, url))

    assert [request.split(b" ")[0] for request in server.requests] == [b"POST", b"CONNECT"]


def test_handshake_that_hangs_is_cut(opened):
    server = serve(opened, deaf)

    with pytest.raises(RequestCut) as cut:
        invite(chime_at(opened, server.url.replace("http:", "https:")))

    assert read_error(cut.value).type is AwsErrorType.NOT_CONNECTED


def test_stop_cuts_requests_in_flight_after_its_grace(opened):
    stop, server = StopSignal(grace_seconds=0.05), serve(opened, silent)
    client = chime_at(opened, server.url, limits=LONG, cut=stop)
    threading.Thread(target=lambda: (wait_until(lambda: server.served), stop.request())).start()

    with pytest.raises(RequestCut, match="the run ends"):
        invite(client)


def test_deadline_cuts_requests_in_flight_after_its_grace(opened):
    stop, server = StopSignal(grace_seconds=0.05), serve(opened, silent)
    stop.ends_at = time.monotonic() + 0.05

    with pytest.raises(RequestCut, match="the run ends"):
        invite(chime_at(opened, server.url, limits=LONG, cut=stop))


def s3_at(opened, behaviour, *, seconds=FOREVER, cut=NEVER):
    server = serve(opened, behaviour)
    access = Access(endpoint_url=server.url, region="eu-central-1", **ANYONE)
    limits = RequestLimits(seconds=seconds, step_bytes=1000, last_seconds=0.05)
    return server, opened.enter_context(closing(open_s3(access, limits=limits, cut=cut)))


def object_head(length):
    return b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: %d\r\n\r\n' % length


def test_object_that_drips_is_cut(opened):
    """A time-out of a read, so that reading goes on with another connection."""
    _, client = s3_at(opened, dripping(object_head(10**6)), seconds=2)
    body = client.get_object(Bucket="bucket", Key="key")["Body"]

    with closing(body), pytest.raises(ReadTimeoutError):
        body.read()


def test_object_that_keeps_coming_takes_its_time(opened):
    """Longer than the limit in all, but never without progress for as long."""
    _, client = s3_at(opened, dripping(object_head(60_000), b"x" * 1000, pause_seconds=0.04), seconds=2)
    body = client.get_object(Bucket="bucket", Key="key")["Body"]

    with closing(body):
        assert len(body.read()) == 60_000


def test_object_has_no_largest_size(opened):
    length = LARGEST_ANSWER_BYTES + 2**20
    _, client = s3_at(opened, flooding(object_head(length), b"x" * 2**20))
    body = client.get_object(Bucket="bucket", Key="key")["Body"]

    with closing(body):
        assert sum(len(block) for block in iter(lambda: body.read(2**20), b"")) == length


@pytest.mark.parametrize("status", [b"200 OK", b"404 Not Found"])
def test_answer_of_s3_that_is_no_object_has_a_largest_size(opened, status):
    _, client = s3_at(opened, flooding(b"HTTP/1.1 " + status + b"\r\n\r\n", b"<x>" * 2**18))
    ask = client.list_objects_v2 if status == b"200 OK" else client.get_object
    named = {"Bucket": "bucket"} if status == b"200 OK" else {"Bucket": "bucket", "Key": "key"}

    with pytest.raises(RequestCut, match="more than 10 MB"):
        ask(**named)


def test_object_in_flight_is_cut_when_the_run_ends(opened):
    switch = Switch()
    _, client = s3_at(opened, dripping(object_head(10**6)), cut=switch)
    body = client.get_object(Bucket="bucket", Key="key")["Body"]
    switch.at = time.monotonic()

    with closing(body), pytest.raises(RequestCut, match="the run ends"):
        body.read()


def test_last_report_may_still_be_sent_when_the_run_ends(opened):
    """S3 gets a moment to answer each request that begins after the cut time, or goes on."""
    switch, done = Switch(), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    server = serve(opened, answering(done))
    limits = RequestLimits(seconds=FOREVER, step_bytes=1000, last_seconds=FOREVER)
    access = Access(endpoint_url=server.url, region="eu-central-1", **ANYONE)
    client = opened.enter_context(closing(open_s3(access, limits=limits, cut=switch)))
    switch.at = time.monotonic()

    client.put_object(Bucket="bucket", Key="key", Body=b"report")

    assert server.served == 1


@pytest.mark.soak
def test_lazy_client_of_s3_is_cut_by_the_stop_of_the_run(opened):
    server = serve(opened, silent)
    access = Access(endpoint_url=server.url, region="eu-central-1", **ANYONE)
    s3, stop = LazyS3Client(access), StopSignal(grace_seconds=0)
    client = opened.enter_context(closing(s3()))
    s3.cut = stop
    threading.Thread(target=lambda: (wait_until(lambda: server.served), stop.request())).start()

    with pytest.raises(RequestCut, match="the run ends"):
        client.list_objects_v2(Bucket="bucket")


def test_error_of_the_service_arrives_unchanged(opened):
    answer = b"HTTP/1.1 400 Bad Request\r\nx-amzn-errortype: BadRequestException\r\nContent-Length: 2\r\n\r\n{}"

    with pytest.raises(ClientError, match="BadRequestException"):
        invite(chime_at(opened, serve(opened, answering(answer)).url))


def test_botocore_is_built_as_these_limits_expect(opened):
    """If this fails, botocore has changed, and ``limited_clients`` must find another way to its connections."""
    client = chime_at(opened, "http://127.0.0.1:1")
    manager = client._endpoint.http_session._manager  # noqa: SLF001 - see above
    pools = [manager.connection_from_url(f"{scheme}://127.0.0.1:1") for scheme in ("http", "https")]
    makers = {each.ConnectionCls for each in pools}

    assert hasattr(client, "_make_api_call")
    assert all(issubclass(each, HTTPConnection) and limited_clients.__name__ == each.__module__ for each in makers)
    assert len(makers) == 2
