"""What does a zip archive hold, and may it be unpacked?"""

import struct
import zipfile
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

from onboarding.exports.unreadable import Unreadable

ADVICE = "save the rows of people as CSV"

HARMLESS = 100 * 2**20
"""Bytes. What unpacks to no more is not suspected, however well it was packed."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may come to; ``directory`` and ``unpacked`` are in bytes.

    ``ratio`` is how many bytes may come out of one. Of sheets with cell references none was seen above 25, of others
    the dullest had 250 and were small; a bomb has 1,000.
    """

    members: int = 10_000
    directory: int = 2 * 2**20
    unpacked: int = 4 * 2**30
    ratio: int = 200


def members_of(archive: BinaryIO, limits: ArchiveLimits) -> tuple[zipfile.ZipInfo, ...]:
    """Return what the directory of an archive lists, having read nothing else of it.

    Raises ``Unreadable`` if that is no archive, is encrypted, or would unpack to more than the limits. A directory
    may lie about sizes: whoever unpacks a member has to count for himself.
    """
    try:
        members = tuple(zipfile.ZipFile(cast("IO[bytes]", _Bounded(archive, limits.directory))).infolist())
    except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError):
        raise Unreadable("the file is damaged or cut off; export or copy it again") from None
    unpacked = sum(member.file_size for member in members)
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("protected by a password; save it without one")
    if len(members) > limits.members:
        raise Unreadable(f"it has {len(members):,} parts inside, and at most {limits.members:,} are read; {ADVICE}")
    if unpacked > limits.unpacked:
        raise Unreadable(f"it would unpack to {unpacked:,} bytes, more than {limits.unpacked:,}; {ADVICE}")
    if any(member.file_size > max(HARMLESS, limits.ratio * member.compress_size) for member in members):
        raise Unreadable(f"it would unpack to more than {limits.ratio} times its size, as no export does; {ADVICE}")
    return members


class _Bounded:
    """Refuse to read a huge directory, which ``zipfile`` does in one go."""

    def __init__(self, archive: BinaryIO, limit: int) -> None:
        self._archive, self._limit = archive, limit
        self.seek, self.tell = archive.seek, archive.tell

    def read(self, size: int = -1) -> bytes:
        if size > self._limit:
            raise Unreadable(f"its list of parts inside is longer than {self._limit:,} bytes; {ADVICE}")
        return self._archive.read(size)
