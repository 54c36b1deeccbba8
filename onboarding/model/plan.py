"""The values of a plan: invitees, their chunks, the scope of an invite, accounts, and the rule for reinviting."""

from typing import NamedTuple

from onboarding.model.values import dataclass

CHUNK_SIZE = 50
"""The most addresses that one request may carry. The description of a destination may name a smaller number."""

LONGEST_MEMBER_ID = 10
"""How many ASCII characters a service's id of a member may have: as many as the longest id of Wickr."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A destination, an account and an endpoint. The ledger finds an invite by its scope and its address.

    ``account`` is the name that ``canonical_account`` returns. ``endpoint`` is the name that ``foreign_endpoint``
    returns, which is empty for the vendor's own endpoint. So a rehearsal at another endpoint never changes the record
    of real invites. All spellings of one account and one endpoint give the same scope.
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
    """The end of ``name`` that is the family's name. It is empty if the export has no column of family names."""
    again: bool = False
    """Whether to invite the address although this ledger has invited it before."""
    losses: int = 0
    """How often an invite was in doubt, and was then released because the service did not show the person."""
    employee: str = ""
    """The key of the row's employee id (``employees.employee_keys``), or empty."""
    times: int = 1
    """How often the address is invited, this invite included."""
    member_id: str = ""
    """The service's id of a person to invite again.

    The id is empty for a new person, and for a service that invites people again by their address.
    """
    group: str = ""
    """The name or the id of the group that the person joins. It is empty for the usual group."""

    def __repr__(self) -> str:
        """Return a text without the address and the name."""
        return f"Invitee(position={self.position}, again={self.again})"


@dataclass(frozen=True, slots=True)
class Chunk:
    """At most ``CHUNK_SIZE`` people to invite with one request. The chunks of a run have numbers from 1 on.

    ``token`` is the text by which the destination recognises a repeated request of the whole chunk. It is empty for a
    destination without tokens.
    """

    number: int
    invitees: tuple[Invitee, ...]
    token: str = ""

    @property
    def member_ids(self) -> tuple[str, ...]:
        """The service's ids of the people, if the service invites all of them again by their ids.

        Otherwise the tuple is empty.
        """
        ids = tuple(invitee.member_id for invitee in self.invitees)
        return ids if all(ids) else ()


class Renewal(NamedTuple):
    """What a further invite of a person needs.

    ``times`` is the number of the invite, 2 or more. ``member_id`` is the service's id of the person, or ``""``.
    """

    times: int
    member_id: str = ""


@dataclass(frozen=True, slots=True)
class ReinviteRule:
    """The rule that says whom to invite again: people who were invited long ago and have not accepted.

    A person's last invite must be older than the moment ``before``. This moment is ISO-8601 text in UTC, to the
    microsecond, like the times in the ledger. ``times`` is the largest number of further invites for a person.
    """

    before: str
    times: int


@dataclass(frozen=True, slots=True)
class FilterFigures:
    """How many entries the rules of ``--only`` and ``--skip`` have: values, and comparisons of dates.

    ``unmatched`` is the number of entries that fitted no row, and ``rules`` shows the first of these entries to a
    person. ``choose_nobody`` says that the rules leave out all people, although the exports are complete lists of
    people.
    """

    entries: int = 0
    unmatched: int = 0
    rules: tuple[str, ...] = ()
    choose_nobody: bool = False


@dataclass(frozen=True, slots=True)
class EntryFigures:
    """The figures about the entries of a run's exclusion lists, and about the entries of its rules.

    A figure is None if the run has no entries of this kind.
    """

    exclusions: "ExclusionFigures | None" = None
    filters: "FilterFigures | None" = None


NO_ENTRIES = EntryFigures()
"""The figures of a run without exclusion lists and without rules."""


@dataclass(frozen=True, slots=True)
class ExclusionFigures:
    """How many entries the exclusion lists have, and how many of these entries matched no row (``unmatched``).

    ``places`` says where the first of the unmatched entries stand: the list and the row.
    """

    entries: int = 0
    unmatched: int = 0
    places: tuple[str, ...] = ()
