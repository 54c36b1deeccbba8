"""What stands in for the service, the ledger and the clock, so that sending can be tested without any of them?"""

from collections.abc import Callable, Collection, Mapping, Sequence

from onboarding.destinations import Receipt, Refused
from onboarding.outcomes import Outcome, State
from onboarding.plan import Chunk, Invitee, Scope

SCOPE = Scope("fake", "account")


class FakeTime:
    """A clock that moves only while somebody sleeps on it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class FakeDestination:
    """A service that takes every address, but for what it was told to do otherwise.

    ``answers`` are what the first requests get: an exception to raise, or None to be served. A request that holds one
    of ``refused`` is refused as a whole. ``receipts`` says what is answered for single addresses: None leaves one out.
    """

    scope = SCOPE

    def __init__(
        self,
        *answers: Exception | None,
        refused: Collection[str] = (),
        receipts: Mapping[str, Receipt | None] | None = None,
        on_invite: Callable[[Chunk], None] = lambda _chunk: None,
    ) -> None:
        self._answers = list(answers)
        self._refused = frozenset(refused)
        self._receipts = receipts or {}
        self._on_invite = on_invite
        self.requests: list[tuple[str, ...]] = []
        self.invited: list[str] = []

    def check(self) -> str:
        return "Example account"

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        self._on_invite(chunk)
        addresses = tuple(invitee.address for invitee in chunk.invitees)
        self.requests.append(addresses)
        if self._answers and (error := self._answers.pop(0)):
            raise error
        if self._refused.intersection(addresses):
            raise Refused("BadRequestException")
        self.invited += addresses
        sent = Receipt(invite_id="an id", invite_status="Pending", email_status="Sent")
        receipts = {one.key: self._receipts.get(one.address, sent) for one in chunk.invitees}
        return {key: receipt for key, receipt in receipts.items() if receipt}


class FakeClaims:
    """A ledger in memory that takes no step out of order."""

    def __init__(self) -> None:
        self.state: dict[int, State] = {}
        self.journal: list[str] = []
        self._chunk_of: dict[int, int] = {}

    def claim(self, _run_id: str, scope: Scope, chunk: Chunk) -> None:
        assert scope == SCOPE
        assert not self.state.keys() & {invitee.position for invitee in chunk.invitees}
        self.state |= {invitee.position: State.IN_FLIGHT for invitee in chunk.invitees}
        self._chunk_of |= {invitee.position: chunk.number for invitee in chunk.invitees}
        self.journal.append(f"claim {chunk.number}")

    def note_invite(self, chunk: Chunk) -> None:
        """Fail unless everyone who is about to be mailed was claimed."""
        assert all(self.state[invitee.position] is State.IN_FLIGHT for invitee in chunk.invitees)
        self.journal.append(f"invite {chunk.number}")

    def settle(self, _run_id: str, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            assert self.state[outcome.position] is State.IN_FLIGHT
            self.state[outcome.position] = outcome.state
        self.journal += {f"settle {self._chunk_of[outcome.position]}": None for outcome in outcomes}


def chunk(addresses: Sequence[str], *, number: int = 1, start: int = 0) -> Chunk:
    """Return a chunk of these addresses, at positions from ``start``."""
    return Chunk(number, tuple(Invitee(start + at, one, one.casefold()) for at, one in enumerate(addresses)))
