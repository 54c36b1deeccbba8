"""The values of a plan: invitees, their chunks, the scope of an invite, accounts, and the rule for reinviting."""

from typing import NamedTuple

from onboarding.model.values import dataclass

CHUNK_SIZE = 50
"""The most addresses in one request. The description of a destination may name a smaller number."""

LONGEST_MEMBER_ID = 10
"""The longest id of a member at a service, in ASCII characters. Wickr's ids are the longest."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A destination, an account and an endpoint. The ledger finds an invite by its scope and its address.

    ``account`` is the result of ``canonical_account``. ``endpoint`` is the result of ``foreign_endpoint``, and empty
    for the vendor's own endpoint. So a rehearsal at another endpoint never changes the record of real invites. All
    spellings of an account and an endpoint lead to the same scope.
    """

    destination: str
    account: str
    endpoint: str = ""


class Invitee(NamedTuple):
    """An address to invite. Logs name only the position of the address's row."""

    position: int
    address: str
    key: str
    name: str = ""
    family_name: str = ""
    """The end of ``name`` that is the family's name, or empty if the export contains no column of family names."""
    again: bool = False
    """Whether to invite the address again, although the ledger contains an earlier invite."""
    losses: int = 0
    """The number of invites that were in doubt, and then released because the service did not list the person."""
    employee: str = ""
    """The key of the row's employee id (``employees.employee_keys``), or empty."""
    times: int = 1
    """The number of invites of the address, with this invite."""
    member_id: str = ""
    """The service's id of a person to invite again.

    The id is empty for a new person, and for a service that invites people again by address.
    """
    group: str = ""
    """The name or the id of the group that the person joins. It is empty for the usual group."""

    def __repr__(self) -> str:
        """Return a text without the address and the name."""
        return f"Invitee(position={self.position}, again={self.again})"


@dataclass(frozen=True, slots=True)
class Chunk:
    """At most ``CHUNK_SIZE`` people to invite with one request. The chunks of a run have numbers from 1 on.

    ``token`` is the text by which the destination recognises a repeated request of the whole chunk, or empty for a
    destination without tokens.
    """

    number: int
    invitees: tuple[Invitee, ...]
    token: str = ""

    @property
    def member_ids(self) -> tuple[str, ...]:
        """The service's ids of the people, if the service invites all of them again by id; otherwise empty."""
        ids = tuple(invitee.member_id for invitee in self.invitees)
        return ids if all(ids) else ()


class Renewal(NamedTuple):
    """The facts for a further invite of a person.

    ``times`` is the number of the invite, 2 or more. ``member_id`` is the service's id of the person, or ``""``.
    """

    times: int
    member_id: str = ""


@dataclass(frozen=True, slots=True)
class ReinviteRule:
    """The rule for further invites, for people who were invited long ago and have not accepted.

    A person's last invite must be older than the moment ``before``. This moment is ISO-8601 text in UTC, to the
    microsecond, like the times in the ledger. ``times`` is the most further invites for a person.
    """

    before: str
    times: int


@dataclass(frozen=True, slots=True)
class FilterFigures:
    """The number of entries in the rules of ``--only`` and ``--skip``: values, and comparisons of dates.

    ``unmatched`` is the number of entries that fitted no row, and ``rules`` are the first of these entries in words.
    ``choose_nobody`` is true if the rules leave out all people, although the exports are complete lists of people.
    """

    entries: int = 0
    unmatched: int = 0
    rules: tuple[str, ...] = ()
    choose_nobody: bool = False


@dataclass(frozen=True, slots=True)
class EntryFigures:
    """The figures about the entries of a run's exclusion lists, and about the entries of its rules.

    If the run has no lists or no rules, their figures are None.
    """

    exclusions: "ExclusionFigures | None" = None
    filters: "FilterFigures | None" = None


NO_ENTRIES = EntryFigures()
"""The figures of a run without exclusion lists and without rules."""


@dataclass(frozen=True, slots=True)
class ExclusionFigures:
    """The number of entries in the exclusion lists, and the number of entries that matched no row (``unmatched``).

    ``places`` are the lists and rows of the first unmatched entries.
    """

    entries: int = 0
    unmatched: int = 0
    places: tuple[str, ...] = ()
