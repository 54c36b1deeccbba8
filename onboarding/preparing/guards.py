"""Guards, which stop a plan that is suspiciously large or unlike the last run, and the counts that they compare.

Mails cannot be called back. So before the first mail leaves, the run counts the rows of the plan (``Census``), and
compares the counts with the last run that went well. New domains stop a plan too. If the operator is sure, and confirms
the exact number of people to invite, the guards let the plan pass.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from onboarding.addresses import domains_of
from onboarding.model.amounts import people
from onboarding.model.columns import as_array
from onboarding.model.dispositions import NOT_PEOPLE, Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.model.rows import is_open
from onboarding.model.sent import Ending

MOST_GONE = 0.20
FEW_GONE = 10
"""A guard stops a plan that lacks a larger share of the last run's people than ``MOST_GONE`` (0 to 1) says.

A plan from which at most ``FEW_GONE`` people are missing always passes this guard.
"""

MOST_REJECTED_MORE = 0.05
FEW_REJECTED = 10
"""A guard stops a plan if its share of rejected rows is much larger than that of the last run.

It is much larger if the difference of the two shares exceeds ``MOST_REJECTED_MORE`` (0 to 1).

A plan with at most ``FEW_REJECTED`` rejected rows always passes this guard.
"""

MOST_NEW = 0.10
FEW_NEW = 50
"""After the first run, a guard stops a plan that invites a larger share of its people than ``MOST_NEW`` (0 to 1) says.

A plan that invites at most ``FEW_NEW`` people always passes this guard.
"""

DOMAINS_NAMED = 3


@dataclass(slots=True)
class Census:
    """The counts of a plan and the domains of its people, collected from one frame of rows after another.

    ``invites`` counts the people to invite, and ``again`` those among them who were invited before. ``people`` counts
    the rows that are about a person, and ``rejected`` the rows without a usable address. ``domains`` has the domains of
    the people who are to be invited or are in the account, in order of first appearance. ``unconfirmed_domains`` leaves
    out domains that only have people about whom HR has answered.
    """

    invites: int = 0
    again: int = 0
    people: int = 0
    rejected: int = 0
    domains: dict[str, None] = field(default_factory=dict)
    unconfirmed_domains: dict[str, None] = field(default_factory=dict)

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Count the rows of frames, and yield the frames unchanged."""
        for frame in rows:
            self.add(frame)
            yield frame

    def add(self, frame: pd.DataFrame) -> None:
        """Count the rows of a frame with the columns ``key``, ``disposition`` and ``reason``."""
        disposition, to_send = frame["disposition"], is_open(frame)
        self.invites += int(to_send.sum())
        self.again += int((to_send & (frame["reason"] == Reason.AGAIN)).sum())
        self.people += int((~disposition.isin(NOT_PEOPLE)).sum())
        self.rejected += int((disposition == Disposition.REJECTED).sum())
        theirs = to_send | (disposition == Disposition.ALREADY)
        answered = to_send & (frame["reason"] == Reason.ANSWERED)
        domains, _ = domains_of(as_array(frame.loc[theirs, "key"]))
        self.domains.update(dict.fromkeys(domains))
        if answered.any():
            domains, _ = domains_of(as_array(frame.loc[theirs & ~answered, "key"]))
        self.unconfirmed_domains.update(dict.fromkeys(domains))


@dataclass(frozen=True, slots=True)
class HitGuard:
    """A guard that a plan has hit, so that the operator must confirm the plan: the guard's name, and the reason."""

    guard: str
    why: str


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """The answer of the guards to a plan: the guards that the plan hit, and whether the operator confirmed its invites.

    ``invites`` is the number of people that an operator may confirm. ``compared_with`` is the id of the last run that
    went well, or empty if no run did. ``knows_domains`` says whether the ledger knows the domains at which people were
    invited before.
    """

    invites: int
    compared_with: str
    knows_domains: bool
    hits: tuple[HitGuard, ...]
    confirmed: bool

    @property
    def is_stopped(self) -> bool:
        """Whether the guards stop the plan, so that nothing may be sent."""
        return bool(self.hits) and not self.confirmed

    @property
    def message(self) -> str:
        """One line that says why nothing of the plan is sent, and what the operator can do."""
        return f"Stopped, nothing sent: {self.why}. If that is right, confirm the number: {people(self.invites)}."

    @property
    def remedy_flags(self) -> tuple[str, ...]:
        """The words of the command line that let the plan pass."""
        return ("--confirm", str(self.invites))

    @property
    def ending(self) -> Ending | None:
        """How the run ends if the guards stop the plan, or None if they do not stop it."""
        return Ending(ExitCode.GUARD, self.message, remedy_flags=self.remedy_flags) if self.is_stopped else None

    @property
    def why(self) -> str:
        """The reasons of all guards that were hit, in words."""
        return "; ".join(hit.why for hit in self.hits)


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run that went well: its id, its row counts by disposition, and whether it had this run's exports."""

    run_id: str
    counts: Mapping[str, int]
    is_alike: bool = True

    @property
    def name(self) -> str:
        """The name of the run in messages."""
        return f"the last run ({self.run_id}{'' if self.is_alike else ', which had other exports'})"

    @property
    def people(self) -> int:
        """The number of the run's rows that were about a person."""
        return sum(count for disposition, count in self.counts.items() if disposition not in NOT_PEOPLE)


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """A plan that an operator has approved: its number of people to invite, and the guards that the plan had hit.

    ``confirmed`` says whether the operator confirmed that number, although the plan had hit these guards.
    """

    invites: int
    hits: tuple[HitGuard, ...]
    confirmed: bool

    def covers(self, hits: Iterable[HitGuard]) -> bool:
        """Return whether the operator's confirmation of this plan also counts for the guards that are hit now.

        It counts if the plan had hit each of these guards already. A plan that had hit no guard covers nothing.
        """
        known = {hit.guard for hit in self.hits}
        return self.confirmed and bool(known) and known.issuperset(hit.guard for hit in hits)


