"""The progress of a run on a terminal: a bar for each step of the run, and what the run waits for.

A bar moves while its step goes on, and stays full when the step is done. ::

    reading             ━━━━━━━━━━━━━━━━ 688 rows
    asking who is there ━━━━━━━━━━━━━━━━ 1 request
    inviting            ━━━━━╺━━━━━━━━━━ 4,150/12,000   15 min left, 8.3/s, 2.1% throttled
                                                        throttled: sending again in 28 s
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import ceil
from threading import Lock
from typing import TypeAlias

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Column, Table
from rich.text import Text

from onboarding.model.amounts import coarse_duration, duration
from onboarding.model.printable import printable
from onboarding.runtime.colour import is_dumb, is_terminal
from onboarding.runtime.terminal import PlainConsole

Advance: TypeAlias = Callable[[int, str], None]
"""A function that moves a bar forward by a count and sets the note beside the bar. Any thread may call the function."""

Announce: TypeAlias = Callable[[str, float], None]
"""A function that says what the run does after a wait. Its arguments are the words and the seconds of the wait.

Any thread may call the function.
"""

SHORTEST_WAIT_SECONDS = 2.0
"""The shortest wait, in seconds, that the bars show. A shorter wait is over before a person has read about it."""

NARROW = 100
"""The number of characters in a line below which the bars are short, so that the text beside them has room."""


class ProgressBars:
    """The progress bars of a run, one below the other. If ``shown`` is None, there are no bars on the terminal."""

    def __init__(self, shown: "_Display | None" = None) -> None:
        self._shown = shown

    def bar(self, label: str, total: int | None = None, *, unit: tuple[str, str] = ("row", "rows")) -> Advance:
        """Return a function that moves a new bar.

        If ``total`` is None, the bar shows only a count of ``unit``, and appears when the function first moves it. A
        bar with nothing to count never appears.
        """
        if self._shown is None or total == 0:
            return lambda _count, _note: None
        advance = _Bar(self._shown, label, total, unit)
        if total is not None:
            advance(0, "")
        return advance

    def announce(self, what: str, seconds: float) -> None:
        """Show what the run does after a wait, with the time until then.

        Any thread may call this method before it waits.
        """
        if self._shown is not None and seconds >= SHORTEST_WAIT_SECONDS:
            with suppress(OSError):  # the terminal is gone; the run goes on
                self._shown.waits.add(what, seconds)
                self._shown.refresh()


class _Bar:
    def __init__(self, shown: "_Display", label: str, total: int | None, unit: tuple[str, str]) -> None:
        self._shown = shown
        self._about = label, total, unit
        self._task: TaskID | None = None

    def __call__(self, count: int, note: str) -> None:
        with suppress(OSError):  # the terminal is gone; the run goes on
            if self._task is None:
                label, total, unit = self._about
                if total is not None:
                    self._shown.complete()
                self._task = self._shown.add_task(
                    printable(label), total=total, note="", unit=unit, has_total=total is not None
                )
            self._shown.update(self._task, advance=count, note=printable(note))


@contextmanager
def progress_bars(*, enabled: bool, clock: Callable[[], float] = time.monotonic) -> Iterator[ProgressBars]:
    """Show progress bars on stderr until the end of the ``with`` block. If the block ends well, full bars stay there.

    There are no bars if stderr is no terminal, if the terminal cannot move its cursor, or if ``enabled`` is False. The
    bar of a step that was stopped stays as it is.
    """
    if not enabled or not is_terminal(sys.stderr) or is_dumb():
        yield ProgressBars()
        return
    shown = _Display(clock)
    try:
        with suppress(OSError):
            shown.start()
        yield ProgressBars(shown)
        shown.complete()
    finally:
        shown.waits.clear()
        with suppress(OSError):
            shown.stop()


class _Display(Progress):
    """Rich's display of progress, with the waits of the run below the bars."""

    def __init__(self, clock: Callable[[], float]) -> None:
        console = PlainConsole(stderr=True)
        self.waits = _Waits(clock)
        super().__init__(
            TextColumn("{task.description}", markup=False),
            BarColumn(
                bar_width=8 if console.width < NARROW else 24,
                complete_style="cyan",
                finished_style="green",
                pulse_style="cyan",
            ),
            _CountColumn(),
            _DetailColumn(table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
            console=console,
            get_time=clock,
            expand=True,
        )

    def get_renderables(self) -> Iterable[Table | Text]:
        """Yield the table of bars, and below it a line about the next wait."""
        yield self.make_tasks_table(self.tasks)
        if line := self.waits.line():
            yield Text(line, style="yellow", no_wrap=True, overflow="ellipsis")

    def complete(self) -> None:
        """Fill the bars of the steps that count without a total.

        Steps without a total overlap each other. They are done when the run ends well, or when a step with a total
        begins.
        """
        for task in self.tasks:
            if task.total is None:
                self.update(task.id, total=task.completed, note="")


@dataclass(slots=True)
class _Waits:
    """The waits of all threads: when each wait ends, and what the run does then."""

    clock: Callable[[], float]
    ends: list[tuple[float, str]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def add(self, what: str, seconds: float) -> None:
        with self.lock:
            self.ends.append((self.clock() + seconds, printable(what)))

    def clear(self) -> None:
        with self.lock:
            self.ends.clear()

    def line(self) -> str:
        """Return a line about the wait that ends first, or an empty text if there is no wait."""
        with self.lock:
            self.ends = [wait for wait in self.ends if wait[0] > self.clock()]
            if not self.ends:
                return ""
            end, what = min(self.ends)
            return f"{what} in {coarse_duration(ceil(end - self.clock()))}"


class _CountColumn(ProgressColumn):
    """The column of a bar that shows the count, and the total if there is a total."""

    def render(self, task: Task) -> Text:
        done = f"{task.completed:,.0f}"
        singular, plural = task.fields["unit"]
        if task.fields["has_total"]:
            return Text(f"{done}/{task.total:,.0f}")
        return Text(f"{done} {singular if task.completed == 1 else plural}")


class _DetailColumn(ProgressColumn):
    """The column of a bar that shows the time left, the speed and the note.

    When a step with a total is done, the column shows how long the step took.
    """

    def render(self, task: Task) -> Text:
        note = task.fields["note"]
        if task.finished and not task.fields["has_total"]:
            return Text("")
        if task.finished:
            return Text(", ".join(filter(None, (f"in {duration(task.finished_time or 0)}", note))))
        left = "" if task.time_remaining is None else f"{coarse_duration(task.time_remaining)} left"
        return Text(", ".join(filter(None, (left, _speed(task), note))))


def _speed(task: Task) -> str:
    if task.speed is None:
        return ""
    return f"{task.speed:,.1f}/s" if task.speed < 10 else f"{task.speed:,.0f}/s"  # noqa: PLR2004 - two digits
