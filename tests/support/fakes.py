"""Fakes of the service, the ledger, the workers and the clock, so that sending can be tested without them."""

import pickle
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from onboarding.destinations import Member, MemberPage, Receipt, Refused
from onboarding.destinations.port import Ask, at_once
from onboarding.model.columns import Mask
from onboarding.model.outcomes import InviteState, MembershipStatus, Outcome
from onboarding.model.plan import Chunk, Invitee, Scope
from onboarding.preparing.dask.workers import TaskFailure, run_task
from onboarding.runtime.boot_clock import BootClock

SCOPE = Scope("chime", "account")


class FakeTime:
    """A clock that moves only during sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.on_sleep: Callable[[float], None] = lambda _seconds: None

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.on_sleep(seconds)
        self.slept.append(seconds)
        self.now += seconds


class WallClock:
    """A wall clock that moves only when a test advances it."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class FakeMachine:
    """The clocks of a machine: a wall clock that tests may set, and a boot clock that only goes forward."""

    def __init__(self) -> None:
        self.wall = WallClock()
        self.boots = 1
        self._up = 100.0

    @property
    def boot_clock(self) -> BootClock:
        return BootClock(f"boot {self.boots}", lambda: self._up)

    def pass_time(self, seconds: float) -> None:
        self.wall.advance(seconds)
        self._up += seconds

    def boot(self, *, seconds: float = 0.0) -> None:
        """Boot the machine again, which takes a time in seconds."""
        self.wall.advance(seconds)
        self.boots += 1
        self._up = 5.0


class FakeDestination:
    """A service that takes every address unless a test says otherwise, and shows the people whom it took.

    ``members`` are there from the start, in that order. ``answers`` are what the first requests get: an exception to
    raise, or None to be served. The service refuses a request that holds an address of ``refused``. ``receipts``
    has the answers for single addresses: None leaves the address out. ``without_address`` is how many members each page
    shows without an address. With ``knows_tokens`` it acts only once on requests with the same token.
    """

    scope = SCOPE

    def __init__(
        self,
        *answers: Exception | None,
        refused: Collection[str] = (),
        receipts: Mapping[str, Receipt | None] | None = None,
        on_invite: Callable[[Chunk], None] = lambda _chunk: None,
        members: Mapping[str, MembershipStatus] | None = None,
        page_size: int = 3,
        without_address: int = 0,
        knows_tokens: bool = False,
    ) -> None:
        self._knows_tokens = knows_tokens
        self._answered: dict[str, Mapping[str, Receipt]] = {}
        self._answers = list(answers)
        self.refused = frozenset(refused)
        self._receipts = receipts or {}
        self._on_invite = on_invite
        self.members = dict(members or {})
        self.invited_on: datetime | None = None
        self._page_size = page_size
        self.without_address = without_address
        self.questions: list[str] = []
        self.requests: list[tuple[str, ...]] = []
        self.invited: list[str] = []

    def check(self, ask: Ask = at_once) -> str:
        return ask(lambda: "Example account")

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        self._on_invite(chunk)
        addresses = tuple(invitee.address for invitee in chunk.invitees)
        self.requests.append(addresses)
        if self._answers and (error := self._answers.pop(0)):
            raise error
        if self.refused.intersection(addresses):
            raise Refused("BadRequestException")
        if (token := self.token(chunk)) in self._answered:
            return self._answered[token]
        self.invited += addresses
        self.members |= {address: MembershipStatus.PENDING for address in addresses if address not in self.members}
        sent = Receipt(invite_id="an id", invite_status="Pending", email_status="Sent")
        receipts = {one.key: self._receipts.get(one.address, sent) for one in chunk.invitees}
        named = {key: receipt for key, receipt in receipts.items() if receipt}
        if token:
            self._answered[token] = named
        return named

    def token(self, chunk: Chunk) -> str:
        assert chunk.invitees
        return "".join(invitee.key for invitee in chunk.invitees) if self._knows_tokens else ""

    def look_up(self, address: str, ask: Ask = at_once) -> Member | None:
        return ask(lambda: self._look_up(address))

    def _look_up(self, address: str) -> Member | None:
        self._question("look_up")
        if address in self.refused:
            raise Refused("BadRequestException")
        found = (
            Member(one, how, self.invited_on)
            for one, how in self.members.items()
            if one.casefold() == address.casefold()
        )
        return next(found, None)

    def page(self, following: str) -> MemberPage:
        self._question("page")
        start = int(following or 0)
        members = [Member(address, how) for address, how in self.members.items()]
        end = start + self._page_size
        return MemberPage(tuple(members[start:end]), str(end) if end < len(members) else "", self.without_address)

    def _question(self, kind: str) -> None:
        self.questions.append(kind)
        if self._answers and (error := self._answers.pop(0)):
            raise error


