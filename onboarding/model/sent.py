"""The result of sending: its sums, its progress over time, the reason for its end, and the settled doubts.

Even the progress of a long run is a list of at most ``MOST_MOMENTS`` moments. Each moment contains the sums since the
start, so the sums stay right when other moments are removed from the list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from itertools import islice

from onboarding.model.errors import ExitCode
from onboarding.model.values import dataclass

MOST_MOMENTS = 240
"""The most moments in the progress. A chart cannot show more moments apart."""

FIRST_STEP_SECONDS = 0.05
"""The time in seconds between the first moments. The time doubles whenever the list becomes too long."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The sums of the work done from the start of sending up to one moment.

    ``seconds`` is the time since the start of sending. ``addresses`` is the number of addresses that the service
    accepted or refused for good. ``requests`` is the number of all requests, and ``throttled`` the number of requests
    that the service answered with 429.
    """

    seconds: float = 0.0
    addresses: int = 0
    requests: int = 0
    throttled: int = 0

    def plus(self, seconds: float, addresses: int, requests: int, throttled: int) -> "Moment":
        """Return the moment at the later time ``seconds``, and add the other numbers to the sums."""
        return Moment(seconds, self.addresses + addresses, self.requests + requests, self.throttled + throttled)


@dataclass(frozen=True, slots=True)
class Progress:
    """The moments of sending.

    If a run sends several times, the moments of all sendings follow each other. ``began`` is the start by the run's
    clock, in seconds, or None if the run sent nothing.
    """

    began: float | None = None
    moments: tuple[Moment, ...] = ()

    def __add__(self, later: "Progress") -> "Progress":
        if self.began is None or later.began is None:
            return later if self.began is None else self
        return Progress(self.began, follow_on(self.moments, later.moments, after=later.began - self.began))


def follow_on(
    earlier: tuple[Moment, ...], later: tuple[Moment, ...], *, after: float | None = None
) -> tuple[Moment, ...]:
    """Join the moments of two sendings into the moments of a single sending.

    ``after`` is the time in seconds from the start of the earlier sending to the start of the later sending. None means
    that the later sending began when the earlier sending ended.
    """
    if not (earlier and later):
        return earlier or later
    last = earlier[-1]
    delay = last.seconds if after is None else after
    following = (
        last.plus(round(moment.seconds + delay, 3), moment.addresses, moment.requests, moment.throttled)
        for moment in later
    )
    return _thin_out((*earlier, *following))


class ProgressRecorder:
    """The recorder of the progress while the run sends. Only one thread at a time may use a recorder."""

    def __init__(self, now: float) -> None:
        self._began = now
        self._step_seconds = FIRST_STEP_SECONDS
        self._moments = [Moment()]

    def note(self, now: float, *, addresses: int = 0, requests: int = 0, throttled: int = 0) -> None:
        """Add the work since the last note to the sums. ``now`` is a time of the run's clock, in seconds."""
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
    """Yield the first moment, and then the last moment of each step of ``step_seconds``.

    Moments contain the sums since the start, so the last moment of a step includes the omitted moments.
    """
    yield moments[0]
    yield from {_step_of(moment, step_seconds): moment for moment in islice(moments, 1, None)}.values()


def _step_of(moment: Moment, step_seconds: float) -> int:
    return int(moment.seconds // step_seconds)


@dataclass(frozen=True, slots=True)
class Wave:
    """A wave that a run has sent as planned. Later waves send the other invites.

    ``number`` is the wave's number, ``of`` the number of all waves, and ``left`` the number of people in later waves.
    """

    number: int
    of: int
    left: int

    def __str__(self) -> str:
        """Return the wave in words: ``wave 3 of 11``."""
        return f"wave {self.number:,} of {self.of:,}"


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a sending that ended early or with a wave: an exit code and one plain line for the user.

    ``wave`` is the wave that was sent as planned, or None. ``remedy_flags`` are the words to add to the command line so
    that the guards let a stopped run pass, or empty.
    """

    exit_code: ExitCode
    message: str
    wave: Wave | None = None
    remedy_flags: tuple[str, ...] = ()


def stopped_by_signal(exit_code: ExitCode) -> Ending:
    """Return the ending that a signal causes. ``exit_code`` is the exit code for this signal."""
    return Ending(exit_code, "Stopped by a signal; resume the run to send the rest.")


TOO_LATE = Ending(ExitCode.STOPPED, "The deadline has passed; resume the run to send the rest.")


@dataclass(frozen=True, slots=True)
class Sent:
    """The figures of a run's sending, and the reason for an early end. ``==`` ignores the progress over time.

    ``ending`` is None if the run sent the last chunk.
    """

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
        """Return the note beside a progress bar: the share of throttled requests, or empty text if the share is 0."""
        return f"{self.throttled / self.requests:.1%} throttled" if self.throttled else ""


@dataclass(frozen=True, slots=True)
class SettledDoubts:
    """The numbers of doubtful addresses that are in the account, may be sent again (``released``) or stay in doubt."""

    there: int = 0
    released: int = 0
    left: int = 0

    def __add__(self, other: "SettledDoubts") -> "SettledDoubts":
        return SettledDoubts(self.there + other.there, self.released + other.released, other.left)
