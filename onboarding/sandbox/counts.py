"""The counts of the sandbox: requests, users and mails.

This module imports none of the sandbox's services, so that reports can import it quickly.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from onboarding.model.values import dataclass

if TYPE_CHECKING:
    from onboarding.sandbox.simulation.records import MailCounts


@dataclass(frozen=True, slots=True)
class SandboxCounts:
    """The counts of the sandbox: requests since its start, and all users and mails in its state.

    Requests have a count for each operation and status. The name of an operation begins with its service, as in
    ``wickr.ListUsers``. Operations of the default destination have no service in their name. The counts of users and
    mails are totals over all accounts of all services. An address counts once for each account that mailed it.
    ``addresses_mailed_more_than_once`` counts addresses that got several mails from the same account. ``acts_to_come``
    counts the requests on which a service still has to act.
    """

    requests: Mapping[str, Mapping[str, int]]
    users: int
    mails: int
    addresses_mailed: int
    addresses_mailed_more_than_once: int
    acts_to_come: int = 0

    @classmethod
    def of(cls, requests: Mapping[str, Mapping[str, int]], mail: "MailCounts") -> "SandboxCounts":
        """Join the counts of requests with the counts of users and mails."""
        return cls(requests, **asdict(mail))
