"""The choices that settings offer: orders of dates, reasons that hold suspicious rows, and footprints in memory.

It loads no pandas.
"""

from dataclasses import dataclass
from enum import StrEnum

from onboarding.model.dispositions import Reason


class DateOrder(StrEnum):
    """In which order a date of three numbers is written."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"


SUSPICIONS = (
    Reason.UNUSUAL_CHARACTERS,
    Reason.LOOK_ALIKE,
    Reason.MIXED_SCRIPT,
    Reason.DISPOSABLE_DOMAIN,
    Reason.ROLE_ADDRESS,
    Reason.NEAR_MISS_DOMAIN,
)
"""The reasons that may hold rows, in the order of the table."""

USUAL_SUSPICIONS = frozenset(SUSPICIONS) - {Reason.ROLE_ADDRESS}
"""The reasons that hold rows if no setting names others."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """How many bytes are read at a time, and how many bytes about rows are held before they go to files.

    ``part_bytes`` is how much of the input one worker of a cluster reads at a time.
    """

    block_bytes: int
    noted_bytes: int
    part_bytes: int


USUAL_FOOTPRINT = Footprint(block_bytes=8 * 2**20, noted_bytes=32 * 2**20, part_bytes=32 * 2**20)
"""Some 80,000 rows at a time."""

SMALL_FOOTPRINT = Footprint(block_bytes=2**20, noted_bytes=8 * 2**20, part_bytes=8 * 2**20)
