"""Figures about the members of an account: the findings of a run, and the members who are in no export."""

from collections.abc import Mapping
from dataclasses import field

from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class PresenceFigures:
    """The numbers of requests for members, and of differences between service and ledger.

    ``pages`` and ``look_ups`` are the numbers of requests for lists and for single people. ``not_in_ledger`` is the
    number of people in the account whom no run of this ledger invited. ``not_shown`` is the number of people whom an
    earlier run invited, but the service does not list. ``without_address`` is the number of members whom the service
    lists without an address.
    """

    pages: int = 0
    look_ups: int = 0
    not_in_ledger: int = 0
    not_shown: int = 0
    without_address: int = 0


@dataclass(frozen=True, slots=True)
class NotInExports:
    """The numbers of the account's members who are in no export of the run.

    ``people`` is the number of these members, and ``by_status`` their number by status at the service.
    ``invited_by_runs`` is the number of those whom an earlier run of this ledger invited. ``file`` is the report that
    lists the members. If the run does not know the members, ``people`` is None, ``file`` is empty, and ``why_unknown``
    is the reason as part of a sentence.
    """

    people: int | None = None
    by_status: Mapping[str, int] = field(default_factory=dict)
    invited_by_runs: int = 0
    file: str = ""
    why_unknown: str = ""
