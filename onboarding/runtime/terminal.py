"""How does a person at a terminal see that a run gets on?"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Advance: TypeAlias = Callable[[int, str], None]
"""Moves a bar on by a count, and sets the note beside it; from any thread."""


class ProgressBars:
    """The bars of one run, one below the other; none if nobody looks."""

    def __init__(self, shown: Progress | None = None) -> None:
        self._shown = shown

    def bar(self, label: str, total: int | None = None) -> Advance:
        """Return what moves a new bar.

        One without a total tells how many, and not how many of them; it is shown once it moves.
        """
        if self._shown is None:
            return lambda _count, _note: None
        advance = _Bar(self._shown, label, total)
        if total is not None:
            advance(0, "")
        return advance


class _Bar:
    def __init__(self, shown: Progress, label: str, total: int | None) -> None:
        self._shown = shown
        self._about = label, total
        self._task: TaskID | None = None

    def __call__(self, count: int, note: str) -> None:
        with suppress(OSError):  # the terminal is gone, and the run goes on
            if self._task is None:
                label, total = self._about
                self._task = self._shown.add_task(label, total=total, note="")
            self._shown.update(self._task, advance=count, note=note)


@contextmanager
def progress_bars(*, enabled: bool) -> Iterator[ProgressBars]:
    """Show progress bars on stderr while the block runs, on a terminal alone, and take them away at its end."""
    if not (enabled and sys.stderr.isatty()):
        yield ProgressBars()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        _Count(),
        _Speed(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    try:
        with suppress(OSError):
            shown.start()
        yield ProgressBars(shown)
    finally:
        with suppress(OSError):
            shown.stop()


class _Count(ProgressColumn):
    """How many, and of how many."""

    def render(self, task: Task) -> Text:
        done = f"{task.completed:,.0f}"
        return Text(done if task.total is None else f"{done}/{task.total:,.0f}")


class _Speed(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s")
