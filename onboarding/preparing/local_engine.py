"""The local engine decides all rows in this process in bounded memory. The interface of both engines is here, too.

The engine must see all rows before it knows which rows repeat an earlier row, or have a domain that is probably a typo.
So the first pass reads rows, normalises them and applies policy. The second pass decides the repeated rows and the
typos. Between the passes the frames are on disk (``FrameSpool``). Both engines need ``Engine``, ``EngineContext`` and
the folder for temporary files. ``dask.engine`` has the other engine.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pandas as pd

from onboarding.addresses import DomainTypos
from onboarding.exports import Export
from onboarding.model.choices import USUAL_FOOTPRINT, Footprint
from onboarding.model.errors import InputRefused, ScratchFailed
from onboarding.model.streams import read_frame
from onboarding.model.values import dataclass
from onboarding.preparing.answer_book import AnswerBook
from onboarding.preparing.candidates import DecidedFrame, Rules, decide_exports, finish_rows
from onboarding.preparing.duplicates import DuplicateMarker
from onboarding.runtime.files import make_private_folder
from onboarding.runtime.logs import get_logger
from onboarding.runtime.prefetch import map_ahead
from onboarding.runtime.scratch import unnamed_file

log = get_logger()

OnRead = Callable[[int, str], None]
"""A function that an engine calls after reading rows, with the number of these rows and the name of their export."""


@dataclass(frozen=True, slots=True)
class EngineContext:
    """The values that a run passes to an engine: a folder, limits of memory, and functions for progress and signals.

    ``scratch`` is a folder for temporary files, which take about 150 bytes a row. The engine makes the folder if it is
    missing. The engine calls ``on_read`` after it has read rows. ``raise_if_stopped`` raises an error after a signal.
    By default, progress and signals are ignored.
    """

    scratch: Path
    footprint: Footprint = USUAL_FOOTPRINT
    on_read: OnRead = lambda _rows, _source: None
    raise_if_stopped: Callable[[], None] = lambda: None


Engine = Callable[[Sequence[Export], Rules, EngineContext], Iterator[pd.DataFrame]]
"""A function that prepares the rows of exports, with the arguments, result and errors of ``prepare_locally``."""


def prepare_locally(exports: Sequence[Export], rules: Rules, context: EngineContext) -> Iterator[pd.DataFrame]:
    """Yield every row of the exports in input order, decided as far as the exports alone allow a decision.

    Frames have the columns of ``rows.DECIDED``. If a row cannot be read safely, the function raises ``InputRefused``
    before the first frame. It raises the same error if there is no row, and ``rules`` does not allow this. Raises
    ``ScratchFailed`` if temporary files cannot be written, for example because the disk is full. Raises the error of
    ``raise_if_stopped``.
    """
    with (
        writable_scratch(context.scratch),
        FrameSpool(context.scratch) as spool,
        rules.duplicates(context.scratch, budget_bytes=context.footprint.noted_bytes) as duplicates,
    ):
        suspicions = rules.suspicions()
        logged = rows = 0
        threads = context.footprint.threads
        for decided in decide_exports(exports, rules, suspicions, duplicates, threads=threads):
            context.raise_if_stopped()
            logged += _log_read(exports[logged : logged + len(decided.finished)])
            decided.note_in(suspicions, duplicates)
            spool.append(decided)
            rows += decided.rows
            context.on_read(decided.rows, decided.source)
        _log_read(exports[logged:])
        if not rows and not rules.may_be_empty:
            raise no_rows(exports)
        finish = partial(finish_frame, duplicates=duplicates.find(), typos=suspicions.find(), answers=rules.answers)
        yield from map_ahead(finish, spool.frames(), threads=threads)


def _log_read(exports: Sequence[Export]) -> int:
    """Log the facts of exports that were read, and return the number of exports."""
    for export in exports:
        log.info("export.read", **export.facts.as_log())
    return len(exports)


def no_rows(exports: Sequence[Export]) -> InputRefused:
    """Return the error for exports that have no row."""
    names = ", ".join(export.source for export in exports)
    return InputRefused(f"{names}: there is no row after the header; nothing to do.")


@contextmanager
def writable_scratch(scratch: Path) -> Iterator[None]:
    """Make the folder for temporary files, for use in a ``with`` block.

    Raises ``ScratchFailed`` if the folder cannot be made, or if a write in the block fails.
    """
    try:
        make_private_folder(scratch)
        yield
    except OSError as error:
        raise ScratchFailed(
            f"Nothing was sent: temporary files cannot be written to {str(scratch)!r}"
            f" ({error.strerror or 'input/output error'}); free some space there."
        ) from None


class FrameSpool(ExitStack):
    """Decided frames on disk between the two passes. ``frames`` yields them in the order in which they were added.

    ``folder`` is on a disk with room for the rows, about 100 bytes for each row. A spool is a context manager.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._file = self.enter_context(unnamed_file(folder))
        self._frames: list[tuple[int, int]] = []

    def append(self, frame: DecidedFrame) -> None:
        """Add a frame. Raises ``OSError`` if the disk is full or fails."""
        if frame.rows:
            self._file.write(memoryview(frame.stream))
            self._frames.append((frame.position, frame.stream.size))

    def frames(self) -> Iterator[tuple[bytes, int]]:
        """Yield the Arrow stream of each frame with the position of its first row.

        One stream is in memory at a time. Call this method once, after the last ``append``.
        """
        self._file.seek(0)
        for position, size in self._frames:
            yield self._file.read(size), position


def finish_frame(
    stored: tuple[bytes, int], duplicates: DuplicateMarker, typos: DomainTypos, answers: AnswerBook
) -> pd.DataFrame:
    """Return a frame from the spool, with the decisions that need all rows of the run (``finish_rows``).

    ``stored`` is the frame's Arrow stream and the position of its first row, as ``FrameSpool.frames`` yields them.
    Several threads may call this function at the same time.
    """
    return finish_rows(read_frame(*stored), duplicates, typos, answers)
