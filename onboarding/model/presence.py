"""Figures about the members of an account: what a run found out about them, and how many are in no export."""

from collections.abc import Mapping
from dataclasses import field

from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class PresenceFigures:
    """Counts of requests that asked the service for its people, and of differences between service and ledger.

    ``pages`` and ``look_ups`` count the requests for lists and for single people. ``not_in_ledger`` counts people who
    are in the account although no run of this ledger invited them. ``not_shown`` counts people whom an earlier run
    invited and whom the service does not list. ``without_address`` counts members whom the service lists without an
    address.
    """

    pages: int = 0
    look_ups: int = 0
    not_in_ledger: int = 0
    not_shown: int = 0
    without_address: int = 0


@dataclass(frozen=True, slots=True)
class NotInExports:
    """Counts of the account's members who are in no export of the run.

    ``people`` counts all of these members, and ``by_status`` counts them by their status at the service.
    ``invited_by_runs`` counts the members whom an earlier run of this ledger invited. ``file`` is the report that lists
    the members. If the run does not know the members, ``people`` is None, and ``file`` is empty. Then ``why_unknown``
    says why, as part of a sentence.
    """

    people: int | None = None
    by_status: Mapping[str, int] = field(default_factory=dict)
    invited_by_runs: int = 0
    file: str = ""
    why_unknown: str = ""
