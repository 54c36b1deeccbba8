"""The roster of a run: who is in its exports, as hashes of 64 bits, and the comparison with an earlier roster.

A person has two hashes, one of the employee id and one of the address. Where the person has no id or no usable address,
that hash is 0. A person of an earlier roster is still there if either hash is in the new roster. So neither a new
address nor a missing id makes a person seem gone. An id that several people of the earlier roster share tells nothing.
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

People: TypeAlias = npt.NDArray[np.uint64]
"""The hashes of people: shape ``(people, 2)``, with the hash of the id and then the hash of the address."""

PEOPLE_IN_A_PART = 1_000_000
_LEAST_PEOPLE = 4096
_NOT_PEOPLE = pa.array(NOT_PEOPLE, pa.string())


class RosterHashes:
    """The hashes of the people in a run's exports, collected from one frame of rows after another.

    It takes 16 bytes for each person. ``secret`` is the secret of the ledger: with another secret, the hashes differ.
    """

    def __init__(self, secret: bytes) -> None:
        self._seed = Seed.of(secret, "roster").short
        self._people: People = np.empty((0, 2), np.uint64)
        self._count = 0

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Take note of the people in frames, and yield the frames unchanged."""
        for frame in rows:
            self.add(frame)
            yield frame

    def add(self, frame: pd.DataFrame) -> None:
        """Take note of the people in a frame with the columns ``employee_id``, ``key`` and ``disposition``."""
        ids, keys = as_array(frame["employee_id"]), as_array(frame["key"])
        is_person = pc.invert(pc.is_in(as_array(frame["disposition"]), _NOT_PEOPLE))
        if is_person.false_count:
            ids, keys = ids.filter(is_person), keys.filter(is_person)
        both = (fingerprints(employee_keys(ids), self._seed), fingerprints(keys, self._seed))
        found = np.concatenate(both, axis=1)
        self._append(found if found.any(axis=1).all() else found[found.any(axis=1)])

    def parts(self) -> Iterator[bytes]:
        """Yield the roster in parts, as ``gone_from`` reads them. There is always at least one part."""
        for start in range(0, self._count, PEOPLE_IN_A_PART):
            yield self._people[start : min(start + PEOPLE_IN_A_PART, self._count)].astype("<u8").tobytes()
        if not self._count:
            yield b""

    def gone_from(self, earlier: Iterable[bytes]) -> tuple[int, int]:
        """Return how many people an earlier roster has, and how many of them are not in this roster.

        ``earlier`` has the parts of the earlier roster. After this call, ``parts`` no longer yields the roster.
        """
        here = self._people[: self._count].reshape(-1)
        here.sort()
        people = gone = 0
        absent: list[People] = []
        for part in earlier:
            then = np.frombuffer(part, "<u8").reshape(-1, 2)
            people += len(then)
            absent.append(then[~_contains(here, then[:, 1])])
        if absent:
            rest = np.concatenate(absent)
            gone = int((~_contains(here, rest[:, 0]) | _is_shared(rest[:, 0])).sum())
        return people, gone

    def _append(self, found: People) -> None:
        count = self._count + len(found)
        if count > len(self._people):  # memory is moved rather than copied, and grows by a quarter
            self._people.resize((max(count, len(self._people) * 5 // 4, _LEAST_PEOPLE), 2), refcheck=False)
        self._people[self._count : count] = found
        self._count = count


def _contains(here: npt.NDArray[np.uint64], hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Return for each hash whether it is in ``here``, which is sorted. The hash 0 is never there."""
    if not len(here):
        return np.zeros(len(hashes), np.bool_)
    order = np.argsort(hashes)  # a search for sorted hashes is ten times as fast
    places = np.empty(len(hashes), np.int64)
    places[order] = np.searchsorted(here, hashes[order])
    found: npt.NDArray[np.bool_] = (here[np.minimum(places, len(here) - 1)] == hashes) & (hashes != 0)
    return found


def _is_shared(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Return for each hash whether it stands more than once in the array."""
    _, places, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    shared: npt.NDArray[np.bool_] = counts[places] > 1
    return shared
