"""The roster of a run: the people in its exports, as hashes of 64 bits, and the comparison with an earlier roster.

A person has two hashes, one of the employee id and one of the address. The hash of a missing id is 0, and so is the
hash of a missing or unusable address. A person of an earlier roster is still there if either hash is in the new roster.
So a person with a new address, or without the old id, does not seem gone. If several people of the earlier roster have
the same id, this id is ignored.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import as_array
from onboarding.model.dispositions import NOT_PEOPLE
from onboarding.model.employees import employee_keys
from onboarding.model.fingerprints import Seed, fingerprints

Hashes: TypeAlias = npt.NDArray[np.uint64]
"""An array with one hash of each person."""

PEOPLE_IN_A_PART = 1_000_000
_LEAST_PEOPLE = 4096
_NOT_PEOPLE = pa.array(NOT_PEOPLE, pa.string())


class RosterHashes:
    """The hashes of the people in a run's exports, collected from one frame of rows after another.

    The hashes take 16 bytes for each person. ``secret`` is the secret of the ledger. With another secret, the hashes
    would differ.
    """

    def __init__(self, secret: bytes) -> None:
        self._seed = Seed.of(secret, "roster").short
        self._people: tuple[Hashes, Hashes] = (np.empty(0, np.uint64), np.empty(0, np.uint64))
        self._count = 0

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Add the people in frames to the roster, and yield the frames unchanged."""
        for frame in rows:
            self.add(frame)
            yield frame

    def add(self, frame: pd.DataFrame) -> None:
        """Add the people in a frame with the columns ``employee_id``, ``key`` and ``disposition``."""
        ids, keys = as_array(frame["employee_id"]), as_array(frame["key"])
        is_person = pc.invert(pc.is_in(as_array(frame["disposition"]), _NOT_PEOPLE))
        if is_person.false_count:
            ids, keys = ids.filter(is_person), keys.filter(is_person)
        by_id, by_address = (fingerprints(texts, self._seed)[:, 0] for texts in (employee_keys(ids), keys))
        is_known = (by_id | by_address) != 0
        if not is_known.all():
            by_id, by_address = by_id[is_known], by_address[is_known]
        self._append(by_id, by_address)

    def parts(self) -> Iterator[bytes]:
        """Yield the roster in parts, which ``gone_from`` can read. There is always at least one part.

        The people of a part are sorted by the hash of the address, since a search for sorted hashes is fast.
        """
        for start in range(0, self._count, PEOPLE_IN_A_PART):
            ids, addresses = (hashes[start : min(start + PEOPLE_IN_A_PART, self._count)] for hashes in self._people)
            order = np.argsort(addresses)
            yield ids[order].astype("<u8").tobytes() + addresses[order].astype("<u8").tobytes()
        if not self._count:
            yield b""

    def gone_from(self, earlier: Iterable[bytes]) -> tuple[int, int]:
        """Return how many people an earlier roster has, and how many of them are not in this roster.

        ``earlier`` has the parts of the earlier roster. After this call, ``parts`` no longer yields the roster.
        """
        ids, addresses = (hashes[: self._count] for hashes in self._people)
        addresses.sort()
        people = 0
        absent = [np.empty(0, np.uint64)]
        for part in earlier:
            then = np.frombuffer(part, "<u8").reshape(2, -1)
            people += then.shape[1]
            absent.append(then[0][~_contains(addresses, then[1])])
        rest = np.concatenate(absent)
        if not len(rest):
            return people, 0
        is_there = np.isin(rest, ids) & (rest != 0) & ~_is_shared(rest)
        return people, int((~is_there).sum())

    def _append(self, *hashes: Hashes) -> None:
        count = self._count + len(hashes[0])
        for column, found in zip(self._people, hashes, strict=True):
            if count > len(column):  # memory is moved rather than copied, and grows by a quarter
                column.resize(max(count, len(column) * 5 // 4, _LEAST_PEOPLE), refcheck=False)
            column[self._count : count] = found
        self._count = count


def _contains(here: Hashes, hashes: Hashes) -> npt.NDArray[np.bool_]:
    """Return for each hash whether ``here`` contains it. Both arrays are sorted. For the hash 0, return False."""
    if not len(here):
        return np.zeros(len(hashes), np.bool_)
    places = np.minimum(np.searchsorted(here, hashes), len(here) - 1)
    found: npt.NDArray[np.bool_] = (here[places] == hashes) & (hashes != 0)
    return found


def _is_shared(hashes: Hashes) -> npt.NDArray[np.bool_]:
    """Return for each hash whether the array contains it more than once."""
    _, places, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    shared: npt.NDArray[np.bool_] = counts[places] > 1
    return shared
