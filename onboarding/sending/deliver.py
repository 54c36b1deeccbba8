"""What became of each address of one chunk?

A definite refusal of a chunk means that one address in it is unacceptable, so the chunk is halved until that address
is alone; the others are invited. An address that the answer does not name is unknown, never "OK".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from onboarding.destinations import Destination, Receipt, Refused, Throttled, Unconfirmed, Unreachable
from onboarding.errors import DestinationClosed
from onboarding.outcomes import Outcome, State
from onboarding.plan import Chunk, Invitee
from onboarding.sending.retry import Patience

Halt = Throttled | Unreachable | DestinationClosed
"""The answers after which nothing more may be sent: patience is at its end, or the destination is."""

_Answer = Mapping[str, Receipt] | Refused | Unconfirmed | Halt


@dataclass(frozen=True, slots=True)
class Delivery:
    """One outcome for each address of a chunk, the number of requests it took, and what halts the run, if anything."""

    outcomes: tuple[Outcome, ...]
    requests: int
    halted_by: Halt | None = None


def deliver(chunk: Chunk, destination: Destination, patience: Patience) -> Delivery:
    """Send a chunk, in as many requests as it takes."""
    outcomes: list[Outcome] = []
    to_send = [(chunk, 0)]
    requests = 0
    while to_send:
        piece, attempts = to_send.pop()
        answer, tries = _ask(piece, destination, patience)
        attempts += tries
        requests += tries
        match answer:
            case Refused() if len(piece.invitees) > 1:
                to_send += [(half, attempts) for half in _halves(piece)]
            case Refused(code=code):
                outcomes += _all(piece, State.FAILED, attempts, code)
            case Throttled() | Unreachable() | DestinationClosed():
                for unsent, tried in [*to_send, (piece, attempts)]:
                    outcomes += _all(unsent, State.RELEASED, tried)
                return Delivery(tuple(outcomes), requests, answer)
            case Unconfirmed(cause=cause):
                outcomes += _all(piece, State.IN_DOUBT, attempts, cause)
            case receipts:
                outcomes += [_outcome(invitee, receipts.get(invitee.key), attempts) for invitee in piece.invitees]
    return Delivery(tuple(outcomes), requests)


def _ask(piece: Chunk, destination: Destination, patience: Patience) -> tuple[_Answer, int]:
    policy = patience.for_invitation()
    try:
        answer: _Answer = policy(destination.invite, piece)
    except (Refused, Unconfirmed, Throttled, Unreachable, DestinationClosed) as error:
        answer = error
    return answer, policy.statistics["attempt_number"]


def _halves(piece: Chunk) -> Iterator[Chunk]:
    middle = len(piece.invitees) // 2
    yield replace(piece, invitees=piece.invitees[middle:])
    yield replace(piece, invitees=piece.invitees[:middle])


def _all(piece: Chunk, state: State, attempts: int, error: str = "") -> list[Outcome]:
    return [Outcome(invitee.position, invitee.key, state, attempts, error=error) for invitee in piece.invitees]


def _outcome(invitee: Invitee, receipt: Receipt | None, attempts: int) -> Outcome:
    if receipt is None:
        return Outcome(invitee.position, invitee.key, State.IN_DOUBT, attempts, error="NotInAnswer")
    return Outcome(
        invitee.position,
        invitee.key,
        State.FAILED if receipt.error else State.INVITED,
        attempts,
        receipt.invite_id,
        receipt.invite_status,
        receipt.email_status,
        receipt.error,
    )
