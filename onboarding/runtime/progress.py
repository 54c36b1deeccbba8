"""The progress of a run on a terminal: a bar for each step of the run, and a line about the run's next wait.

A bar moves while its step goes on, and stays full when the step is done. ::

    reading             ━━━━━━━━━━━━━━━━ 688 rows
    asking who is there ━━━━━━━━━━━━━━━━ 1 request
    inviting            ━━━━━╺━━━━━━━━━━ 4,150/12,000   15 min left, 8.3/s, 2.1% throttled
                                                        throttled: sending again in 28 s

The module ``progress_display`` draws the bars.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

from onboarding.model.printable import printable
from onboarding.runtime.colour import is_dumb, is_terminal

if TYPE_CHECKING:
    from rich.progress import TaskID

    from onboarding.runtime.progress_display import ProgressDisplay

Advance: TypeAlias = Callable[[int, str], None]
"""A function that moves a bar by a count and sets the note beside the bar. Any thread may call the function."""

Announce: TypeAlias = Callable[[str, float], None]
"""A function that announces the run's next action after a wait: in words, with the seconds of the wait.

Any thread may call the function.
"""

SHORTEST_WAIT_SECONDS = 2.0
"""The shortest wait that the bars show, in seconds. A shorter wait ends before a person has read the line."""


class ProgressBars:
    """The progress bars of a run, one below the other. If ``shown`` is None, the terminal shows no bars."""

    def __init__(self, shown: "ProgressDisplay | None" = None) -> None:
        self._shown = shown

    def bar(self, label: str, total: int | None = None, *, unit: tuple[str, str] = ("row", "rows")) -> Advance:
        """Return a function that moves a new bar.

        If ``total`` is None, the bar shows only a count of ``unit``, and appears when the function first moves the bar.
        A bar with a total of 0 never appears.
        """
        if self._shown is None or total == 0:
            return lambda _count, _note: None
        advance = _Bar(self._shown, label, total, unit)
        if total is not None:
            advance(0, "")
        return advance

    def announce(self, what: str, seconds: float) -> None:
        """Show the run's next action (``what``) after a wait of ``seconds``.

        Any thread may call this method before it waits.
        """
        if self._shown is not None and seconds >= SHORTEST_WAIT_SECONDS:
            with suppress(OSError):  # the terminal is gone; the run goes on
                self._shown.waits.add(what, seconds)
                self._shown.refresh()


class _Bar:
    def __init__(self, shown: "ProgressDisplay", label: str, total: int | None, unit: tuple[str, str]) -> None:
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

    The function shows no bars if stderr is no terminal, if the terminal cannot move its cursor, or if ``enabled`` is
    False. The bar of a stopped step stays as it is.
    """
    if not enabled or not is_terminal(sys.stderr) or is_dumb():
        yield ProgressBars()
        return
    from onboarding.runtime.progress_display import ProgressDisplay  # noqa: PLC0415 - only a terminal needs it

    shown = ProgressDisplay(clock)
    try:
        with suppress(OSError):
            shown.start()
        yield ProgressBars(shown)
        shown.complete()
    finally:
        shown.waits.clear()
        with suppress(OSError):
            shown.stop()
