"""Known members: the memberships of people whom the service has shown, in about 20 bytes for each member.

The people are found by fingerprints of their address keys, so that this module keeps no address.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onboarding.addresses import keys_of, respelled_keys
from onboarding.destinations import Member
from onboarding.model.fingerprints import Seed, fingerprints
from onboarding.model.outcomes import MembershipStatus

_MEMBERSHIPS = (None, *MembershipStatus)
_NUMBER_OF: Mapping[MembershipStatus, int] = {known: number for number, known in enumerate(_MEMBERSHIPS) if known}


class KnownMembers:
    """The memberships of the known members, found by the fingerprints of their address keys.

    ``_by_spelling`` has the members whose key differs from its spelling, by the fingerprints of the spellings.
    """

    def __init__(self) -> None:
        seed = Seed.random()
        self._by_key, self._by_spelling = _Memberships(seed), _Memberships(seed)

    def __len__(self) -> int:
        return len(self._by_key)

    def add(self, members: Sequence[Member]) -> None:
        """Add members. If a member is added with different memberships, the membership becomes ``OTHER``."""
        if members:
            numbers = np.array([_NUMBER_OF[member.membership] for member in members], np.int8)
            keys = pa.array(keys_of([member.address for member in members]), pa.string())
            self._by_key.add(keys, numbers)
            is_respelled, spellings = respelled_keys(keys)
            self._by_spelling.add(pa.array(spellings, pa.string()), numbers[is_respelled])

    def memberships_of(self, keys: pa.Array) -> dict[str, MembershipStatus]:
        """Return memberships by address key. Keys of people who were not added are left out."""
        return self._by_key.find(keys)

    def respelled(self, keys: pa.Array) -> dict[str, MembershipStatus]:
        """Return memberships by address key, as ``MemberLookup.respelled`` describes."""
        if not len(self):
            return {}
        is_odd, spellings = respelled_keys(keys)
        of_odd = pa.array(spellings, pa.string())
        shown = self._by_spelling.find(of_odd) | self._by_key.find(of_odd)
        odd = zip(keys.filter(pa.array(is_odd)).to_pylist(), spellings, strict=True)
        # Any other key is its own spelling.
        found = self._by_spelling.find(keys) | {key: shown[spelling] for key, spelling in odd if spelling in shown}
        there = self._by_key.find(pa.array(found, pa.string()))
        return {key: membership for key, membership in found.items() if key not in there}


class _Memberships:
    """Memberships, found by the fingerprints of address keys or of spellings.

    A service may list a person twice, for example as pending and as registered. No entry of such a list is more certain
    than another entry. So the membership of this person is ``OTHER``, and no later step takes the person for pending.
    """

    def __init__(self, seed: Seed) -> None:
        self._seed = seed
        self._prints: npt.NDArray[np.uint64] = np.empty((0, 2), np.uint64)
        self._numbers: npt.NDArray[np.int8] = np.empty(0, np.int8)
        self._new: list[tuple[npt.NDArray[np.uint64], npt.NDArray[np.int8]]] = []

    def __len__(self) -> int:
        return len(self._numbers) + sum(len(numbers) for _, numbers in self._new)

    def add(self, texts: pa.Array, numbers: npt.NDArray[np.int8]) -> None:
        """Add a membership for each text. ``numbers`` has the index of each membership in ``_MEMBERSHIPS``."""
        if len(numbers):
            self._new.append((fingerprints(texts, self._seed), numbers))

    def find(self, texts: pa.Array) -> dict[str, MembershipStatus]:
        """Return the memberships of those texts that were added.

        A text that was added with different memberships has the membership ``OTHER``.
        """
        self._sort()
        if not len(self._numbers) or not len(texts):
            return {}
        wanted = fingerprints(texts, self._seed)
        at = np.searchsorted(self._prints[:, 0], wanted[:, 0], side="right") - 1
        is_there = (at >= 0) & (self._prints[at] == wanted).all(axis=1)
        found = self._numbers[at[is_there]].tolist()
        there = texts.filter(pa.array(is_there)).to_pylist()
        return {key: known for key, number in zip(there, found, strict=True) if (known := _MEMBERSHIPS[number])}

    def _sort(self) -> None:
        if not self._new:
            return
        prints = np.concatenate([self._prints, *(prints for prints, _ in self._new)])
        numbers = np.concatenate([self._numbers, *(numbers for _, numbers in self._new)])
        order = np.argsort(prints[:, 0], kind="stable")
        prints, numbers = prints[order], numbers[order]
        starts = np.flatnonzero(np.append(True, (prints[1:] != prints[:-1]).any(axis=1)))
        lowest, highest = np.minimum.reduceat(numbers, starts), np.maximum.reduceat(numbers, starts)
        self._numbers = np.where(lowest == highest, lowest, _NUMBER_OF[MembershipStatus.OTHER]).astype(np.int8)
        self._prints, self._new = prints[starts], []
