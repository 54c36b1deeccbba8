"""The lines about a plan at the terminal: the people to invite, rows that wait for a person, and rows left out.

Each block begins with a sign. ::

    + 498 people to invite
          sales.example 310; example.com 95; 5 more domains 93
          10 requests, about 1.2 s at 8.3 requests a second
    ~ 60 rows wait for a person
          Rejected 41: no address 30; not an address 11
    - 130 rows left out
          Excluded 106: private address 60; left the company, or the account is switched off 46
    = 12 rows of people who are there already
          Already there 12: invited by an earlier run
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from onboarding.model.amounts import duration, people, with_noun
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.values import dataclass
from onboarding.reports.words import LEFT_OUT, REASON_PHRASES, count_rows, label_of

if TYPE_CHECKING:
    from onboarding.reports.run_figures import SendingEstimate
    from onboarding.reports.summary import Summary


@dataclass(frozen=True, slots=True)
class PlanBlock:
    """A block of lines about some rows of a plan: a sign, a headline, and lines with details."""

    sign: str
    title: str
    lines: tuple[str, ...]


def plan_blocks(summary: "Summary", planned: "SendingEstimate") -> Iterator[PlanBlock]:
    """Yield the blocks about a plan. A block without rows is left out, except the block of the people to invite."""
    again = f", {planned.again:,} of them again" if planned.again else ""
    yield PlanBlock("+", f"{people(planned.invites)} to invite{again}", tuple(_about_invites(planned)))
    for sign, words, dispositions in (
        ("~", ("row waits for a person", "rows wait for a person"), summary.for_a_person),
        ("-", ("row left out", "rows left out"), LEFT_OUT),
        ("=", ("row of a person who is there already", "rows of people who are there already"), (Disposition.ALREADY,)),
    ):
        if rows := count_rows(summary.counts, dispositions):
            lines = tuple(_about_rows(summary, planned, dispositions))
            yield PlanBlock(sign, with_noun(rows, *words), lines)


def _about_invites(planned: "SendingEstimate") -> Iterator[str]:
    if not planned.invites:
        return
    if planned.by_domain:
        named = [f"{domain} {number:,}" for domain, number in planned.by_domain.items()]
        if more := planned.domains - len(planned.by_domain):
            others = planned.invites - sum(planned.by_domain.values())
            named.append(f"{with_noun(more, 'more domain', 'more domains')} {others:,}")
        yield "; ".join(named)
    requests = with_noun(planned.requests, "request", "requests")
    if planned.seconds:
        a_second = f", {planned.rate:,.1f} requests a second" if planned.rate else ""
        yield f"{requests}, about {duration(planned.seconds)} at the rate that was last seen{a_second}"
    else:
        yield f"{requests}; the time is not known, since no run has met the service's limit yet"


def _about_rows(summary: "Summary", planned: "SendingEstimate", dispositions: Iterable[Disposition]) -> Iterator[str]:
    for disposition in dispositions:
        if not (rows := summary.counts.get(disposition, 0)):
            continue
        reasons = planned.reasons.get(disposition, {})
        phrases = [f"{REASON_PHRASES[Reason(reason)]} {number:,}" for reason, number in reasons.items() if reason]
        if len(phrases) == 1 and sum(reasons.values()) == rows:
            phrases = [REASON_PHRASES[Reason(reason)] for reason in reasons]
        yield f"{label_of(disposition)} {rows:,}" + (f": {'; '.join(phrases)}" if phrases else "")
