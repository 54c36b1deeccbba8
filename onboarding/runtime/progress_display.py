"""The drawing of the progress bars on a terminal, with a line about the next wait below the bars."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import ceil
from threading import Lock

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column, Table
from rich.text import Text

from onboarding.model.amounts import coarse_duration, duration
from onboarding.model.printable import printable
from onboarding.runtime.terminal import PlainConsole

NARROW = 100
"""The width of a narrow terminal, in characters. Its bars are short, to leave room for the text beside the bars."""


class ProgressDisplay(Progress):
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
        """Fill the bars of the steps without a total.

        These steps overlap each other. They are done when the run ends well, or when a step with a total begins.
        """
        for task in self.tasks:
            if task.total is None:
                self.update(task.id, total=task.completed, note="")


@dataclass(slots=True)
class _Waits:
    """The waits of all threads: the end of each wait, and the run's action after the wait."""

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
    """The column beside a progress bar that shows how much is done, and the total if the total is known."""

    def render(self, task: Task) -> Text:
        done = f"{task.completed:,.0f}"
        singular, plural = task.fields["unit"]
        if task.fields["has_total"]:
            return Text(f"{done}/{task.total:,.0f}")
        return Text(f"{done} {singular if task.completed == 1 else plural}")


class _DetailColumn(ProgressColumn):
    """The column beside a bar with the time left, the speed and the note.

    When a step with a total is done, the column shows the duration of the step.
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
