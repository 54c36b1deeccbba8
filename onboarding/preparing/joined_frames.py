"""Join the small frames of neighbouring exports with the same columns, so that many small exports take little time.

A frame of a few rows takes as much time as a frame of two thousand rows. If an HR system writes an export for each
department or each day, each export has few rows. The order of the rows and their numbers do not change.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field

import pandas as pd

from onboarding.exports import Export
from onboarding.model.errors import OnboardingError
from onboarding.model.values import dataclass
from onboarding.preparing.wording import Wording

FEW_ROWS = 1_000
"""The most rows of a frame that the module joins to other frames."""

MOST_ROWS = 8_192
"""The most rows of a joined frame. This number is smaller than every limit for the rows of one export."""


@dataclass(frozen=True, slots=True)
class FrameAsRead:
    """Rows of one or more exports that have the same columns, and the rules for reading their cells.

    ``source`` is the name of the export to which the last row belongs. ``finished`` has the exports that ended before
    this frame, except exports in the ``finished`` of earlier frames.
    """

    frame: pd.DataFrame
    wording: Wording
    source: str
    finished: Sequence[Export] = field(default=(), repr=False)

    def is_like(self, other: "FrameAsRead") -> bool:
        """Return whether both frames are small and can be joined."""
        return (
            max(len(self.frame), len(other.frame)) <= FEW_ROWS
            and self.wording == other.wording
            and self.frame.columns.equals(other.frame.columns)
        )


def join_small_frames(frames: Iterable[FrameAsRead]) -> Iterator[FrameAsRead]:
    """Yield the rows of frames in their order, and join neighbouring small frames that are alike.

    If a frame cannot be read, the function yields all rows before it, and then raises the error.
    """
    waiting: list[FrameAsRead] = []
    rows = 0
    coming = iter(frames)
    while True:
        try:
            following = next(coming, None)
        except OnboardingError:
            yield from _joined(waiting)
            raise
        fits = following and rows + len(following.frame) <= MOST_ROWS
        if waiting and not (following and fits and following.is_like(waiting[-1])):
            yield from _joined(waiting)
            waiting, rows = [], 0
        if following is None:
            return
        waiting.append(following)
        rows += len(following.frame)


def _joined(frames: Sequence[FrameAsRead]) -> Iterator[FrameAsRead]:
    if len(frames) == 1:
        yield frames[0]
    elif frames:
        last = frames[-1]
        frame = pd.concat([one.frame for one in frames])
        frame.index = pd.RangeIndex(frame.index[0], frame.index[0] + len(frame))
        finished = tuple(export for one in frames for export in one.finished)
        yield FrameAsRead(frame, last.wording, last.source, finished)
