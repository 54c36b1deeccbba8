"""The charts of the page: bars of dispositions and the progress of sending, as geometry and in words.

The template ``report.html`` draws the charts. Widths are in per cent of the available width, so that a chart fits every
screen. Heights are in pixels. The page cannot style single elements, since its content security policy forbids that.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from onboarding.model.amounts import duration, with_noun
from onboarding.model.dispositions import Disposition
from onboarding.model.sent import Moment
from onboarding.model.values import dataclass
from onboarding.reports.words import DISPOSITION_WORDS, ORDER, percentage

LEAST_WIDTH = 0.6
"""The least width of a segment in per cent, so that a few rows among millions can still be seen."""

PLOT_HEIGHT = 180
STRIP_HEIGHT = 20
TICKS = 5
MOMENTS_SHOWN = 12
"""The most moments that the table beside the progress chart lists."""

_ROUND = (1, 2, 5)
_ROUND_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200)


@dataclass(frozen=True, slots=True)
class BarSegment:
    """The segment of a bar for one disposition. ``start`` and ``width`` are in per cent of the available width."""

    disposition: Disposition
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class AxisTick:
    """A tick on an axis, with its label.

    On the axis of time, ``at`` is in per cent from the left. On the axis of addresses, it is in pixels from the top.
    """

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class ThrottledBand:
    """A span of time in which the service throttled requests.

    ``start`` and ``width`` are in per cent of the available width. ``height`` is in pixels, and shows the share of
    requests that were throttled.
    """

    start: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class ProgressChart:
    """The progress of sending: a line of settled addresses over time, and bands where the service throttled requests.

    ``path`` is the SVG path of the line. The path is 1,000 units wide, and its height is in pixels. ``seconds`` and
    ``addresses`` are the ticks of the two axes. ``moments`` are the rows of the table beside the chart. ``text`` is a
    description of the chart in words.
    """

    path: str
    bands: tuple[ThrottledBand, ...]
    seconds: tuple[AxisTick, ...]
    addresses: tuple[AxisTick, ...]
    moments: tuple[Moment, ...]
    text: str
    plot_height: int = PLOT_HEIGHT
    strip_height: int = STRIP_HEIGHT


def bar(counts: Mapping[Disposition, int], *, room: float = 100.0) -> tuple[BarSegment, ...]:
    """Return the segments of a bar, in the order of the page. ``room`` is the width of the whole bar in per cent."""
    numbers = {disposition: counts[disposition] for disposition in ORDER if counts.get(disposition)}
    whole = sum(numbers.values())
    widths = {disposition: max(100 * number / whole, LEAST_WIDTH) for disposition, number in numbers.items()}
    scale, start, segments = room / max(sum(widths.values()), 1), 0.0, []
    for disposition, width in widths.items():
        segments.append(BarSegment(disposition, round(start, 3), round(width * scale, 3)))
        start += width * scale
    return tuple(segments)


def in_words(counts: Mapping[Disposition, int]) -> str:
    """Return a bar in words. Each disposition that has rows is named with its number of rows."""
    return ", ".join(f"{DISPOSITION_WORDS[each].label.lower()} {counts[each]:,}" for each in ORDER if counts.get(each))


def progress_chart(moments: Sequence[Moment]) -> ProgressChart | None:
    """Return the chart of the progress of sending.

    Return None if there is nothing to draw: fewer than two moments, no request, or no time between the moments.
    """
    if len(moments) < 2 or not moments[-1].requests or not moments[-1].seconds:  # noqa: PLR2004 - a line has two ends
        return None
    last = moments[-1]
    most = max(last.addresses, 1)
    points = (
        f"{1000 * moment.seconds / last.seconds:.1f} {PLOT_HEIGHT * (1 - moment.addresses / most):.1f}"
        for moment in moments
    )
    return ProgressChart(
        path="M" + "L".join(points),
        bands=tuple(_bands(moments)),
        seconds=tuple(_time_ticks(last.seconds)),
        addresses=tuple(_number_ticks(most)),
        moments=tuple(
            moments[at]
            for at in sorted({round(n * (len(moments) - 1) / MOMENTS_SHOWN) for n in range(1, MOMENTS_SHOWN + 1)})
        ),
        text=_description(last),
    )


def _bands(moments: Sequence[Moment]) -> Iterator[ThrottledBand]:
    for before, after in pairwise(moments):
        if throttled := after.throttled - before.throttled:
            # The answer to a request may come in a later step than the request, so the share could be more than 1.
            of_all = min(throttled / max(after.requests - before.requests, 1), 1)
            start, end = (100 * moment.seconds / moments[-1].seconds for moment in (before, after))
            width = max(end - start, LEAST_WIDTH / 2)
            yield ThrottledBand(
                round(min(start, 100 - width), 3), round(width, 3), round(STRIP_HEIGHT * max(of_all, 0.35), 1)
            )


def _time_ticks(seconds: float) -> Iterator[AxisTick]:
    step = next((each for each in _ROUND_SECONDS if seconds / each <= TICKS), _ROUND_SECONDS[-1])
    while seconds / step > TICKS:  # a run of several days
        step *= 2
    for number in range(int(seconds / step) + 1):
        at = number * step
        yield AxisTick(round(100 * at / seconds, 3), _time(at, step))


def _time(seconds: float, step: float) -> str:
    if not seconds:
        return "0"
    if step < 1:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    if step < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{minutes}:{rest:02}" if minutes else f"{rest} s"
    return f"{hours} h {minutes_left:02}" if hours else f"{minutes} min"


def _number_ticks(most: int) -> Iterator[AxisTick]:
    magnitude = 10 ** (len(str(most)) - 1)
    steps = [factor * power for power in (max(magnitude // 10, 1), magnitude) for factor in _ROUND]
    step = next(each for each in steps if most / each <= TICKS)
    for number in range(0, most + 1, step):
        yield AxisTick(round(PLOT_HEIGHT * (1 - number / most), 1), f"{number:,}")


def _description(last: Moment) -> str:
    done = (
        f"{with_noun(last.addresses, 'address was', 'addresses were')} settled in {duration(last.seconds)}, "
        f"with {with_noun(last.requests, 'request', 'requests')}. "
    )
    if not last.throttled:
        return done + "The service throttled none of them."
    return done + f"The service throttled {last.throttled:,} of them ({percentage(last.throttled, last.requests)})."
