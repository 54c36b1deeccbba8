"""Presence: find out which people are members of an account already, with few requests, and remember the members.

The service lists all members page by page, or looks up one person. It does not say how many members there are. So this
module reads pages first, until it has read as many pages as there are people to find. After that it looks up each
remaining person, which is cheaper. The way with the fewest requests may be to read all pages, or to look up each
person. This module needs at most about twice as many requests as that way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onboarding.addresses import keys_of, respelled_keys
from onboarding.destinations import Directory, Member, PageTokens, Refused
from onboarding.model.errors import DestinationClosed
from onboarding.model.fingerprints import Seed, fingerprints
from onboarding.model.outcomes import MembershipStatus
from onboarding.runtime.logs import get_logger

log = get_logger()

_MEMBERSHIPS = (None, *MembershipStatus)
_NUMBER_OF: Mapping[MembershipStatus, int] = {known: number for number, known in enumerate(_MEMBERSHIPS) if known}


class MemberLookup:
    """Asks a directory for members, and remembers the answers in about 20 bytes for each member.

    ``advance`` is called with 1 and an empty note after each question to the directory. A list may have members without
    an address. ``looks_twice`` says whether this class then looks up each person who is not on the list.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        advance: Callable[[int, str], None] = lambda _asked, _note: None,
        looks_twice: bool = False,
    ) -> None:
        self._directory = directory
        self._looks_twice = looks_twice
        self._advance = advance
        self._members = _Members()
        self._next_page: str | None = ""
        self._tokens = PageTokens()
        self._people = 0
        self.is_unsure = False
        """Whether people may hide among members without an address, since the service refused to look a person up."""
        self.without_address = 0
        """How many members the service listed without an address until now."""
        self.pages = 0
        self.look_ups = 0
        """``pages`` is how many pages were read so far, and ``look_ups`` how many people were looked up one by one."""

    def memberships(self, addresses: pa.Array, keys: pa.Array) -> dict[str, MembershipStatus]:
        """Return the memberships of people, by address key. People who are no members are left out.

        ``addresses`` has the people's addresses as they would be invited, and ``keys`` has their keys in the same
        order (both are arrays of strings). Raises ``StillThrottled``, ``Interrupted`` or ``DestinationClosed``.
        """
        self._people += len(keys)
        while self._next_page is not None and self.pages < self._people:
            self._read_page()
        there = self._members.memberships_of(keys)
        if self._next_page is None and not (self._looks_twice and self.without_address):
            return there
        people = zip(keys.to_pylist(), addresses.to_pylist(), strict=True)
        self._look_up_each(address for key, address in people if key not in there)
        return self._members.memberships_of(keys)

    def respelled(self, keys: pa.Array) -> dict[str, MembershipStatus]:
        """Return the memberships of people whose address the service spells in another way, by the keys in ``keys``.

        ``keys`` has the keys of the people's addresses. Call ``memberships`` with the same people before. The result
        leaves out people who are members under their own key.
        """
        return self._members.respelled(keys)

    def _read_page(self) -> None:
        try:
            page = self._directory.page(self._next_page or "")
        except Refused as error:
            raise DestinationClosed(f"The service refuses to tell who is there ({error.code}).") from None
        self.pages += 1
        self._advance(1, "")
        self._members.add(page.members)
        if page.without_address and not self.without_address:
            log.warning("presence.without_address", mend="give these members of the account an address, or remove them")
        self.without_address += page.without_address
        self._next_page = self._tokens.follow(page.following)
        if self._next_page is None:
            log.info(
                "presence.listed", pages=self.pages, members=len(self._members), without_address=self.without_address
            )

    def _look_up_each(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            try:
                found = self._directory.look_up(address)
            except Refused:
                # The service refuses to look this address up, so only the whole list shows whether the person is there.
                while self._next_page is not None:
                    self._read_page()
                self.is_unsure = self.without_address > 0
                return
            self.look_ups += 1
            self._advance(1, "")
            self._members.add((found,) if found else ())


class _Members:
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
