"""The terminal: the console on which tables are printed, and the progress bars of a run."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

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

from onboarding.model.printable import printable
from onboarding.runtime.colour import has_colour, is_dumb, is_terminal

Advance: TypeAlias = Callable[[int, str], None]
"""A function that moves a bar forward by a count and sets the note beside it. Any thread may call it."""


class PlainConsole(Console):
    """A console that shows every text as it is, so that no text from outside can style or steer the terminal.

    ``has_colour`` decides about styles, for this console as for the log. Rich itself would keep bold print where
    ``NO_COLOR`` is set.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        stream = sys.stderr if stderr else sys.stdout
        super().__init__(
            stderr=stderr,
            highlight=False,
            markup=False,
            emoji=False,
            force_terminal=is_terminal(stream),
            color_system="standard" if has_colour(stream) else None,
        )

    def render_str(self, text: str, **options: Any) -> Text:
        """Return a text as rich renders it, but in the form that ``printable`` gives.

        Rich calls this for each ``str`` it prints.
        """
        return super().render_str(printable(text), **{**options, "markup": False, "emoji": False})

    def print_line(self, line: str | Text) -> None:
        """Print a line of prose. At a terminal, it breaks between words; elsewhere, it stays one line.

        A word that is longer than a line, such as a path, stays in one piece.
        """
        text = line if isinstance(line, Text) else self.render_str(line)
        ends = line_ends(text.plain, self.width) if self.file.isatty() else []
        for part in text.divide(ends):
            part.rstrip()
            self.print(part, soft_wrap=True)


def line_ends(text: str, width: int) -> list[int]:
    """Return the positions in a text after which lines of at most ``width`` characters end, each after a space.

    A word that is longer than ``width`` has a longer line.
    """
    ends: list[int] = []
    begin, end = 0, 0
    for word in re.finditer(r"\S+ *|^ +", text):
        if len(text[begin : word.end()].rstrip()) > width and end > begin:
            ends.append(end)
            begin = end
        end = word.end()
    return ends


class ProgressBars:
    """The progress bars of a run, one below the other. If ``shown`` is None, no bar is shown."""

    def __init__(self, shown: Progress | None = None) -> None:
        self._shown = shown

    def bar(self, label: str, total: int | None = None) -> Advance:
        """Return a function that moves a new bar.

        If ``total`` is None, the bar shows only a count, and it appears when the function first moves it.
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
        with suppress(OSError):  # the terminal is gone; the run goes on
            if self._task is None:
                label, total = self._about
                self._task = self._shown.add_task(printable(label), total=total, note="")
            self._shown.update(self._task, advance=count, note=printable(note))


@contextmanager
def progress_bars(*, enabled: bool) -> Iterator[ProgressBars]:
    """Show progress bars on stderr while the block runs, and remove the bars when the block ends.

    No bar is shown if stderr is no terminal, if the terminal cannot move its cursor, or if ``enabled`` is False.
    """
    if not enabled or not is_terminal(sys.stderr) or is_dumb():
        yield ProgressBars()
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=12),
        _CountColumn(),
        _SpeedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    shown = Progress(*columns, console=PlainConsole(stderr=True), transient=True)
    try:
        with suppress(OSError):
            shown.start()
        yield ProgressBars(shown)
    finally:
        with suppress(OSError):
            shown.stop()


class _CountColumn(ProgressColumn):
    """The column of a bar that shows the count, and the total if there is a total."""

    def render(self, task: Task) -> Text:
        done = f"{task.completed:,.0f}"
        return Text(done if task.total is None else f"{done}/{task.total:,.0f}")


class _SpeedColumn(ProgressColumn):
    """The column of a bar that shows how much it counts a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s")
