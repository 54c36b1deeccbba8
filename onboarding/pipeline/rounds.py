"""How is what is open sent, and sent again where it turned out not to have arrived?"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

import pandas as pd
import structlog

from onboarding.model.errors import DestinationClosed, ExitCode, Interrupted, StillThrottled
from onboarding.model.outcomes import State
from onboarding.model.plan import Chunk
from onboarding.model.sent import Ending, Sent, stopped_by_signal
from onboarding.pipeline.job import Job
from onboarding.preparing import make_chunks
from onboarding.runtime.terminal import Advance
from onboarding.sending import Dispatcher

log = structlog.get_logger()

ROUNDS = 3
"""How often a run sends what turned out not to have arrived, the first time included."""


def send(job: Job, to_send: int, *, after: int, invited: int = 0) -> Sent:
    """Send all that is open and has no outcome, or a wave of it, and again what turned out not to have arrived.

    ``after`` and ``invited`` are the chunks and the people of the run before: a wave that was cut short is filled up.
    """
    sent = Sent()
    wave = job.settings.wave or job.run.settings.get("wave")  # that of the run that is resumed
    left = max(0, to_send - (int(str(wave)) - invited % int(str(wave)))) if wave else 0
    to_send -= left
    for _ in range(ROUNDS):
        with job.timed("send"):
            advance = job.bars.bar("inviting", to_send)
            dispatcher = Dispatcher(
                job.run.run_id,
                job.opened.destination,
                job.ledger,
                job.sending_policy,
                pace=job.pace,
                concurrency=job.settings.concurrency,
                stop=job.stop,
            )
            chunks = _first(to_send, make_chunks(_unsent(job), after=after + sent.chunks))
            sent += dispatcher.send(chunks, partial(_tell, advance))
        to_send, ending = (0, sent.ending) if sent.ending else _released(job)
        sent += Sent(ending=ending)
        if not to_send:
            break
    job.remember_rate()
    if left and not sent.ending:
        told = f"A wave of {wave} people; {left} are left: onboard resume goes on with the next."
        sent += Sent(ending=Ending(ExitCode.STOPPED, told))
    return sent


def outcomes_of(job: Job, frame: pd.DataFrame) -> pd.DataFrame:
    """Return what became of those rows of a frame that were claimed, as ``Ledger.outcomes`` does."""
    return job.ledger.outcomes(job.run.run_id, int(frame.index[0]), int(frame.index[-1]) + 1)


def final(outcomes: pd.DataFrame) -> pd.Index:
    """Return the positions of outcomes after which nothing more is sent."""
    return outcomes.index[outcomes["state"] != State.RELEASED]


def _unsent(job: Job) -> Iterator[pd.DataFrame]:
    """Yield a run's rows without those whose outcome is final."""
    for frame in job.ledger.rows(job.run.run_id):
        yield frame.drop(frame.index.intersection(final(outcomes_of(job, frame))))


def _tell(advance: Advance, count: int, so_far: Sent) -> None:
    advance(count, so_far.as_text())


def _first(people: int, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Yield the chunks of the first so many people."""
    for chunk in chunks:
        if people > 0:
            yield replace(chunk, invitees=chunk.invitees[:people])
        people -= len(chunk.invitees)


def _released(job: Job) -> tuple[int, Ending | None]:
    """Settle what is in doubt; return how many addresses may be sent again, and why the run ends if a signal came."""
    try:
        return job.settle_doubts().released, None
    except (StillThrottled, DestinationClosed) as error:
        log.warning("doubt.left", error=type(error).__name__)
        return 0, None
    except Interrupted as stopped:
        return 0, stopped_by_signal(stopped.exit_code)
