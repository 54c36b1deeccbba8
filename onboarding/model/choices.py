"""The words that settings accept, such as ``local`` and ``dask``, and groups of settings that functions pass on.

The command line, the settings and the JSON Schema of settings use these words. The module loads no pandas.
"""

from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Literal

from onboarding.model.dispositions import Reason
from onboarding.model.filters import NO_FILTERS, Filters
from onboarding.model.values import dataclass

STANDARD_INPUT = "-"
"""The location that means the standard input, so that an export can be read from a pipe."""

HiddenRows = Literal["hold", "read"]
RosterKind = Literal["full", "partial"]
ResendRule = Literal["never", "confirmed-absent"]
EngineName = Literal["local", "dask"]
NoticeRule = Literal["always", "needed"]
LogFormat = Literal["auto", "console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]


class DateOrder(StrEnum):
    """The order of day, month and year in a date that is written as three numbers."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"


class Schedule(StrEnum):
    """The program that starts the nightly job. With ``NONE``, a person or another program starts the job."""

    CRON = "cron"
    SYSTEMD = "systemd"
    NONE = "none"


SUSPICIONS = (
    Reason.DAMAGED_TEXT,
    Reason.UNUSUAL_CHARACTERS,
    Reason.LOOK_ALIKE,
    Reason.MIXED_SCRIPT,
    Reason.DISPOSABLE_DOMAIN,
    Reason.NO_SUCH_DOMAIN,
    Reason.ROLE_ADDRESS,
    Reason.SHARED_ADDRESS,
    Reason.SAME_ADDRESS_OTHER_EMPLOYEE,
    Reason.NEAR_MISS_DOMAIN,
    Reason.SAME_EMPLOYEE_OTHER_ADDRESS,
    Reason.NEW_DOMAIN,
)
"""The reasons for which a run may hold a suspicious row. The run applies them in this order.

The module ``preparing.duplicates`` finds the rows with ``SHARED_ADDRESS``, ``SAME_ADDRESS_OTHER_EMPLOYEE`` and
``SAME_EMPLOYEE_OTHER_ADDRESS``. The package ``preparing.guards`` finds the rows with ``NEW_DOMAIN``, and the module
``addresses.suspicious`` all other rows. The module ``pipeline.earlier_invites`` compares employees with earlier runs.
"""

USUAL_SUSPICIONS = frozenset(SUSPICIONS) - {Reason.ROLE_ADDRESS}
"""The reasons for which a run holds suspicious rows by default. Settings add and remove reasons."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """The limits on the memory of a run, in bytes, and the number of threads that share this memory.

    ``block_bytes`` is the size of the blocks in which the run reads a text file. ``noted_bytes`` is the memory for the
    records that find duplicates; further records go to temporary files. ``part_bytes`` is the approximate size of a
    part of the input, which one worker of a cluster reads. ``threads`` is the number of threads that parse and decide
    rows at the same time.
    """

    block_bytes: int
    noted_bytes: int
    part_bytes: int
    threads: int = 1

    def shared_by(self, jobs: int) -> "Footprint":
        """Return the limits for at most ``jobs`` threads. More threads get smaller blocks.

        Together, the threads parse at most as much text at a time as ``THREADS_WITH_WHOLE_BLOCKS`` threads with blocks
        of ``block_bytes``. A block is never smaller than ``SMALLEST_BLOCK`` or ``block_bytes``, whichever is smaller.
        To keep memory bounded, the result may allow fewer threads than ``jobs``.
        """
        together = THREADS_WITH_WHOLE_BLOCKS * self.block_bytes
        threads = max(1, min(jobs, together // SMALLEST_BLOCK))
        return replace(self, threads=threads, block_bytes=min(self.block_bytes, together // threads))


THREADS_WITH_WHOLE_BLOCKS = 2

SMALLEST_BLOCK = 4 * 2**20
"""The smallest block of a text, in bytes, for which a further thread saves time.

Only one thread at a time executes Python. For each block, even a tiny block, Python needs as much time as compiled code
needs for 10,000 rows.
"""

USUAL_FOOTPRINT = Footprint(block_bytes=8 * 2**20, noted_bytes=32 * 2**20, part_bytes=32 * 2**20)
"""The default limits of memory. With these limits, a run reads about 80,000 rows at a time."""

SMALL_FOOTPRINT = Footprint(block_bytes=2**20, noted_bytes=8 * 2**20, part_bytes=8 * 2**20)
"""The limits of memory with ``--low-memory``."""


@dataclass(frozen=True, slots=True)
class StatusWords:
    """The operator's own words for active and inactive statuses, in the form of ``fold_text``."""

    active: frozenset[str] = frozenset()
    inactive: frozenset[str] = frozenset()


NO_STATUS_WORDS = StatusWords()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOptions:
    """The columns that the operator has named, by their headers or letters, and the words with a special meaning.

    ``email`` is the column of addresses, or None. Each tuple contains the columns for one use, perhaps of several
    exports. ``ignored`` are columns that mean nothing. ``today`` is the day of the run; with None, all days are past.
    ``filters`` are the rules that choose people by the cells of a column. ``routing`` are the headers of the columns
    that decide about rows' accounts or groups.
    """

    email: str | None = None
    employee_id: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    starts_on: tuple[str, ...] = ()
    ends_on: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    status_words: StatusWords = NO_STATUS_WORDS
    today: date | None = None
    filters: Filters = NO_FILTERS
    routing: tuple[str, ...] = ()

    def for_source(self, source: str) -> "ColumnOptions":
        """Return the options without the rules for other exports than ``source`` (a path or URI)."""
        return replace(self, filters=self.filters.for_source(source))


NO_OPTIONS = ColumnOptions()
"""The options of a run whose operator names no column."""
