"""What does sending cost with a ledger? ``send_with_ledger.py CHUNKS LEDGER``, the word ``nothing`` for none.

A run with all that it asks of its ledger: who is remembered, rows kept, each chunk claimed and settled, outcomes told.
The service is one that answers at once, so that the ledger's time is all there is. Prints how many were invited, and
the seconds from the first chunk to the last.
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from math import inf

import pandas as pd
import structlog

from onboarding.destinations import Member, MemberPage, Receipt
from onboarding.destinations.port import Ask, at_once
from onboarding.ledger import Ledger
from onboarding.model.columns import text_array
from onboarding.model.outcomes import Outcome
from onboarding.model.plan import CHUNK_SIZE, Chunk, Scope
from onboarding.model.rows import DECIDED
from onboarding.model.run import Run
from onboarding.preparing.known import make_chunks
from onboarding.runtime.signals import StopSignal
from onboarding.sending import ClaimLog, Dispatcher, Pace, RetryPolicy

# ruff: noqa: T201  the figures are printed

SCOPE = Scope("chime", "account-1")
NOTHING = "nothing"


class Service:
    """Take everybody, at once."""

    scope = SCOPE

    def check(self, _ask: Ask = at_once) -> str:
        return "Example account"

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        return {one.key: Receipt(f"{one.position:036}", "Pending", "Sent") for one in chunk.invitees}

    def token(self, _chunk: Chunk) -> str:
        return ""

    def look_up(self, _address: str, _ask: Ask = at_once) -> Member | None:
        return None

    def page(self, _following: str) -> MemberPage:
        return MemberPage((), "")


class NoClaims:
    """Remember nothing."""

    def claim(self, run_id: str, scope: Scope, chunk: Chunk, *, granted: Callable[[], None] = lambda: None) -> None:
        pass

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        pass


def rows_of(people: int) -> pd.DataFrame:
    """Return decided rows of that many people who are to be invited."""
    addresses = text_array(f"person{number}@example.com" for number in range(people))
    columns = {name: text_array([""] * people) for name, dtype in DECIDED.items() if dtype != "int64"}
    columns |= {"row": pd.array(range(2, people + 2), "int64"), "email": addresses, "key": addresses}
    return pd.DataFrame(columns)[list(DECIDED)]


def main(chunks: int, place: str) -> None:
    """Send so many chunks."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    rows = rows_of(chunks * CHUNK_SIZE)
    with ExitStack() as stack:
        run = Run(run_id="bench", scope=SCOPE, command="run", version="0", started_at=datetime.now(UTC))
        ledger = None
        if place != NOTHING:
            ledger = stack.enter_context(Ledger.open(place, clock=lambda: datetime.now(UTC)))
            stack.enter_context(ledger.hold(run))
            ledger.doubt(SCOPE)
            ledger.begin(run)
            assert ledger.live_invites(SCOPE, rows["key"]).empty
            ledger.keep(run.run_id, 0, rows)
            ledger.record_inputs(run.run_id, [])
        dispatcher = Dispatcher(
            Service(),
            ClaimLog(run.run_id, ledger or NoClaims()),
            RetryPolicy(time.monotonic, time.sleep),
            pace=Pace(first=inf),
            concurrency=1,
            stop=StopSignal(),
        )
        begun = time.perf_counter()
        sent = dispatcher.send(make_chunks([rows]))
        seconds = time.perf_counter() - begun
        invited = len(ledger.outcomes(run.run_id, 0, len(rows))) if ledger else sent.chunks * CHUNK_SIZE
    print(json.dumps({"invited": invited, "seconds": seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
