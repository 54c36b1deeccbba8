"""Presence: find out which people are members of an account already, with few requests, and remember the members.

The service lists all members page by page, or looks up one person. It does not say how many members there are. So this
module reads pages first, until it has read as many pages as there are people to find. After that it looks up each
remaining person, which is cheaper. Sometimes it would be cheapest to read all pages, and sometimes to look up each
person. This module needs at most about twice as many requests as the cheapest way.
"""

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from onboarding.destinations import Directory, PageTokens, Refused
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus
from onboarding.runtime.logs import get_logger
from onboarding.sending.known_members import KnownMembers
from onboarding.sending.listed_members import ListedMembers

log = get_logger()


class MemberLookup:
    """Asks a directory for members, and remembers the answers in about 20 bytes for each member.

    If the directory shows ids, the id of a pending member takes about 30 bytes more. ``advance`` is called with 1 and
    an empty note after each question to the directory. A list may have members without an address. ``looks_twice`` says
    whether this class then looks up each person who is missing in the list. ``listed`` keeps the listed members, so
    that ``in_no_export`` can find members who are in no export. ``listed`` is None if the caller does not need
    ``in_no_export``.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        advance: Callable[[int, str], None] = lambda _asked, _note: None,
        looks_twice: bool = False,
        listed: ListedMembers | None = None,
    ) -> None:
        self.listed = listed
        self._directory = directory
        self._looks_twice = looks_twice
        self._advance = advance
        self._members = KnownMembers()
        self._next_page: str | None = ""
        self._tokens = PageTokens()
        self._people = 0
        self.is_unsure = False
        """True if people may be among the members without an address, since the service refused to look a person up."""
        self.without_address = 0
        """How many members the service listed without an address until now."""
        self.pages = 0
        self.look_ups = 0
        """``pages`` is how many pages were read so far, and ``look_ups`` how many people were looked up one by one."""

    def memberships(self, addresses: pa.Array, keys: pa.Array) -> dict[str, MembershipStatus]:
        """Return the memberships of people, by address key. People who are no members are left out.

        ``addresses`` are the addresses to which invitations would be sent, and ``keys`` are their keys in the same
        order. Both are arrays of strings. Raises ``StillThrottled``, ``Interrupted`` or ``DestinationClosed``.
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

    def ids_of_pending(self, keys: pa.Array) -> dict[str, str]:
        """Return the service's ids of pending members, by the keys in ``keys``. The method asks the directory nothing.

        ``keys`` has the address keys of people. Call ``memberships`` with the same people before. The result leaves out
        people who are not pending, and people with an unclear id.
        """
        return self._members.ids_of_pending(keys)

    @property
    def is_complete(self) -> bool:
        """Whether the service has listed all members."""
        return self._next_page is None

    @property
    def wants_people(self) -> bool:
        """Whether ``note_in_export`` can change the result of ``in_no_export``. Without listed members, it cannot."""
        return self.listed is not None and not (self.is_complete and len(self._members) == 0)

    def note_in_export(self, keys: pa.Array) -> None:
        """Remember people who are in an export, by the keys of their addresses."""
        if self.listed and self.wants_people and len(keys):
            self.listed.note(self._members.prints_of(keys))

    def in_no_export(self) -> Iterator[pa.Table]:
        """Yield tables of the listed members who are in no export, each member once.

        If an export spells a member's address in another way, the member is in this export. Call this method when
        ``is_complete`` is true, after the last ``note_in_export``. The tables have the columns of
        ``listed_members.SCHEMA`` and the column ``status``, a ``MembershipStatus``. Raises ``OSError``.
        """
        for prints in self.listed.people() if self.listed else ():
            self._members.mark(prints)
        for batch in self.listed.batches() if self.listed else ():
            found = batch.filter(self._members.take_unmarked(batch["key"]))
            known = self._members.memberships_of(found["key"])
            status = pa.array([str(known[key]) for key in found["key"].to_pylist()], pa.string())
            yield pa.Table.from_batches([found]).append_column("status", status)

    def _read_page(self) -> None:
        try:
            page = self._directory.page(self._next_page or "")
        except Refused as error:
            raise DestinationClosed(f"The service refuses to tell who is there ({error.code}).") from None
        self.pages += 1
        self._advance(1, "")
        keys = self._members.add(page.members)
        if self.listed:
            self.listed.add(page.members, keys)
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
