"""TODO."""

from dataclasses import dataclass
from typing import NamedTuple

CHUNK_SIZE = 50
"""The most addresses one request may carry (Chime ``InviteUsers`` and Wickr ``BatchCreateUser`` alike)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an invite counts: the part of the ledger's key that is not the address.

    ``endpoint`` is empty for the vendor's own; a rehearsal against any other never touches the real record.
    """

    destination: str
    account: str
    endpoint: str = ""


class Invitee(NamedTuple):
    """One address that is to be invited, known to logs by its row's position alone."""

    position: int
    address: str
    key: str
    name: str = ""
    again: bool = False
    """Whether to invite whom this ledger has invited before; without it, nobody is."""

    def __repr__(self) -> str:
        """Name nobody."""
        return f"Invitee(position={self.position}, again={self.again})"


@dataclass(frozen=True, slots=True)
class Chunk:
    """At most ``CHUNK_SIZE`` invitees, sent in one request. Numbered from 1 within a run.

    ``token`` is by what the destination knows the request of the whole chunk, empty where it knows none by a token.
    """

    number: int
    invitees: tuple[Invitee, ...]
    token: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """Whom to invite again: who was invited before a moment, at most so many times more, and has not accepted yet.

    ``before`` is ISO-8601 text in UTC and to the microsecond, as the ledger has its times.
    """

    before: str
    times: int
