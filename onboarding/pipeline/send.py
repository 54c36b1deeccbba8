"""Send all open rows of a run, or one wave of people, and settle the doubts that arise.

A run sends each open row once. If the answer for a row was lost, the row is in doubt, and only a later run may send it
again. A wave has a limited number of people. ``onboard resume`` sends the next wave. The requests themselves, retries
and pace are in ``onboarding.sending``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from functools import partial

import pandas as pd
import pyarrow as pa

from onboarding.model.amounts import with_noun
from onboarding.model.errors import DestinationClosed, ExitCode, Interrupted, StillThrottled
from onboarding.model.plan import Chunk, Renewal
from onboarding.model.rows import is_open
from onboarding.model.run import Run
from onboarding.model.sent import Ending, Sent, SettledDoubts, Wave, stopped_by_signal
from onboarding.model.values import dataclass
from onboarding.pipeline.doubts import can_repeat_requests, settle_doubts
from onboarding.pipeline.job import Job
from onboarding.pipeline.review import Review, outcomes_of, settled_positions
from onboarding.preparing import make_chunks
from onboarding.runtime.destination_registry import destinations
from onboarding.runtime.logs import get_logger
from onboarding.sending import REQUEST_BUDGET_SECONDS, ClaimLog, Dispatcher

log = get_logger()


@dataclass(frozen=True, slots=True)
class Unsent:
    """How many people a run must still invite, and how many chunks and people its earlier requests had."""

    people: int
    chunks_before: int = 0
    people_before: int = 0


@dataclass(frozen=True, slots=True)
class SendingResult:
    """The totals of what was sent, and how doubts were settled before and after sending."""

    sent: Sent = field(default_factory=Sent)
    settled: SettledDoubts = field(default_factory=SettledDoubts)


def unsent_of(kept: Iterable[tuple[pd.DataFrame, pd.DataFrame]]) -> Unsent:
    """Return the number of people to whom a resumed run must still send, and the chunks and people that it sent before.

    ``kept`` has the reviewed frames of the run, each with the outcomes of its claimed rows.
    """
    people = chunks = before = 0
    for frame, outcomes in kept:
        people += int((is_open(frame) & ~frame.index.isin(settled_positions(outcomes))).sum())
        before += len(settled_positions(outcomes))
        chunks = max(chunks, int(outcomes["chunk"].max()) if len(outcomes) else 0)
    return Unsent(people, chunks, before)


def send_and_settle(job: Job, unsent: Unsent, settled: SettledDoubts) -> SendingResult:
    """Send each open row once, then settle the doubts that arose. A run with waves sends only the rows of one wave.

    ``settled`` says how earlier doubts were settled. The result also says this of the doubts that arose. If the last
    wave was cut short, only the rest of this wave is sent. Nothing is sent if all requests of this wave have left
    already.
    """
    wave = _wave(job)
    after_wave = max(0, unsent.people - _room_in_wave(wave, unsent.people_before, job.run)) if wave else 0
    sent = _send(job, unsent.people - after_wave, after=unsent.chunks_before)
    if not sent.ending:
        try:
            settled += settle_doubts(job, may_release=False)
        except (StillThrottled, DestinationClosed) as error:
            log.warning("doubt.left", error=type(error).__name__)
        except Interrupted as stopped:
            sent += Sent(ending=stopped_by_signal(stopped.exit_code))
    _remember_rate(job)
    if wave and not sent.ending and (people := unsent.people_before + unsent.people):
        sent += Sent(ending=_end_of_wave(wave, sent=people - after_wave, left=after_wave))
    return SendingResult(sent, settled)


def send_reviewed(job: Job, people: int, settled: SettledDoubts) -> SendingResult:
    """Send the open rows of a run that no guard stops, as ``send_and_settle`` does.

    First repeat the requests that earlier runs have left in doubt. If the answers settle doubts, review the kept rows
    again, so that the report says what happened to the people in doubt. If the service refused some people together and
    does not show them, smaller requests invite them. ``people`` is the number of open rows before the repetition.
    """
    if not can_repeat_requests(job):
        return send_and_settle(job, Unsent(people), settled)
    try:
        repeated = settle_doubts(job, may_release=True)
    except (StillThrottled, DestinationClosed, Interrupted) as error:  # sending meets the same error, and ends the run
        log.warning("doubt.left", error=type(error).__name__)
        return send_and_settle(job, Unsent(people), settled)
    changed = repeated.there or repeated.released
    unsent = unsent_of(Review(job).over_kept()) if changed else Unsent(people)
    return send_and_settle(job, unsent, settled + repeated)


def _room_in_wave(wave: int, people_before: int, run: Run) -> int:
    """Return the number of people to whom the current leg (the work of this process) may still send.

    ``wave`` is the size of a wave. ``people_before`` is the number of people to whom earlier legs of the run have sent.
    """
    waves, begun = divmod(people_before, wave)
    earlier = [leg for leg in run.legs if leg.number < run.leg]
    told = max((leg.wave.number for leg in earlier if leg.wave), default=0)
    if earlier and not earlier[-1].wave and not begun and waves > told:
        return 0  # the last leg has sent its whole wave, and died before it could say so
    return wave - begun


def _end_of_wave(wave: int, *, sent: int, left: int) -> Ending:
    """Return the ending of a wave that was sent as planned. This is a success, even if people are left for later waves.

    ``sent`` is how many people the run has sent to so far, and ``left`` how many people are left for later waves.
    """
    number = -(-sent // wave)
    ended = Wave(number, of=number + -(-left // wave), left=left)
    if not left:
        return Ending(ExitCode.SETTLED, f"{str(ended).capitalize()} sent: no people are left to invite.", ended)
    are_left = f"{with_noun(left, 'person is', 'people are')} left"
    waves = with_noun(ended.of - number, "more wave", "more waves")
    return Ending(ExitCode.SETTLED, f"{str(ended).capitalize()} sent, {are_left} for {waves}.", ended)


def _wave(job: Job) -> int:
    """Return the most people of a wave, or 0 if the run sends to all people at once.

    If the settings name no size, a resumed run keeps the size with which it began.
    """
    wave = job.settings.wave or job.run.settings.get("wave")
    return int(str(wave)) if wave else 0


def _send(job: Job, people: int, *, after: int) -> Sent:
    """Send to at most ``people`` people without an outcome, and return the totals of what was sent.

    ``after`` is the number of the last earlier chunk. New chunks get the numbers that follow.
    """
    with job.timer.phase("send"):
        advance = job.bars.bar("inviting", people)
        dispatcher = Dispatcher(
            job.account.destination,
            ClaimLog(job.run.run_id, job.ledger),
            replace(job.questions.policy, budget_seconds=REQUEST_BUDGET_SECONDS),
            pace=job.pace,
            concurrency=job.settings.concurrency,
            stop=job.stop,
        )
        losses_of = partial(job.ledger.losses, job.run.scope)
        most = destinations()[job.run.scope.destination].most_in_request
        chunks = make_chunks(
            _unsent_rows(job), after=after, most=most, losses_of=losses_of, renewals_of=partial(_renewals_of, job)
        )
        return dispatcher.send(_first(people, chunks), lambda count, so_far: advance(count, so_far.as_text()))


def _renewals_of(job: Job, keys: Sequence[str]) -> dict[str, Renewal]:
    """Return a ``Renewal`` for each person, by address key. ``keys`` are the keys of people to invite again.

    The review of this run has already asked the service about the people.
    """
    ids = job.account.members.ids_of_pending(pa.array(keys, pa.string()))
    sent = job.ledger.live_invites(job.run.scope, keys)
    times = zip(sent["key"].tolist(), sent["times"].tolist(), strict=True)
    return {key: Renewal(number + 1, ids.get(key, "")) for key, number in times}


def _unsent_rows(job: Job) -> Iterator[pd.DataFrame]:
    """Yield the rows of a run, in frames, except the rows that are settled."""
    for frame in job.ledger.rows(job.run.run_id):
        yield frame.drop(frame.index.intersection(settled_positions(outcomes_of(job, frame))))


def _first(people: int, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Yield the first chunks, which together have at most ``people`` people.

    The last chunk is cut to fit.
    """
    for chunk in chunks:
        if people > 0:
            yield replace(chunk, invitees=chunk.invitees[:people])
        people -= len(chunk.invitees)


def _remember_rate(job: Job) -> None:
    """Record the rate that the service allows, if this run has learnt it. The next run begins with this rate."""
    if job.pace.learnt is not None:
        log.info("pace.learnt", per_second=round(job.pace.learnt, 2))
        job.ledger.remember_rate(job.run.scope, job.pace.learnt)
