"""What became of each address of one chunk?

A definite refusal of a chunk means that one address in it is unacceptable, so the chunk is halved until that address
is alone; the others are invited. An address that the answer does not name is unknown, never "OK".

A refusal may also have a reason that has nothing to do with addresses. Then every piece of every chunk is refused. So
once a chunk was refused down to its eighths, with nobody taken, it is up to the caller, who knows of other chunks,
whether halving goes on or the run ends.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from onboarding.destinations import Receipt, Refused, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed, ExitCode
from onboarding.model.outcomes import Outcome, State
from onboarding.model.plan import Chunk, Invitee
from onboarding.model.sent import TOO_LATE, Ending
from onboarding.sending.rate.limiter import NoTurn
from onboarding.sending.retry import Patience

PIECES = 15
"""A chunk, its halves, quarters and eighths."""


@dataclass
class RefusedThroughout(Exception):
    """Whoever is in a request, it is refused. Carries the service's code."""

    code: str


Halt = Throttled | Unreachable | DestinationClosed | RefusedThroughout | NoTurn
"""After which nothing more may be sent: patience is at its end, or the destination is, or the run."""

_Answer = Mapping[str, Receipt] | Refused | Unconfirmed | Halt


@dataclass(frozen=True, slots=True)
class Delivery:
    """One outcome for each address of a chunk, the number of requests it took, and what halts the run, if anything."""

    outcomes: tuple[Outcome, ...]
    requests: int
    halted_by: Halt | None = None


def deliver(
    chunk: Chunk,
    invite: Callable[[Chunk], Mapping[str, Receipt]],
    patience: Patience,
    *,
    refuses_all: Callable[[], bool] = lambda: True,
    is_repeatable: bool = False,
) -> Delivery:
    """Send a chunk, in as many requests as it takes.

    ``invite`` sends one request, as ``Destination.invite`` does, and may raise ``NoTurn`` instead. ``refuses_all`` is
    asked at most once, of a chunk that was refused throughout: whether the service refuses all others as well.
    ``is_repeatable`` says that the service acts on each request once, however often it is sent.
    """
    outcomes: list[Outcome] = []
    to_send = deque([(chunk, 0)])
    requests = refused = 0
    while to_send:
        piece, attempts = to_send.popleft()
        answer, tries = _ask(piece, invite, patience, is_repeatable=is_repeatable)
        attempts += tries
        requests += tries
        if isinstance(answer, Refused):
            refused += 1
            if refused == PIECES and not outcomes and refuses_all():
                answer = RefusedThroughout(answer.code)
        match answer:
            case Refused() if len(piece.invitees) > 1:
                to_send += [(half, attempts) for half in _halves(piece)]
            case Refused(code=code):
                outcomes += _all(piece, State.FAILED, attempts, code)
            case Throttled() | Unreachable() | DestinationClosed() | RefusedThroughout() | NoTurn():
                for unsent, tried in [(piece, attempts), *to_send]:
                    outcomes += _all(unsent, State.RELEASED, tried)
                return Delivery(tuple(outcomes), requests, answer)
            case Unconfirmed(cause=cause):
                outcomes += _all(piece, State.IN_DOUBT, attempts, cause)
            case receipts:
                outcomes += [outcome_of(invitee, receipts.get(invitee.key), attempts) for invitee in piece.invitees]
    return Delivery(tuple(outcomes), requests)


def outcome_of(invitee: Invitee, receipt: Receipt | None, attempts: int) -> Outcome:
    """Return what became of an invitee of whom the service says this, or nothing."""
    if receipt is None:
        return Outcome(invitee.position, invitee.key, State.IN_DOUBT, attempts, error="NotInAnswer")
    refused = State.THERE if receipt.is_there else State.FAILED
    return Outcome(
        invitee.position,
        invitee.key,
        refused if receipt.error else State.INVITED,
        attempts,
        receipt.invite_id,
        receipt.invite_status,
        receipt.email_status,
        receipt.error,
    )


def _ask(
    piece: Chunk, invite: Callable[[Chunk], Mapping[str, Receipt]], patience: Patience, *, is_repeatable: bool
) -> tuple[_Answer, int]:
    policy = patience.for_repeatable_invitation() if is_repeatable else patience.for_invitation()
    try:
        answer: _Answer = policy(invite, piece)
    except NoTurn as error:
        return error, policy.statistics["attempt_number"] - 1  # the last one never left
    except (Refused, Unconfirmed, Throttled, Unreachable, DestinationClosed) as error:
        answer = error
    return answer, policy.statistics["attempt_number"]


def _halves(piece: Chunk) -> Iterator[Chunk]:
    middle = len(piece.invitees) // 2
    yield replace(piece, invitees=piece.invitees[:middle], token="")
    yield replace(piece, invitees=piece.invitees[middle:], token="")


def _all(piece: Chunk, state: State, attempts: int, error: str = "") -> list[Outcome]:
    return [Outcome(invitee.position, invitee.key, state, attempts, error=error) for invitee in piece.invitees]


def ending_of(halt: Halt) -> Ending:
    """Return the ending that an answer brings about."""
    match halt:
        case NoTurn():
            return TOO_LATE
        case RefusedThroughout(code=code):
            return Ending(
                ExitCode.CLOSED,
                f"The service refuses every request ({code}), whoever is in it; check the account and --user-type.",
            )
        case Throttled():
            return Ending(ExitCode.STOPPED, "The service kept throttling; run again later to send the rest.")
        case Unreachable(cause=cause):
            return Ending(
                ExitCode.CLOSED, f"The service can no longer be reached ({cause}); run again to send the rest."
            )
        case DestinationClosed():
            return Ending(ExitCode.CLOSED, str(halt))
