"""How many requests does a strategy get through? ``send_at_rate.py STRATEGY URL SECONDS [KNOWN]``.

Invites chunks of 50 through boto3 for so many seconds, and prints how long it took to the last answer, how many were
taken, and the CPU seconds of that. ``KNOWN`` is the rate that ``onboard`` remembers from an earlier run. The variable
``BENCHMARK_LEDGER`` names the database of a strategy that needs a server.
"""

import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import ClientError
from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.chime.account import ChimeDestination, open_chime
from onboarding.ledger import Ledger
from onboarding.model.plan import CHUNK_SIZE, Chunk, Invitee
from onboarding.model.run import Run
from onboarding.runtime.aws import Access
from onboarding.runtime.signals import StopSignal
from onboarding.sending import ClaimLog, Dispatcher, Pace, RetryPolicy

# ruff: noqa: T201  the figures are printed

CONNECTIONS = 32
KEYS = ("anyone", "anything")

Send = Callable[[float], int]
"""Send until a moment, and return how many requests were taken."""


def main(strategy: str, url: str, seconds: float, known: float | None) -> None:
    """Send, and print the figures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    opened = onboard(url, known, strategy) if strategy in OURS else in_threads(url, *THEIRS[strategy])
    with opened as send:
        begun, cpu = time.monotonic(), time.process_time()
        taken = send(begun + seconds)
        figures = {"seconds": time.monotonic() - begun, "cpu_seconds": time.process_time() - cpu, "taken": taken}
    print(json.dumps(figures))


def chunk(number: int) -> Chunk:
    """Return a chunk of people whom nobody has invited."""
    places = range((number - 1) * CHUNK_SIZE, number * CHUNK_SIZE)
    return Chunk(number, tuple(Invitee(at, f"person{at}@example.com", f"person{at}@example.com") for at in places))


@contextmanager
def onboard(url: str, known: float | None, strategy: str) -> Iterator[Send]:
    """Send as a run does."""
    access = Access(endpoint_url=url, access_key=KEYS[0], secret_key=KEYS[1])
    destination = ChimeDestination(open_chime(access, connections=CONNECTIONS), TEAM_ACCOUNT)
    run = Run(run_id="bench", scope=destination.scope, command="run", version="0", started_at=datetime.now(UTC))
    claims: Ledger | NoClaims = NoClaims()
    with ExitStack() as stack:
        if strategy != NO_LEDGER:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            place = os.environ["BENCHMARK_LEDGER"] if strategy == ON_SERVER else folder / "ledger.db"
            claims = stack.enter_context(Ledger.open(place, clock=lambda: datetime.now(UTC)))
            stack.enter_context(claims.hold(run))
            claims.begin(run)

        def send(deadline: float) -> int:
            policy = RetryPolicy(time.monotonic, time.sleep, deadline=deadline)
            options = {"pace": Pace(known=known), "concurrency": CONNECTIONS, "stop": StopSignal()}
            sent = Dispatcher(destination, ClaimLog(run.run_id, claims), policy, **options).send(map(chunk, count(1)))
            return sent.requests - sent.throttled

        yield send


class NoClaims:
    """Remember nothing."""

    def claim(self, *_: object, **_options: object) -> None:
        """Take a chunk for claimed."""

    def settle(self, *_: object) -> None:
        """Take a chunk for settled."""


@contextmanager
def in_threads(url: str, threads: int, mode: str, attempts: int, policy: Callable[[float], Retrying]) -> Iterator[Send]:
    """Send in a loop in each of some threads, with botocore's retries or with a policy of tenacity's."""
    retries = {"mode": mode, "total_max_attempts": attempts}
    config = Config(retries=retries, max_pool_connections=threads)
    client = boto3.Session(*KEYS).client("chime", region_name="us-east-1", endpoint_url=url, config=config)
    numbers = count(1)

    def send_some(deadline: float) -> int:
        taken = 0
        while time.monotonic() < deadline:
            people = [invitee.address for invitee in chunk(next(numbers)).invitees]
            try:
                policy(deadline)(client.invite_users, AccountId=TEAM_ACCOUNT, UserEmailList=people)
                taken += 1
            except (ClientError, RetryError):
                pass
        return taken

    def send(deadline: float) -> int:
        with ThreadPoolExecutor(threads) as pool:
            return sum(pool.map(send_some, [deadline] * threads))

    yield send


def exponential(deadline: float) -> Retrying:
    """Return the usual policy: random exponential waits of 1 to 60 seconds."""
    return Retrying(
        retry=retry_if_exception_type(ClientError),
        wait=wait_random_exponential(1, 60),
        stop=stop_after_delay(max(0.0, deadline - time.monotonic())),
    )


def never(_deadline: float) -> Callable[..., object]:
    """Return a policy that calls once."""
    return lambda function, **request: function(**request)


NO_LEDGER, ON_SERVER = "onboard, no ledger", "onboard, PostgreSQL"
OURS = ("onboard", NO_LEDGER, ON_SERVER)
THEIRS = {
    "one thread, tenacity": (1, "standard", 1, exponential),
    "16 threads, tenacity": (16, "standard", 1, exponential),
    "16 threads, botocore standard": (16, "standard", 10, never),
    "16 threads, botocore adaptive": (16, "adaptive", 10, never),
    "bare loop, 32 threads": (32, "standard", 1, never),
}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]) if len(sys.argv) > 4 else None)
