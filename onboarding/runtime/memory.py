"""How much memory a run may take while it prepares rows.

Rows stream in blocks, some ten of which are in memory in one form or another. What duplicates are found by is held in
memory up to a limit, and then goes to temporary files. Smaller blocks cost time, since each block is many calls.
"""

from dataclasses import dataclass


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
