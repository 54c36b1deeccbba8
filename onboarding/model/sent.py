"""The result of sending: its sums, its progress over time, why it ended, and how doubts were settled.

A run of a day has no more moments than a run of minutes. Each moment has the sums since the start, so that leaving
out a moment loses only its exact time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from onboarding.model.errors import ExitCode

MOST_MOMENTS = 240
"""More than a chart can show apart."""

FIRST_STEP_SECONDS = 0.05
"""How far apart moments are at first. The step doubles whenever there are too many."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The sums of the work done until ``seconds`` after the start of sending.

    ``addresses`` counts addresses that the service took or refused for good. ``throttled`` counts the ``requests`` that
    were answered with 429.
    """

    seconds: float = 0.0
    addresses: int = 0
    requests: int = 0
    throttled: int = 0

    def plus(self, seconds: float, addresses: int, requests: int, throttled: int) -> "Moment":
        """Return the moment at ``seconds``, when so much more was done."""
        return Moment(seconds, self.addresses + addresses, self.requests + requests, self.throttled + throttled)


@dataclass(frozen=True, slots=True)
class Progress:
    """The moments of one sending, or of several in a row. ``began`` is a time of the run's clock, in seconds."""

    began: float | None = None
    moments: tuple[Moment, ...] = ()

    def __add__(self, later: "Progress") -> "Progress":
        if self.began is None or later.began is None:
            return later if self.began is None else self
        last, delay = self.moments[-1], later.began - self.began
        following = (
            last.plus(round(moment.seconds + delay, 3), moment.addresses, moment.requests, moment.throttled)
            for moment in later.moments
        )
        return Progress(self.began, _thin_out((*self.moments, *following)))


class ProgressRecorder:
    """Records the progress of sending while it happens. Not for several threads at once."""

    def __init__(self, now: float) -> None:
        self._began = now
        self._step_seconds = FIRST_STEP_SECONDS
        self._moments = [Moment()]

    def note(self, now: float, *, addresses: int = 0, requests: int = 0, throttled: int = 0) -> None:
        """Add the work done since the last note to the sums."""
        last = self._moments[-1]
        moment = last.plus(max(now - self._began, last.seconds), addresses, requests, throttled)
        is_in_same_step = _step_of(moment, self._step_seconds) == _step_of(last, self._step_seconds)
        if len(self._moments) > 1 and is_in_same_step:
            self._moments[-1] = moment
            return
        self._moments.append(moment)
        while len(self._moments) > MOST_MOMENTS:
            self._step_seconds *= 2
            self._moments = list(_last_of_each_step(self._moments, self._step_seconds))

    def progress(self) -> Progress:
        """Return the progress until now."""
        return Progress(
            self._began, tuple(replace(moment, seconds=round(moment.seconds, 3)) for moment in self._moments)
        )


def _thin_out(moments: tuple[Moment, ...]) -> tuple[Moment, ...]:
    step_seconds = FIRST_STEP_SECONDS
    while len(moments) > MOST_MOMENTS:
        moments = tuple(_last_of_each_step(moments, step_seconds))
        step_seconds *= 2
    return moments


def _last_of_each_step(moments: Sequence[Moment], step_seconds: float) -> Iterator[Moment]:
    """Yield the start, and from each step its last moment, which has the sums of the step."""
    yield moments[0]
    yield from {_step_of(moment, step_seconds): moment for moment in islice(moments, 1, None)}.values()


def _step_of(moment: Moment, step_seconds: float) -> int:
    return int(moment.seconds // step_seconds)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why sending ended before the last chunk: an exit code and one plain line for the user."""

    exit_code: ExitCode
    message: str


def stopped_by_signal(exit_code: ExitCode) -> Ending:
    """Return the ending that a signal causes."""
    return Ending(exit_code, "Stopped by a signal; run again to send the rest.")


TOO_LATE = Ending(ExitCode.STOPPED, "The deadline has passed; run again to send the rest.")


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent, and why sending ended before the last chunk, if it did. ``==`` ignores the progress over time."""

    chunks: int = 0
    requests: int = 0
    throttled: int = 0
    ending: Ending | None = None
    progress: Progress = field(default=Progress(), compare=False)

    def __add__(self, later: "Sent") -> "Sent":
        return Sent(
            self.chunks + later.chunks,
            self.requests + later.requests,
            self.throttled + later.throttled,
            later.ending,
            self.progress + later.progress,
        )

    def as_text(self) -> str:
        """Return the text beside a progress bar."""
        share = self.throttled / self.requests if self.requests else 0
        return f"{self.chunks} chunks, {share:.1%} throttled"


@dataclass(frozen=True, slots=True)
class SettledDoubts:
    """How many addresses that were in doubt are there, were released, and are left in doubt."""

    there: int = 0
    released: int = 0
    left: int = 0

    def __add__(self, other: "SettledDoubts") -> "SettledDoubts":
        return SettledDoubts(self.there + other.there, self.released + other.released, other.left)