class FakeClaims:
    """A ledger in memory that takes no step out of order."""

    def __init__(self) -> None:
        self.state: dict[int, InviteState] = {}
        self.attempts: Counter[int] = Counter()
        self.journal: list[str] = []
        self.taken_back: list[int] = []
        """The numbers of the chunks whose repeated request was taken back."""
        self._claimed: dict[int, tuple[int, str]] = {}

    def claim(self, _run_id: str, scope: Scope, chunk: Chunk, *, granted: Callable[[], None] = lambda: None) -> None:
        assert scope == SCOPE
        granted()
        request = (chunk.number, chunk.token)
        for invitee in chunk.invitees:
            state = self.state.get(invitee.position, InviteState.RELEASED)
            is_repetition = bool(chunk.token) and self._claimed.get(invitee.position) == request
            assert state is InviteState.RELEASED or (state is InviteState.IN_FLIGHT and is_repetition)
        self.state |= {invitee.position: InviteState.IN_FLIGHT for invitee in chunk.invitees}
        self._claimed |= {invitee.position: request for invitee in chunk.invitees}
        self.journal.append(f"claim {chunk.number}")

    def repeat(self, _run_id: str, number: int, *, is_taken_back: bool = False) -> None:
        assert is_taken_back
        self.taken_back.append(number)

    def note_invite(self, chunk: Chunk) -> None:
        """Fail unless all people of the chunk were claimed."""
        assert all(self.state[invitee.position] is InviteState.IN_FLIGHT for invitee in chunk.invitees)
        self.journal.append(f"invite {chunk.number}")

    def settle(self, _run_id: str, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            assert self.state[outcome.position] is InviteState.IN_FLIGHT
            self.state[outcome.position] = outcome.state
            self.attempts[outcome.position] += outcome.attempts
        self.journal += {f"settle {self._claimed[outcome.position][0]}": None for outcome in outcomes}


class FakeDoubts:
    """A ledger in memory that has doubts: address by run and position. Their age grows with the clock of ``time``."""

    def __init__(
        self, doubts: Mapping[tuple[str, int], str], time: FakeTime, *, age_seconds: float = 0.0, **columns: object
    ) -> None:
        self._doubts = dict(doubts)
        self._time = time
        self._arose = time.now - age_seconds
        self._columns = {"claimed_at": "", "earlier_at": "", "departures": 1, "losses": 0} | columns
        self.settled: dict[tuple[str, int], Outcome] = {}
        self.chunk: Chunk | None = None
        """What ``claimed`` returns for chunk 1 of run r1."""
        self.repeated: list[tuple[str, int]] = []

    def doubts(self, scope: Scope) -> pd.DataFrame:
        assert scope == SCOPE
        age = self._time.now - self._arose
        rows = [
            {"run_id": run_id, "address": address, "position": at, "chunk": 1, "age_seconds": age, "token_seconds": age}
            for (run_id, at), address in sorted(self._doubts.items())
        ]
        names = ["run_id", "address", "position", "chunk", "age_seconds", "token_seconds"]
        return pd.DataFrame(rows, columns=names).assign(**self._columns)

    def claimed(self, run_id: str, number: int) -> Chunk | None:
        return self.chunk if (run_id, number) == ("r1", 1) else None

    def repeat(self, run_id: str, number: int, *, is_taken_back: bool = False) -> None:
        (self.repeated.remove if is_taken_back else self.repeated.append)((run_id, number))

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            del self._doubts[run_id, outcome.position]
            self.settled[run_id, outcome.position] = outcome


@dataclass
class FakeRepetitions:
    """Repetitions (``sending.doubts``) that settle ``replayed`` doubts. The first ``can_repeat`` doubts have tokens."""

    replayed: int = 0
    can_repeat: int = 0

    def replay(self, _doubts: pd.DataFrame) -> int:
        return self.replayed

    def repeatable(self, doubts: pd.DataFrame) -> Mask:
        return np.arange(len(doubts)) < self.can_repeat


def chunk(addresses: Sequence[str], *, number: int = 1, start: int = 0) -> Chunk:
    """Return a chunk of these addresses, at positions from ``start``."""
    return Chunk(number, tuple(Invitee(start + at, one, one.casefold()) for at, one in enumerate(addresses)))


class FakeWorkers:
    """Workers (``engine.Workers``) in this process that run functions at once; values travel as bytes."""

    threads = 2

    def submit(self, function: Callable[..., Any], *given: Any) -> Any:
        return _travelled(run_task(function, *_travelled(given)))

    def result(self, submitted: Any) -> Any:
        if isinstance(submitted, TaskFailure):
            raise submitted.error
        return submitted


def _travelled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - made here
