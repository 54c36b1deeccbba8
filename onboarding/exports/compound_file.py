"""Find endless chains of sectors in a compound file, which is the container of an ``.xls`` workbook.

A compound file is divided into sectors. Its table of sectors (the FAT) names the next sector after each sector. The
library that reads workbooks follows the chain of the directory to its end, and keeps each sector of the chain in
memory. If the chain leads back into itself, the library uses up its memory. Microsoft's document [MS-CFB] describes the
format.
"""

import struct
from typing import BinaryIO

_HEADER = struct.Struct("<30xH16xI8xI4xI4x109I")
"""The layout of the fields that this module reads in a compound file's header.

The fields are, in this order:

- the size of a sector, as a power of 2;
- the first sector of the directory;
- the first sector of the table of small sectors;
- the first sector of a list that names further sectors of the FAT;
- the first 109 sectors of the FAT.
"""

_SIZES = (9, 12)
"""The possible sizes of a compound file's sectors, as powers of 2."""

_HIGHEST = 0xFFFFFFFA
"""The highest number of a sector. A higher number means the end of a chain, or no sector."""


def has_endless_chain(file: BinaryIO) -> bool:
    """Say whether a chain of sectors in a compound file never ends, or whether the table of sectors is too large.

    The table is too large if it contains more entries than a file of this size needs. For any other damage the result
    is false, since the library that reads workbooks finds that damage.
    """
    file.seek(0)
    try:
        power, directory, small_table, more, *numbers = _HEADER.unpack(file.read(_HEADER.size))
        if power not in _SIZES:
            return False
        sectors = _Sectors(file, 2**power)
        listed = [number for number in numbers if number <= _HIGHEST]
        while more <= _HIGHEST:  # the sectors of a large table are listed in further sectors
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
    """The sectors of a compound file. ``most_of_table`` is the most sectors that the table of sectors needs."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self.most_of_table = file.seek(0, 2) // size // (size // 4) + 2

    def numbers_in(self, sector: int) -> tuple[int, ...]:
        """Return the numbers in a sector. Raises ``struct.error`` if the file ends within the sector."""
        self._file.seek((sector + 1) * self._size)
        return struct.unpack(f"<{self._size // 4}I", self._file.read(self._size))


def _is_endless(table: list[int], start: int) -> bool:
    """Say whether the chain from the sector ``start`` leads back into itself.

    ``table`` contains the number of the next sector after each sector.
    """
    at = start
    for _ in range(len(table) + 1):
        if at >= len(table):  # the chain's end, or a number that the library refuses
            return False
        at = table[at]
    return True
