"""The memberships of people whom the service has shown, in about 20 bytes of memory for each member.

This module finds people by fingerprints of their address keys, and keeps no address. If the service shows ids, the id
of a pending member takes about 30 bytes more.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onboarding.addresses import keys_of, respelled_keys
from onboarding.destinations import Member
from onboarding.model.columns import Mask
from onboarding.model.fingerprints import Prints, Seed, fingerprints
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import LONGEST_MEMBER_ID

_MEMBERSHIPS = (None, *MembershipStatus)
_NUMBER_OF: Mapping[MembershipStatus, int] = {known: number for number, known in enumerate(_MEMBERSHIPS) if known}


class KnownMembers:
    """The memberships of the known members, found by the fingerprints of their address keys.

    ``_by_spelling`` has the members whose key differs from its spelling, by the fingerprints of the spellings. ``_ids``
    has the ids of pending members, by the fingerprints of their keys.
    """

    def __init__(self) -> None:
        seed = Seed.random()
        other = _NUMBER_OF[MembershipStatus.OTHER]
        self._by_key, self._by_spelling = (_ByFingerprint(seed, np.dtype(np.int8), unclear=other) for _ in range(2))
        self._ids = _ByFingerprint(seed, np.dtype(f"S{LONGEST_MEMBER_ID}"), unclear=b"")

    def __len__(self) -> int:
        return len(self._by_key)

    def add(self, members: Sequence[Member]) -> pa.Array:
        """Add members, and return the keys of their addresses, in the same order.

        If a member is added with different memberships, the membership becomes ``OTHER``.
        """
        numbers = np.array([_NUMBER_OF[member.membership] for member in members], np.int8)
        keys = pa.array(keys_of([member.address for member in members]), pa.string())
        if members:
            self._by_key.add(keys, numbers)
            is_respelled, spellings = respelled_keys(keys)
            self._by_spelling.add(pa.array(spellings, pa.string()), numbers[is_respelled])
            self._add_ids(members, keys)
        return keys

    def _add_ids(self, members: Sequence[Member], keys: pa.Array) -> None:
        has_id = [bool(member.id) and member.membership is MembershipStatus.PENDING for member in members]
        ids = [member.id.encode() for member, is_wanted in zip(members, has_id, strict=True) if is_wanted]
        self._ids.add(keys.filter(pa.array(has_id, pa.bool_())), ids)

    def memberships_of(self, keys: pa.Array) -> dict[str, MembershipStatus]:
        """Return memberships by address key. Keys of people who were not added are left out."""
        return _as_memberships(self._by_key.find(keys))

    def ids_of_pending(self, keys: pa.Array) -> dict[str, str]:
        """Return the service's ids of pending members, by address key. Members with an unclear id are left out."""
        pending = {key for key, known in self.memberships_of(keys).items() if known is MembershipStatus.PENDING}
        found = self._ids.find(keys)
        return {key: found[key].decode() for key in pending if found.get(key)}

    def respelled(self, keys: pa.Array) -> dict[str, MembershipStatus]:
        """Return the memberships of people whose address was added only in another spelling, by address key."""
        if not len(self):
            return {}
        is_odd, spellings = respelled_keys(keys)
        of_odd = pa.array(spellings, pa.string())
        shown = _as_memberships(self._by_spelling.find(of_odd) | self._by_key.find(of_odd))
        odd = zip(keys.filter(pa.array(is_odd)).to_pylist(), spellings, strict=True)
        # Any other key is its own spelling.
        found = _as_memberships(self._by_spelling.find(keys))
        found |= {key: shown[spelling] for key, spelling in odd if spelling in shown}
        there = self._by_key.find(pa.array(found, pa.string()))
        return {key: membership for key, membership in found.items() if key not in there}

    def prints_of(self, keys: pa.Array) -> Prints:
        """Return fingerprints for ``mark``: of address keys, and of each spelling that differs from its key."""
        _, spellings = respelled_keys(keys)
        return np.concatenate(
            [fingerprints(texts, self._by_key.seed) for texts in (keys, pa.array(spellings, pa.string()))]
        )

    def mark(self, prints: Prints) -> None:
        """Mark the members whose address key, or its spelling, has one of these fingerprints."""
        for known in (self._by_key, self._by_spelling):
            known.mark(prints)

    def take_unmarked(self, keys: pa.Array) -> pa.Array:
        """Mark the members with these keys, and return a mask of the members who were not marked before.

        If ``keys`` contains a key twice, the mask is True only for its first place. No member may be added after the
        first mark.
        """
        is_odd, spellings = respelled_keys(keys)
        is_taken = self._by_key.are_marked(fingerprints(keys, self._by_key.seed))
        is_taken[is_odd] |= self._by_spelling.are_marked(
            fingerprints(pa.array(spellings, pa.string()), self._by_key.seed)
        )
        prints = fingerprints(keys, self._by_key.seed)
        is_first = np.zeros(len(keys), np.bool_)
        is_first[np.unique(prints[:, 0], return_index=True)[1]] = True
        self._by_key.mark(prints)
        return pa.array(is_first & ~is_taken)


