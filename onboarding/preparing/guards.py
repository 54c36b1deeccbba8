"""Is what is about to be sent suspiciously large, or the export suspiciously unlike the last one?

Mails cannot be called back. So before the first one leaves, a plan is compared with the last run that went well, and
whoever is sure says so by naming the exact number of people who are to be invited.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses import domains_of
from onboarding.model.columns import as_array
from onboarding.model.dispositions import Disposition
from onboarding.model.rows import is_open

MOST_GONE = 0.20
FEW_GONE = 10
"""Which share of the people may be missing since the last run; few of them always may."""

MOST_REJECTED_MORE = 0.05
FEW_REJECTED = 10
"""How much larger the share of unusable rows may be than it was, of 1; few of them always may be unusable."""

MOST_NEW = 0.10
FEW_NEW = 50
"""Which share of the people may be invited; few of them always may."""

DOMAINS_NAMED = 3

NOBODY = (Disposition.IGNORED, Disposition.DUPLICATE)
"""Rows that are no records, and rows of people who are in another one."""

_NOBODY = pa.array(NOBODY, pa.string())


@dataclass(slots=True)
class Census:
    """What a plan comes to, counted while its rows pass by. ``people`` are the rows that stand for somebody."""

    invites: int = 0
    again: int = 0
    people: int = 0
    rejected: int = 0
    domains: dict[str, None] = field(default_factory=dict)
    """Those of people who are to be invited or are there, in order of first appearance."""

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield frames with the columns ``key``, ``disposition`` and ``reason`` as they are, having counted them."""
        for frame in rows:
            self.add(frame)
            yield frame

    def add(self, frame: pd.DataFrame) -> None:
        """Count the rows of a frame."""
        disposition = as_array(frame["disposition"])
        open_rows = pa.array(is_open(frame))
        self.invites += pc.sum(open_rows).as_py() or 0
        self.again += pc.sum(pc.not_equal(as_array(frame["reason"]).filter(open_rows), "")).as_py() or 0
        self.people += len(frame) - (pc.sum(pc.is_in(disposition, _NOBODY)).as_py() or 0)
        self.rejected += pc.sum(pc.equal(disposition, Disposition.REJECTED)).as_py() or 0
        wanted = pc.or_(open_rows, pc.equal(disposition, Disposition.ALREADY))
        domains, _ = domains_of(as_array(frame["key"]).filter(wanted))
        self.domains.update(dict.fromkeys(domains))


@dataclass(frozen=True, slots=True)
class Hit:
    """A guard that a plan has hit, and why, in words."""

    guard: str
    why: str


@dataclass(frozen=True, slots=True)
class Guarded:
    """What the guards say of a plan.

    ``compared_with`` is the last good run, if there was one; ``knows_domains`` whether it is known at which domains
    people were ever invited.
    """

    invites: int
    compared_with: str
    knows_domains: bool
    hits: tuple[Hit, ...]
    confirmed: bool

    @property
    def is_stopped(self) -> bool:
        """Whether nothing may be sent."""
        return bool(self.hits) and not self.confirmed

    @property
    def message(self) -> str:
        """Why nothing is sent, and what to do about it, in one line."""
        return f"{self.why}. If that is right, add --confirm {self.invites}; nothing is sent otherwise."

    @property
    def why(self) -> str:
        """What was hit, in words."""
        return "; ".join(hit.why for hit in self.hits)


@dataclass(frozen=True, slots=True)
class LastTime:
    """What the last good run came to: its rows by disposition."""

    run_id: str
    counts: Mapping[str, int]
    is_alike: bool = True
    """Whether it had the same exports."""

    @property
    def name(self) -> str:
        """What it is called, in words."""
        return f"the last run ({self.run_id}{'' if self.is_alike else ', which had other exports'})"

    @property
    def people(self) -> int:
        """The rows that stood for somebody."""
        return sum(self.counts.values()) - sum(self.counts.get(fate, 0) for fate in NOBODY)


@dataclass(frozen=True, slots=True)
class Approved:
    """What somebody has approved of: how many people, and the guards whose hits were confirmed with that number."""

    invites: int
    hits: tuple[Hit, ...]
    confirmed: bool


def guard(
    census: Census,
    last: LastTime | None,
    new_domains: Sequence[str] | None,
    *,
    max_invites: int | None,
    confirm: int | None,
    approved: Approved | None = None,
) -> Guarded:
    """Say whether a plan may be sent.

    ``new_domains`` are those to which nobody was ever invited, None if no domain is known. Of an ``approved`` plan,
    some of whose people may have been invited since, the number to confirm is that of the plan; what was confirmed with
    it need not be once more, but whatever else is hit now.
    """
    number = approved.invites if approved else census.invites
    hits = [*_too_many(census, max_invites), *(_unlike(census, last) if last else ()), *_strangers(new_domains or ())]
    if approved:
        found = {hit.guard for hit in hits}
        hits += [hit for hit in approved.hits if hit.guard not in found]
    if confirm is not None and confirm != number:
        hits.insert(0, Hit("confirm", f"{number} people would be invited, and not the {confirm} of --confirm"))
    settled = {hit.guard for hit in approved.hits} if approved and approved.confirmed and confirm is None else set()
    confirmed = confirm == number or bool(settled and settled >= {hit.guard for hit in hits})
    return Guarded(number, last.run_id if last else "", new_domains is not None, tuple(hits), confirmed)


def _too_many(census: Census, max_invites: int | None) -> Iterator[Hit]:
    if max_invites is not None and census.invites > max_invites:
        why = f"{census.invites} people would be invited, and --max-invites is {max_invites}"
        yield Hit(f"max_invites {max_invites}", why)


def _unlike(census: Census, last: LastTime) -> Iterator[Hit]:
    gone = last.people - census.people
    if gone > FEW_GONE and gone > MOST_GONE * last.people:
        why = f"{census.people} people are in the exports, and {last.people} were in {last.name}"
        yield Hit("people_gone", why)
    before = last.counts.get(Disposition.REJECTED, 0) / last.people if last.people else 0.0
    share = census.rejected / census.people if census.people else 0.0
    if census.rejected > FEW_REJECTED and share > before + MOST_REJECTED_MORE:
        told = f"{share:.0%} of the rows have no usable address, and it was {before:.0%} in {last.name}"
        yield Hit("rejected", told)
    if census.invites > FEW_NEW and census.invites > MOST_NEW * census.people:
        told = f"{census.invites} of {census.people} people would be invited, and a run after the first may invite"
        yield Hit("new_people", f"{told} {MOST_NEW:.0%} and {FEW_NEW} people")


def _strangers(domains: Sequence[str]) -> Iterator[Hit]:
    if domains:
        more = f" and {len(domains) - DOMAINS_NAMED} more" if len(domains) > DOMAINS_NAMED else ""
        named = ", ".join(domains[:DOMAINS_NAMED])
        yield Hit("new_domain", f"nobody was ever invited at {named}{more}")
