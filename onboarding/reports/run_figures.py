"""Figures for the summary of a run: about a plan, and about sending."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import reduce
from itertools import islice
from operator import add
from typing import TYPE_CHECKING

from onboarding.model.values import dataclass

if TYPE_CHECKING:
    from onboarding.model.sent import Moment, SettledDoubts

FEWEST_ANSWERS = 20
"""The fewest requests after which reports show a rate. A few answers say little about the rate of a service."""


@dataclass(frozen=True, slots=True)
class SendingEstimate:
    """The requests and the time that a plan would need for sending.

    ``again`` counts the invites to people who were invited before. ``rate`` is the rate of the last sending, in
    requests a second. If no rate is known, ``rate`` and ``seconds`` are None. ``saved`` is the file of the plan, or
    empty if the plan was not saved. ``by_domain`` counts the people to invite at the few domains with the most people.
    ``domains`` is the number of all domains. ``reasons`` counts the rows of each disposition by reason, the most
    frequent first.
    """

    invites: int
    again: int
    requests: int
    seconds: float | None
    saved: str = ""
    rate: float | None = None
    by_domain: Mapping[str, int] = field(default_factory=dict)
    domains: int = 0
    reasons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @classmethod
    def of_all(
        cls, estimates: Sequence["SendingEstimate"], *, domains_named: int, saved: str
    ) -> "SendingEstimate | None":
        """Return the sum of several estimates, with at most ``domains_named`` domains, or None without an estimate.

        ``saved`` is the file of the plan for all of them, or empty.
        """
        if not estimates:
            return None
        total = reduce(add, estimates)
        return replace(total, saved=saved, by_domain=dict(islice(total.by_domain.items(), domains_named)))

    def __add__(self, other: "SendingEstimate") -> "SendingEstimate":
        """Return the estimate for both plans, if they are sent to two accounts at the same time.

        The sum has a time only if both plans have a time. It names domains only if both plans name all their domains.
        """
        reasons = {
            disposition: dict(Counter(self.reasons.get(disposition, {})) + Counter(other.reasons.get(disposition, {})))
            for disposition in {**self.reasons, **other.reasons}
        }
        both = (self, other)
        named: Counter[str] = Counter()
        if all(sum(each.by_domain.values()) == each.invites for each in both):
            for each in both:
                named.update(each.by_domain)
        known = self.seconds is not None and other.seconds is not None
        return SendingEstimate(
            self.invites + other.invites,
            self.again + other.again,
            self.requests + other.requests,
            seconds=max(self.seconds or 0, other.seconds or 0) if known else None,
            by_domain=dict(named.most_common()),
            domains=len(named),
            reasons=reasons,
        )


@dataclass(frozen=True, slots=True)
class SendingFigures:
    """The figures of sending. A figure that is unknown is None.

    ``rate`` is the number of requests a second that the service allowed; None if the service throttled no request.
    ``progress`` has several moments, each with the total work until then. ``settled_doubts`` counts the invitations
    that were in doubt, by how they were settled.
    """

    requests: int | None = None
    throttled: int | None = None
    rate: float | None = None
    settled_doubts: "SettledDoubts | None" = None
    progress: "Sequence[Moment]" = ()

    @property
    def told_rate(self) -> float | None:
        """The rate that reports show to people. None if too few requests were sent to know the rate."""
        return self.rate if (self.requests or 0) >= FEWEST_ANSWERS else None
