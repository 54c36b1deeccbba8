"""Who is there already, and how is that found out with the fewest questions?

Everybody can be had page by page, one person by one look-up, and nobody says how many there are. So pages are read as
long as they were fewer than the people asked about; after that, looking up is cheaper. Whatever the account's size,
that takes at most about twice the questions of the better way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import structlog

from onboarding.addresses import keys_of
from onboarding.destinations import Directory, Member, Refused
from onboarding.model.errors import DestinationClosed
from onboarding.model.fingerprints import Seed, fingerprints
from onboarding.model.outcomes import Membership

log = structlog.get_logger()

_MEMBERSHIPS = (None, *Membership)
_NUMBER_OF: Mapping[Membership, int] = {known: number for number, known in enumerate(_MEMBERSHIPS) if known}


class MemberLookup:
    """Asks a directory who is there, and remembers the answers: some 20 bytes for each member.

    ``advance`` is called with 1 for each question.
    """

    def __init__(
        self, directory: Directory, *, advance: Callable[[int, str], None] = lambda _asked, _note: None
    ) -> None:
        self._directory = directory
        self._advance = advance
        self._members = _Members()
        self._following: str | None = ""
        self._asked_about = 0
        self.pages = 0
        self.look_ups = 0
        """How many questions of either kind were asked until now."""

    def memberships(self, addresses: pa.Array, keys: pa.Array) -> dict[str, Membership]:
        """Return how those of these people stand who are there, by key.

        ``addresses`` are as they would be invited, ``keys`` theirs. Raises ``StillThrottled``, ``Interrupted`` or
        ``DestinationClosed``.
        """
        self._asked_about += len(keys)
        while self._following is not None and self.pages < self._asked_about:
            self._read_page()
        there = self._members.memberships_of(keys)
        if self._following is None:
            return there
        people = zip(keys.to_pylist(), addresses.to_pylist(), strict=True)
        self._look_up_each(address for key, address in people if key not in there)
        return self._members.memberships_of(keys)

    def _read_page(self) -> None:
        try:
            page = self._directory.page(self._following or "")
        except Refused as error:
            raise DestinationClosed(f"The service refuses to tell who is there ({error.code}).") from None
        self.pages += 1
        self._advance(1, "")
        self._members.add(page.members)
        self._following = page.following or None
        if self._following is None:
            log.info("presence.listed", pages=self.pages, members=len(self._members))

    def _look_up_each(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            try:
                found = self._directory.look_up(address)
            except Refused:
                # The service does not want to be asked about this address; the list has it if it is there.
                while self._following is not None:
                    self._read_page()
                return
            self.look_ups += 1
            self._advance(1, "")
            self._members.add((found,) if found else ())


class _Members:
    """Members by the fingerprints of their keys."""

    def __init__(self) -> None:
        self._seed = Seed.random()
        self._prints: npt.NDArray[np.uint64] = np.empty((0, 2), np.uint64)
        self._numbers: npt.NDArray[np.int8] = np.empty(0, np.int8)
        self._new: list[tuple[npt.NDArray[np.uint64], npt.NDArray[np.int8]]] = []

    def __len__(self) -> int:
        return len(self._numbers) + sum(len(numbers) for _, numbers in self._new)

    def add(self, members: Sequence[Member]) -> None:
        """Take in members; of one who comes twice, the last word counts."""
        if members:
            numbers = np.array([_NUMBER_OF[member.membership] for member in members], np.int8)
            keys = keys_of([member.address for member in members])
            self._new.append((fingerprints(pa.array(keys, pa.string()), self._seed), numbers))

    def memberships_of(self, keys: pa.Array) -> dict[str, Membership]:
        """Return how those of these keys stand that were taken in."""
        self._sort()
        if not len(self._numbers) or not len(keys):
            return {}
        wanted = fingerprints(keys, self._seed)
        at = np.searchsorted(self._prints[:, 0], wanted[:, 0], side="right") - 1
        is_there = (at >= 0) & (self._prints[at] == wanted).all(axis=1)
        found = self._numbers[at[is_there]].tolist()
        there = keys.filter(pa.array(is_there)).to_pylist()
        return {key: known for key, number in zip(there, found, strict=True) if (known := _MEMBERSHIPS[number])}

    def _sort(self) -> None:
        if not self._new:
            return
        prints = np.concatenate([self._prints, *(prints for prints, _ in self._new)])
        numbers = np.concatenate([self._numbers, *(numbers for _, numbers in self._new)])
        # Stable, so that of equal ones the last stays the last: it is the one that is found.
        order = np.argsort(prints[:, 0], kind="stable")
        self._prints, self._numbers, self._new = prints[order], numbers[order], []