def _as_memberships(numbers: Mapping[str, Any]) -> dict[str, MembershipStatus]:
    """Return memberships by key. ``numbers`` has the index of each membership in ``_MEMBERSHIPS``, by key."""
    return {key: known for key, number in numbers.items() if (known := _MEMBERSHIPS[number])}


class _ByFingerprint:
    """Values of one numpy type, found by the fingerprints of address keys or of spellings.

    A service may list a person twice, for example as pending and as registered. No entry of the list is more certain
    than another entry. So the value of this person is ``unclear``, and no later step treats the person as pending.
    """

    def __init__(self, seed: Seed, dtype: "np.dtype[Any]", *, unclear: object) -> None:
        self.seed = seed
        self._unclear = unclear
        self._prints: npt.NDArray[np.uint64] = np.empty((0, 2), np.uint64)
        self._values: npt.NDArray[Any] = np.empty(0, dtype)
        self._is_marked: Mask = np.empty(0, np.bool_)
        self._new: list[tuple[npt.NDArray[np.uint64], npt.NDArray[Any]]] = []

    def __len__(self) -> int:
        return len(self._values) + sum(len(values) for _, values in self._new)

    def add(self, texts: pa.Array, values: "npt.NDArray[Any] | Sequence[bytes]") -> None:
        """Add a value for each text."""
        if len(values):
            self._new.append((fingerprints(texts, self.seed), np.asarray(values, self._values.dtype)))

    def find(self, texts: pa.Array) -> dict[str, Any]:
        """Return the values of texts. Texts that were not added are left out.

        A text that was added with different values has the value ``unclear``.
        """
        if not len(self) or not len(texts):
            return {}
        at, is_there = self._places(fingerprints(texts, self.seed))
        found = self._values[at[is_there]].tolist()
        return dict(zip(texts.filter(pa.array(is_there)).to_pylist(), found, strict=True))

    def mark(self, prints: Prints) -> None:
        """Mark the texts that have these fingerprints."""
        at, is_there = self._places(prints)
        self._is_marked[at[is_there]] = True

    def are_marked(self, prints: Prints) -> Mask:
        """Return a mask of the fingerprints whose texts are marked."""
        at, is_there = self._places(prints)
        found: Mask = is_there.copy()
        found[is_there] = self._is_marked[at[is_there]]
        return found

    def _places(self, wanted: Prints) -> tuple[npt.NDArray[np.intp], Mask]:
        """Return the index of each wanted fingerprint among the sorted fingerprints. Also return a mask of matches."""
        self._sort()
        if not len(self._prints):
            return np.zeros(len(wanted), np.intp), np.zeros(len(wanted), np.bool_)
        at = np.searchsorted(self._prints[:, 0], wanted[:, 0], side="right") - 1
        is_there: Mask = (at >= 0) & (self._prints[at] == wanted).all(axis=1)
        return at, is_there

    def _sort(self) -> None:
        if not self._new:
            return
        prints = np.concatenate([self._prints, *(prints for prints, _ in self._new)])
        values = np.concatenate([self._values, *(values for _, values in self._new)])
        order = np.argsort(prints[:, 0], kind="stable")
        prints, values = prints[order], values[order]
        is_first = np.append(True, (prints[1:] != prints[:-1]).any(axis=1))
        starts = np.flatnonzero(is_first)
        differs = ~is_first & np.append(False, values[1:] != values[:-1])
        self._values = values[starts]
        self._values[np.logical_or.reduceat(differs, starts)] = self._unclear
        self._prints, self._new = prints[starts], []
        self._is_marked = np.zeros(len(starts), np.bool_)
