"""The dispatcher hears the signals of its process while threads send."""

import os
import signal
import time

import pytest
from fakes import FakeClaims, FakeDestination, FakeTime, chunk

from onboarding.model.errors import ExitCode
from onboarding.model.outcomes import InviteState
from onboarding.runtime.signals import StopSignal
from onboarding.sending import ClaimLog, Dispatcher, Pace, RetryPolicy


def send_signal(number, stop) -> None:
    """Send this process a signal from any thread, and return when the main thread has heard it."""
    os.kill(os.getpid(), number)
    until = time.monotonic() + 60
    while not stop.is_requested():
        assert time.monotonic() < until
        time.sleep(0.001)


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)]
)
def test_signal_lets_the_chunk_in_flight_finish(number, exit_code):
    clock, claims = FakeTime(), FakeClaims()
    with StopSignal() as stop:
        destination = FakeDestination(on_invite=lambda _chunk: send_signal(number, stop))
        policy = RetryPolicy(clock.clock, clock.sleep)
        dispatcher = Dispatcher(destination, ClaimLog("r1", claims), policy, pace=Pace(), concurrency=1, stop=stop)

        sent = dispatcher.send(chunk([f"person{at}@example.com"], number=at + 1, start=at) for at in range(3))

    assert sent.ending.exit_code is exit_code
    assert claims.state == {0: InviteState.INVITED}
