"""Keep the members that the service lists for an account, and the people in the exports, on the disk.

At the end of a run, the job compares the members with the exports, and so finds members who are in no export. There may
be ten million members, and as many people in the exports. So this module writes the members to a temporary file at
once, and writes fingerprints of the exports' address keys to another file.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from onboarding.destinations import Member
from onboarding.model.fingerprints import Prints
from onboarding.runtime.files import make_private_folder
from onboarding.runtime.logs import get_logger
from onboarding.runtime.scratch import unnamed_file

log = get_logger()

SCHEMA = pa.schema([("key", pa.string()), ("email", pa.string()), ("invited_on", pa.string())])
"""The columns of listed members.

``email`` is the address in the service's spelling, and ``key`` is its address key. ``invited_on`` is the time of the
last invitation by the service's clock, as ISO-8601 text in UTC. ``invited_on`` is empty if the service shows no time.
"""

MEMBERS_AT_ONCE = 10_000
PRINTS_AT_ONCE = 500_000
_HALVES = 2
"""A fingerprint consists of this many numbers of 64 bits."""


class ListedMembers:
    """The listed members and the fingerprints of the people in the exports, in two temporary files.

    ``members`` and ``people`` are new files, open for reading and writing. After an error of the disk, nothing more is
    written, and ``failure`` says why. The run itself goes on, since it needs neither file.
    """

    def __init__(self, members: BinaryIO, people: BinaryIO) -> None:
        self.failure = ""
        self._members = members
        self._people = people
        self._writer = pa.ipc.new_stream(members, SCHEMA)
        self._waiting: list[pa.RecordBatch] = []

    def add(self, members: Sequence[Member], keys: pa.Array) -> None:
        """Write members to the file. ``keys`` has the key of each member's address, in the same order."""
        dates = [each.invited_on.astimezone(UTC).isoformat() if each.invited_on else "" for each in members]
        columns = [keys, pa.array([each.address for each in members], pa.string()), pa.array(dates, pa.string())]
        self._waiting.append(pa.record_batch(columns, schema=SCHEMA))
        if sum(map(len, self._waiting)) >= MEMBERS_AT_ONCE:
            self._write_waiting()

    def note(self, prints: Prints) -> None:
        """Write the fingerprints of people in an export to the file."""
        if not self.failure:
            with self._failure_noted():
                self._people.write(prints.tobytes())

    def people(self) -> Iterator[Prints]:
        """Yield all fingerprints that ``note`` has written, in arrays of a limited size. Raises ``OSError``."""
        self._people.seek(0)
        while data := self._people.read(PRINTS_AT_ONCE * _HALVES * np.dtype(np.uint64).itemsize):
            yield np.frombuffer(data, np.uint64).reshape(-1, _HALVES)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield all members with the columns of ``SCHEMA``. No member can be added afterwards. Raises ``OSError``."""
        self._write_waiting()
        self._writer.close()
        self._members.seek(0)
        yield from pa.ipc.open_stream(self._members)

    def _write_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self.failure:
            return
        with self._failure_noted():
            for batch in pa.Table.from_batches(waiting, SCHEMA).combine_chunks().to_batches():
                self._writer.write_batch(batch)

    @contextmanager
    def _failure_noted(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failure = error.strerror or type(error).__name__
            log.warning("members.not_kept", error=self.failure)


@contextmanager
def listed_members(folder: Path) -> Iterator[ListedMembers]:
    """Yield an empty ``ListedMembers`` for the length of the block. Its two temporary files are in ``folder``.

    The files have no names, and no other user can read them. Raises ``OSError``.
    """
    stack = ExitStack()
    try:
        place = make_private_folder(folder)
        members, people = (stack.enter_context(unnamed_file(place)) for _ in range(2))
        yield ListedMembers(members, people)
    finally:
        with suppress(OSError):  # a file on a full disk may have bytes that were not written yet
            stack.close()
