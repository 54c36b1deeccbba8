"""Where on the page do bars and lines lie?

Lengths across are in per cent of the width there is, so that a chart fits every screen; heights are in pixels. The page
gives no style to single elements: its content security policy forbids that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from onboarding.model.dispositions import Disposition
from onboarding.model.sent import Moment
from onboarding.reports.words import DISPOSITIONS, ORDER, counted, duration, share

LEAST_WIDTH = 0.6
"""A few rows among millions are still to be seen."""

PLOT_HEIGHT = 180
STRIP_HEIGHT = 20
TICKS = 5
TOLD = 12
"""How many moments the table beside the chart tells."""

_ROUND = (1, 2, 5)
_ROUND_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200)


@dataclass(frozen=True, slots=True)
class BarSegment:
    """A part of a bar: ``start`` and ``width`` are in per cent of the bar's room."""

    disposition: Disposition
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class AxisTick:
    """A mark on an axis: ``at`` is in per cent across, and in pixels from the top upwards."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class ThrottledBand:
    """A time in which requests were throttled; ``height`` tells which share of them, in pixels."""

    start: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class ProgressChart:
    """How sending got on, as a line over time; its path has 1,000 units across and one for each pixel down."""

    path: str
    bands: tuple[ThrottledBand, ...]
    seconds: tuple[AxisTick, ...]
    addresses: tuple[AxisTick, ...]
    told: tuple[Moment, ...]
    text: str
    plot_height: int = PLOT_HEIGHT
    strip_height: int = STRIP_HEIGHT


def bar(counts: Mapping[Disposition, int], *, room: float = 100.0) -> tuple[BarSegment, ...]:
    """Return the parts of a bar that is ``room`` per cent wide, in the order of the page."""
    numbers = {disposition: counts[disposition] for disposition in ORDER if counts.get(disposition)}
    whole = sum(numbers.values())
    widths = {disposition: max(100 * number / whole, LEAST_WIDTH) for disposition, number in numbers.items()}
    scale, start, segments = room / max(sum(widths.values()), 1), 0.0, []
    for disposition, width in widths.items():
        segments.append(BarSegment(disposition, round(start, 3), round(width * scale, 3)))
        start += width * scale
    return tuple(segments)


def in_words(counts: Mapping[Disposition, int]) -> str:
    """Return what a bar shows."""
    return ", ".join(f"{DISPOSITIONS[each].label.lower()} {counts[each]:,}" for each in ORDER if counts.get(each))


def progress_chart(course: Sequence[Moment]) -> ProgressChart | None:
    """Return the line of a course, or none where there is nothing to draw."""
    if len(course) < 2 or not course[-1].requests or not course[-1].seconds:  # noqa: PLR2004 - a line has two ends
        return None
    last = course[-1]
    most = max(last.addresses, 1)
    points = (
        f"{1000 * moment.seconds / last.seconds:.1f} {PLOT_HEIGHT * (1 - moment.addresses / most):.1f}"
        for moment in course
    )
    return ProgressChart(
        path="M" + "L".join(points),
        bands=tuple(_bands(course)),
        seconds=tuple(_ticks_of_time(last.seconds)),
        addresses=tuple(_ticks_of_number(most)),
        told=tuple(course[at] for at in sorted({round(n * (len(course) - 1) / TOLD) for n in range(1, TOLD + 1)})),
        text=_text(last),
    )


def _bands(course: Sequence[Moment]) -> Iterator[ThrottledBand]:
    for before, after in pairwise(course):
        if throttled := after.throttled - before.throttled:
            # A request may be answered in a later step than the one it left in.
            of_all = min(throttled / max(after.requests - before.requests, 1), 1)
            start, end = (100 * moment.seconds / course[-1].seconds for moment in (before, after))
            width = max(end - start, LEAST_WIDTH / 2)
            yield ThrottledBand(
                round(min(start, 100 - width), 3), round(width, 3), round(STRIP_HEIGHT * max(of_all, 0.35), 1)
            )


def _ticks_of_time(seconds: float) -> Iterator[AxisTick]:
    step = next((each for each in _ROUND_SECONDS if seconds / each <= TICKS), _ROUND_SECONDS[-1])
    while seconds / step > TICKS:  # days
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


def _ticks_of_number(most: int) -> Iterator[AxisTick]:
    magnitude = 10 ** (len(str(most)) - 1)
    steps = [round_one * power for power in (max(magnitude // 10, 1), magnitude) for round_one in _ROUND]
    step = next(each for each in steps if most / each <= TICKS)
    for number in range(0, most + 1, step):
        yield AxisTick(round(PLOT_HEIGHT * (1 - number / most), 1), f"{number:,}")


def _text(last: Moment) -> str:
    done = (
        f"{counted(last.addresses, 'address was', 'addresses were')} settled in {duration(last.seconds)}, "
        f"with {counted(last.requests, 'request', 'requests')}. "
    )
    if not last.throttled:
        return done + "The service throttled none of them."
    return done + f"The service throttled {last.throttled:,} of them ({share(last.throttled, last.requests)})."
