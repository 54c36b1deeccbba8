"""Follow the page tokens of a service's list, recognise a list that never ends, and find one member in a list."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from onboarding import addresses
from onboarding.destinations.port import Ask, Member, MemberPage, Refused, Unconfirmed
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus

MOST_PAGES = 100_000
"""The most pages of a list of people. At 100 people a page, no company employs so many people."""

MOST_PAGES_OF_A_LOOK_UP = 20
"""The most pages that the search for one person reads. A service with more pages does not filter by address."""

MOST_PAGES_OF_GROUPS = 100

TOO_MANY_PAGES = "TooManyPages"
WITHOUT_ADDRESS = "UserWithoutAddress"
"""The error code of a look-up that found a member without an address, who may be the wanted person."""

UNFIT = "UnfitAnswer"
"""The first word of the ``cause`` of an ``Unconfirmed`` error, if the answer does not fit the service model."""


class PageTokens:
    """The tokens of the pages of one list. Each page's token leads to the next page."""

    def __init__(self, most_pages: int = MOST_PAGES) -> None:
        self._most_pages = most_pages
        self._seen: set[int] = set()

    def follow(self, token: str) -> str | None:
        """Return ``token``, which asks for the next page. Return None for an empty token, which ends the list.

        Raises ``DestinationClosed`` if the list never ends: a token appears twice, or there are too many pages.
        """
        if not token:
            return None
        mark = hash(token)
        if mark in self._seen:
            raise DestinationClosed("The service's list never ends: one page leads back to another.")
        self._seen.add(mark)
        if len(self._seen) >= self._most_pages:
            raise DestinationClosed(f"The service's list has more than {self._most_pages} pages.")
        return token


def page_of(members: Iterable[Member | None], following: str | None) -> MemberPage:
    """Return a page of a service's list. Each None in ``members`` is a member without an address.

    ``following`` is the token of the next page.
    """
    shown = list(members)
    known = tuple(member for member in shown if member)
    return MemberPage(known, following or "", len(shown) - len(known))


def checked_page(page: MemberPage, *, is_first: bool) -> MemberPage:
    """Return a page of the list of all members. Raises ``Unconfirmed`` if all members on the page lack an address.

    Such a page is garbage, and does not prove that people are absent. A later page with a single member is an
    exception: this member may be the last on the list.
    """
    most = 0 if is_first else 1
    if page.without_address > most and not page.members:
        raise Unconfirmed(f"{UNFIT} (no address)")
    return page


def find_member(
    read: Callable[[str], MemberPage], address: str, ask: Ask, *, most_pages: int = MOST_PAGES_OF_A_LOOK_UP
) -> Member | None:
    """Return the member with an address in any spelling, or None if no page has such a member.

    ``read`` takes a page token, and returns one page of the members that the service finds for the address. ``ask``
    sends each request. A service may also find members with a longer address that contains this address. So this
    function reads page after page and compares addresses by key. If no key is equal, the function returns a member
    whose key has the same spelling (``spelling_of``). ``member_of_entries`` unites several entries of the member.

    The search ends after ``most_pages`` pages. Raises ``Refused`` if the member is on none of these pages, and more
    pages follow. Raises ``DestinationClosed`` if the pages never end.
    """
    tokens = PageTokens()
    following: str | None = ""
    pages = without_address = 0
    found: list[Member] = []
    respelled: list[Member] = []
    while following is not None and not (found and pages == most_pages):
        if pages == most_pages:
            raise Refused(TOO_MANY_PAGES)
        page = ask(partial(read, following))
        pages += 1
        key, *keys = addresses.keys_of([address, *(member.address for member in page.members)])
        found += (member for member, its_key in zip(page.members, keys, strict=True) if its_key == key)
        respelled += (member for member, its_key in zip(page.members, keys, strict=True) if _is_respelled(its_key, key))
        without_address += page.without_address
        following = tokens.follow(page.following)
    if without_address and not (found or respelled):
        raise Refused(WITHOUT_ADDRESS)
    return member_of_entries(found or respelled)


def _is_respelled(key: str, wanted: str) -> bool:
    return key != wanted and addresses.spelling_of(key) == addresses.spelling_of(wanted)


def member_of_entries(entries: Sequence[Member]) -> Member | None:
    """Unite ``entries`` of a service's list that show the same member; return None if there is no entry.

    If the memberships differ, the membership becomes ``OTHER``. If the ids differ, the id is empty. The date of the
    invitation is the latest date; with an earlier date, the job might invite a person again too soon.
    """
    if not entries:
        return None
    dates = [entry.invited_on for entry in entries if entry.invited_on]
    ids, known = {entry.id for entry in entries}, {entry.membership for entry in entries}
    membership = known.pop() if len(known) == 1 else MembershipStatus.OTHER
    return Member(entries[0].address, membership, max(dates, default=None), ids.pop() if len(ids) == 1 else "")
