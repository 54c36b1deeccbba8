"""Delivery of one chunk: its requests, one outcome for each address, and the run's ending after a final error.

A service mostly refuses a chunk because one address in it is unacceptable. So this module sends the two halves of a
refused chunk. It halves each refused piece again until the unacceptable address is alone. In this way the other
addresses are invited. If the answer to a request leaves out an address, the address is in doubt, and never counts as
invited.

A refusal may also have a reason that has nothing to do with addresses. Then the service refuses every piece of every
chunk. So if the service has refused a chunk, its halves, its quarters and its eighths, this module asks the dispatcher.
The dispatcher knows the answers to other chunks, and says whether to halve the pieces further or to end the run.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from onboarding.destinations import Receipt, Refused, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed, ExitCode
from onboarding.model.outcomes import InviteState, Outcome
from onboarding.model.plan import Chunk, Invitee
from onboarding.model.sent import TOO_LATE, Ending
from onboarding.model.values import dataclass
from onboarding.sending.departure import ClaimedRequests, ClaimExpired, all_outcomes
from onboarding.sending.retry import Retrying, RetryPolicy, TurnMissed, keeps_throttling

PIECES = 15
"""The number of requests for a chunk, its halves, its quarters and its eighths: 1 + 2 + 4 + 8."""


@dataclass
class RefusedThroughout(Exception):
    """The service refuses every request, with any addresses. ``code`` is the service's error code."""

    code: str


FinalError = Throttled | Unreachable | DestinationClosed | RefusedThroughout | TurnMissed
"""An error after which the run sends nothing more: retrying has failed, the destination is closed, or time is up."""

_Answer = Mapping[str, Receipt] | Refused | Unconfirmed | FinalError


@dataclass(frozen=True, slots=True)
class Delivery:
    """The result of one chunk: an outcome for each address, and the number of requests.

    ``stopped_by`` is the error that ends the run, or None if the run goes on.
    """

    outcomes: tuple[Outcome, ...]
    requests: int
    stopped_by: FinalError | None = None


def deliver(
    chunk: Chunk,
    requests: ClaimedRequests,
    policy: RetryPolicy,
    *,
    refuses_all: Callable[[], bool] = lambda: True,
) -> Delivery:
    """Send a chunk, and commit and return the outcomes of its addresses.

    The whole chunk is the first piece. A piece that the service refuses is halved, and its halves are sent. The
    outcomes of each piece are committed before the next piece is sent. ``requests`` must be new for each chunk.
    ``policy`` says how to repeat a request. ``refuses_all`` returns whether the service refuses all other chunks as
    well. This function is called at most once: when the chunk, its halves, its quarters and its eighths were all
    refused. The default returns True.
    """
    destination = Retrying(requests, policy)
    outcomes: list[Outcome] = []
    to_send = deque([chunk])
    refused = 0
    while to_send:
        piece = to_send.popleft()
        answer = _ask(piece, destination)
        refused += isinstance(answer, Refused)
        if isinstance(answer, Refused) and refused == PIECES and not outcomes and refuses_all():
            answer = RefusedThroughout(answer.code)
        is_halved = isinstance(answer, Refused) and len(piece.invitees) > 1 and not requests.lost
        found = _outcomes_of(piece, answer, requests)
        requests.settle(found)
        if is_halved:
            to_send += _halves(piece)
            continue
        outcomes += found
        if isinstance(answer, FinalError):
            for unsent in to_send:
                outcomes += all_outcomes(unsent, InviteState.RELEASED, attempts=0)
            return Delivery(tuple(outcomes), requests.requests, answer)
    return Delivery(tuple(outcomes), requests.requests)


def _ask(piece: Chunk, destination: Retrying) -> _Answer:
    try:
        return destination.invite(piece)
    except (Refused, Unconfirmed, Throttled, Unreachable, DestinationClosed, TurnMissed) as error:
        return error


def _halves(piece: Chunk) -> Iterator[Chunk]:
    middle = len(piece.invitees) // 2
    yield replace(piece, invitees=piece.invitees[:middle], token="")  # a request without a token  # nosec B106
    yield replace(piece, invitees=piece.invitees[middle:], token="")  # likewise  # nosec B106


def _outcomes_of(piece: Chunk, answer: _Answer, requests: ClaimedRequests) -> list[Outcome]:
    """Return the outcomes of a piece of a chunk, from the last answer to the piece's request.

    If an earlier answer to the same request was lost, only receipts show what happened to the people. Without receipts
    the people are in doubt.
    """
    attempts = requests.attempts
    match answer:
        case Mapping():
            return [outcome_of(invitee, answer.get(invitee.key), attempts) for invitee in piece.invitees]
        case Unconfirmed(cause=cause):
            return all_outcomes(piece, InviteState.IN_DOUBT, attempts, _with_losses(cause, piece))
        case _ if requests.lost:
            return all_outcomes(piece, InviteState.IN_DOUBT, attempts, _with_losses(requests.lost, piece))
        case Refused(code=code) if len(piece.invitees) == 1:
            return all_outcomes(piece, InviteState.FAILED, attempts, code)
        case _:
            return all_outcomes(piece, InviteState.RELEASED, attempts)


def _with_losses(cause: str, piece: Chunk) -> str:
    """Return a text about a lost answer: its ``cause``, and earlier losses for the same people.

    If earlier answers for the people in ``piece`` were lost as well, the text says how many. It then also says how many
    other people were in this request.
    """
    losses, others = max(invitee.losses for invitee in piece.invitees), len(piece.invitees) - 1
    if not losses:
        return cause
    company = f"with {others} others" if others else "alone"
    return f"{cause} (sent {company}, since {losses} earlier answers were lost)"


def outcome_of(invitee: Invitee, receipt: Receipt | None, attempts: int) -> Outcome:
    """Return the outcome for an invitee, from the service's receipt. Without a receipt the invitee is in doubt."""
    if receipt is None:
        return Outcome(invitee.position, invitee.key, InviteState.IN_DOUBT, attempts, error="NotInAnswer")
    refused = InviteState.THERE if receipt.is_member else InviteState.FAILED
    return Outcome(
        invitee.position,
        invitee.key,
        refused if receipt.error else InviteState.INVITED,
        attempts,
        receipt.invite_id,
        receipt.invite_status,
        receipt.email_status,
        receipt.error,
    )


def ending_after(error: FinalError) -> Ending:
    """Return the run's ending after a final error: its exit code and its message for the operator."""
    match error:
        case TurnMissed():
            return TOO_LATE
        case ClaimExpired(cause=cause):
            return Ending(ExitCode.STOPPED, f"Nothing more was sent, since {cause}; resume the run to send the rest.")
        case RefusedThroughout(code=code):
            return Ending(
                ExitCode.CLOSED,
                f"The service refuses every request ({code}), whatever addresses it holds; "
                "check the account and --user-type.",
            )
        case Throttled():
            return Ending(ExitCode.STOPPED, f"Not all was sent: {keeps_throttling(error)} to send the rest.")
        case Unreachable(cause=cause, endpoint=url):
            at = f" at {url}" if url else ""
            return Ending(
                ExitCode.CLOSED, f"The service can no longer be reached{at} ({cause}); resume the run to send the rest."
            )
        case DestinationClosed():
            return Ending(ExitCode.CLOSED, str(error))
