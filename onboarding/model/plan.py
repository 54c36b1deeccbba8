"""The values of a plan: invitees, their chunks, the scope in which an invite counts, and the rule for reinviting."""

from dataclasses import dataclass
from typing import NamedTuple

CHUNK_SIZE = 50
"""The most addresses one request may carry (Chime ``InviteUsers`` and Wickr ``BatchCreateUser`` alike)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an invite counts: the part of the ledger's key that is not the address.

    ``endpoint`` is empty for the vendor's own, so that a rehearsal at another endpoint never touches the real record.
    """

    destination: str
    account: str
    endpoint: str = ""


class Invitee(NamedTuple):
    """One address that is to be invited. Logs name it by the position of its row alone."""

    position: int
    address: str
    key: str
    name: str = ""
    again: bool = False
    """Whether to invite the address although this ledger has invited it before."""

    def __repr__(self) -> str:
        """Return a text without the address and the name."""
        return f"Invitee(position={self.position}, again={self.again})"


@dataclass(frozen=True, slots=True)
class Chunk:
    """At most ``CHUNK_SIZE`` invitees, sent in one request. Numbered from 1 within a run.

    ``token`` is the token by which the destination knows the request of the whole chunk. It is empty where the
    destination knows no tokens.
    """

    number: int
    invitees: tuple[Invitee, ...]
    token: str = ""


@dataclass(frozen=True, slots=True)
class ReinviteRule:
    """Invites people again who were invited before ``before`` and have not accepted, at most ``times`` times more.

    ``before`` is ISO-8601 text in UTC and to the microsecond, as the ledger has its times.
    """

    before: str
    times: int
