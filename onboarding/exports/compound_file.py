"""Find endless chains of sectors in a compound file, which is the container of an ``.xls`` workbook.

A compound file is divided into sectors. Its table of sectors (the FAT) names, for each sector, the sector that follows.
The reader of workbooks follows the chain of the directory to its end, and keeps each sector that it meets. If the chain
leads back into itself, the reader goes on until it has used up its memory. Microsoft's document [MS-CFB] describes the
format.
"""

import struct
from typing import BinaryIO

_HEADER = struct.Struct("<30xH16xI8xI4xI4x109I")
"""The layout of a compound file's header, as far as this module reads it.

The fields are, in this order:

- the size of a sector, as a power of 2;
- the first sector of the directory;
- the first sector of the table of small sectors;
- the first sector of a list that names further sectors of the FAT;
- the first 109 sectors of the FAT.
"""

_SIZES = (9, 12)
"""The sizes that the sectors of a compound file can have, as powers of 2."""

_HIGHEST = 0xFFFFFFFA
"""The highest number of a sector. Higher numbers say that a chain ends, or that there is no sector."""


def has_endless_chain(file: BinaryIO) -> bool:
    """Say whether a chain of sectors in a compound file never ends, or whether the table of sectors is too large.

    The table is too large if it has more entries than a file of this size needs. For any other damage the result is
    false, since the reader of workbooks finds that damage.
    """
    file.seek(0)
    try:
        power, directory, small_table, more, *numbers = _HEADER.unpack(file.read(_HEADER.size))
        if power not in _SIZES:
            return False
        sectors = _Sectors(file, 2**power)
        listed = [number for number in numbers if number <= _HIGHEST]
        while more <= _HIGHEST:  # the table of a large file has a list of its sectors, in sectors of its own
            if len(listed) > sectors.most_of_table:
                return True
            *numbers, more = sectors.numbers_in(more)
            listed += [number for number in numbers if number <= _HIGHEST]
            sectors.most_of_table -= 1
        if len(listed) > sectors.most_of_table:
            return True
        table = [following for number in listed for following in sectors.numbers_in(number)]
    except struct.error:  # the file is cut off
        return False
    return _is_endless(table, directory) or _is_endless(table, small_table)


class _Sectors:
    """The sectors of a compound file. ``most_of_table`` says how many sectors the table of sectors may take at most."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self.most_of_table = file.seek(0, 2) // size // (size // 4) + 2

    def numbers_in(self, sector: int) -> tuple[int, ...]:
        """Return the numbers that a sector holds. Raises ``struct.error`` if the file ends before the sector does."""
        self._file.seek((sector + 1) * self._size)
        return struct.unpack(f"<{self._size // 4}I", self._file.read(self._size))


def _is_endless(table: list[int], start: int) -> bool:
    """Say whether the chain from the sector ``start`` leads back into itself.

    ``table`` has, for each sector, the number of the sector that follows.
    """
    at = start
    for _ in range(len(table) + 1):
        if at >= len(table):  # its end, or a number that the reader refuses
            return False
        at = table[at]
    return True