def ask_guards(
    census: Census,
    last: LastRun | None,
    new_domains: Sequence[str] | None,
    *,
    max_invites: int | None,
    confirm: int | None,
    approved: ApprovedPlan | None = None,
    further: Iterable[HitGuard] = (),
) -> GuardVerdict:
    """Return the guards' verdict: whether a plan may be sent.

    ``last`` is None if no run went well before. ``new_domains`` are domains at which no run has invited people, or None
    if the ledger knows no domain. ``max_invites`` is the most people that may be invited; None sets no limit.
    ``confirm`` is the number that the operator confirms, or None. ``approved`` is None if no plan was approved before.
    ``further`` are guards that the plan has hit for other reasons than its rows.

    People of an approved plan may have been invited since. So the number to confirm is the number in that plan. Hits
    that were confirmed with the plan count as confirmed, unless another guard is hit now.
    """
    approved = approved or ApprovedPlan(census.invites, (), confirmed=False)
    number = approved.invites
    hits = [
        *_too_many(census, max_invites),
        *(_unlike(census, last) if last else ()),
        *_unknown(new_domains or ()),
        *further,
    ]
    found = {hit.guard for hit in hits}
    hits = [*_wrong_number(number, confirm), *hits, *(hit for hit in approved.hits if hit.guard not in found)]
    confirmed = confirm == number or (confirm is None and approved.covers(hits))
    return GuardVerdict(number, last.run_id if last else "", new_domains is not None, tuple(hits), confirmed)


def _wrong_number(number: int, confirm: int | None) -> Iterator[HitGuard]:
    if confirm not in (None, number):
        yield HitGuard("confirm", f"{number} people would be invited, and not the {confirm} of --confirm")


def _too_many(census: Census, max_invites: int | None) -> Iterator[HitGuard]:
    if max_invites is not None and census.invites > max_invites:
        why = f"{census.invites} people would be invited, and --max-invites is {max_invites}"
        yield HitGuard(f"max_invites {max_invites}", why)


def _unlike(census: Census, last: LastRun) -> Iterator[HitGuard]:
    gone = last.people - census.people
    if gone > FEW_GONE and gone > MOST_GONE * last.people:
        why = f"{census.people} people are in the exports, and {last.people} were in {last.name}"
        yield HitGuard("people_gone", why)
    before = last.counts.get(Disposition.REJECTED, 0) / last.people if last.people else 0.0
    share = census.rejected / census.people if census.people else 0.0
    if census.rejected > FEW_REJECTED and share > before + MOST_REJECTED_MORE:
        why = f"{share:.0%} of the rows have no usable address, and it was {before:.0%} in {last.name}"
        yield HitGuard("rejected", why)
    if census.invites > FEW_NEW and census.invites > MOST_NEW * census.people:
        invited = f"{census.invites} of {census.people} people would be invited"
        yield HitGuard(
            "new_people", f"{invited}, and a run after the first may invite {MOST_NEW:.0%} and {FEW_NEW} people"
        )


def _unknown(domains: Sequence[str]) -> Iterator[HitGuard]:
    if domains:
        more = f" and {len(domains) - DOMAINS_NAMED} more" if len(domains) > DOMAINS_NAMED else ""
        named = ", ".join(domains[:DOMAINS_NAMED])
        yield HitGuard("new_domain", f"no run has invited people at {named}{more} before")
