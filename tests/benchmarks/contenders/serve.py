"""Serve a sandbox in memory until stdin ends: ``serve.py RATE BURST LATENCY_SECONDS JITTER [AT:RATE …]``.

Rate 0 is none. Prints its URL, and at the end its counts. The rate changes so many seconds after the first invitation.
"""

import json
import sys
import threading
import time
from dataclasses import asdict, replace

from onboarding.sandbox import Sandbox

# ruff: noqa: T201  it is to be read by the benchmark


def main(rate: float, burst: int, latency_seconds: float, jitter: float, steps: list[tuple[float, float]]) -> None:
    """Serve."""
    with Sandbox(rate=rate or None, burst=burst, latency_seconds=latency_seconds, jitter=jitter) as sandbox:
        print(sandbox.url, flush=True)
        threading.Thread(target=change, args=(sandbox, steps), daemon=True).start()
        sys.stdin.read()
        print(json.dumps(asdict(sandbox.counts())), flush=True)


def change(sandbox: Sandbox, steps: list[tuple[float, float]]) -> None:
    """Change the rate at each step, counted from the first invitation."""
    while not sandbox.counts().requests.get("InviteUsers"):
        time.sleep(0.01)
    begun = time.monotonic()
    for at, rate in steps:
        time.sleep(max(0.0, begun + at - time.monotonic()))
        sandbox.settings = replace(sandbox.settings, rate=rate)


if __name__ == "__main__":
    given = [tuple(map(float, step.split(":"))) for step in sys.argv[5:]]
    main(float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), given)
