"""What a signal does to a run."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from time import monotonic

import pytest

from onboarding.model.errors import ExitCode
from onboarding.runtime.signals import StopSignal

SIGNALS = [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)]

TWO_SIGNALS = """
import os, signal, sys
from onboarding.runtime.signals import StopSignal

number = int(sys.argv[1])
with StopSignal() as stop:
    os.kill(os.getpid(), number)
    print("still here", stop.is_requested(), flush=True)
    os.kill(os.getpid(), number)
    print("never here")
"""

SIGNALS_WHILE_ASLEEP = """
import os, signal, threading
from onboarding.runtime.signals import StopSignal

for _ in range(300):
    with StopSignal() as stop:
        threading.Timer(0.0003, os.kill, (os.getpid(), signal.SIGINT)).start()
        while not stop.is_requested():
            stop.sleep(0)
print("done")
"""


def run(script, *arguments) -> subprocess.CompletedProcess:
    """Run a script in a process of its own, and fail if it takes longer than a minute."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_run_without_a_signal_is_not_stopped():
    with StopSignal() as stop:
        assert not stop.is_requested()
        assert stop.exit_code is None


def test_thread_leaves_the_signals_of_the_process_alone():
    def handlers():
        with StopSignal():
            return [signal.getsignal(number) for number, _ in SIGNALS]

    with ThreadPoolExecutor(1) as pool:
        inside = pool.submit(handlers).result()

    assert inside == [signal.getsignal(number) for number, _ in SIGNALS]


@pytest.mark.parametrize(("number", "exit_code"), SIGNALS)
def test_first_signal_asks_for_a_clean_stop(number, exit_code):
    with StopSignal() as stop:
        signal.raise_signal(number)

        assert stop.is_requested()
        assert stop.exit_code is exit_code


@pytest.mark.parametrize(("number", "exit_code"), SIGNALS)
def test_second_signal_ends_the_process(number, exit_code):
    """The process ends as without a handler, with the exit code that a shell gives to that signal."""
    child = run(TWO_SIGNALS, number)

    assert child.stdout == "still here True\n"
    assert child.returncode == -number
    assert exit_code == 128 + number


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_handlers_are_as_they_were_afterwards(number):
    before = signal.getsignal(number)

    with StopSignal():
        signal.raise_signal(signal.SIGTERM)

    assert signal.getsignal(number) is before


def test_sleep_ends_when_a_signal_comes():
    with StopSignal() as stop:
        Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
        begun = monotonic()

        stop.sleep(600)

        assert monotonic() - begun < 300
        assert stop.is_requested()


def test_no_sleep_lasts_once_a_signal_came():
    """The rule holds for every sleep, in every thread."""
    with StopSignal() as stop:
        signal.raise_signal(signal.SIGTERM)
        begun = monotonic()

        for _ in range(3):
            stop.sleep(600)

        assert monotonic() - begun < 300


def test_sleep_lasts_as_long_as_it_should():
    with StopSignal() as stop:
        begun = monotonic()

        stop.sleep(0.02)

        assert monotonic() - begun >= 0.02


@pytest.mark.soak
def test_signal_in_the_midst_of_a_sleep_never_blocks_the_process():
    """If the handler waited for a lock of the sleep that it interrupts, only SIGKILL could end the run."""
    assert run(SIGNALS_WHILE_ASLEEP).stdout == "done\n"
