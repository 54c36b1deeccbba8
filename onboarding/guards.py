"""Is what is about to be sent suspiciously large, or the export suspiciously unlike the last one?

Mails cannot be called back. So before the first one leaves, a plan is compared with the last run that went well, and
whoever is sure says so by naming the exact number of people who are to be invited.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.domains import domains_of
from onboarding.rows import Disposition, are_open, as_array

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


@dataclass(slots=True)
class Census:
    """What a plan comes to, counted while its rows pass by. ``people`` are the rows that are records."""

    invites: int = 0
    again: int = 0
    people: int = 0
    rejected: int = 0
    domains: dict[str, None] = field(default_factory=dict)
    """Those of people who are to be invited or are there, in order of first appearance."""

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield frames with the columns ``key``, ``disposition`` and ``reason`` as they are, having counted them."""
        for frame in rows:
            self._count(frame)
            yield frame

    def _count(self, frame: pd.DataFrame) -> None:
        disposition = as_array(frame["disposition"])
        is_open = pa.array(are_open(frame))
        self.invites += pc.sum(is_open).as_py() or 0
        self.again += pc.sum(pc.not_equal(as_array(frame["reason"]).filter(is_open), "")).as_py() or 0
        self.people += pc.sum(pc.not_equal(disposition, Disposition.IGNORED)).as_py() or 0
        self.rejected += pc.sum(pc.equal(disposition, Disposition.REJECTED)).as_py() or 0
        wanted = pc.or_(is_open, pc.equal(disposition, Disposition.ALREADY))
        domains, _ = domains_of(as_array(frame["key"]).filter(wanted))
        self.domains.update(dict.fromkeys(domains))


@dataclass(frozen=True, slots=True)
class Guarded:
    """What the guards say of a plan. ``compared_with`` is the last good run, if there was one."""

    invites: int
    compared_with: str
    hits: tuple[str, ...]
    confirmed: bool

    @property
    def is_stopped(self) -> bool:
        """Whether nothing may be sent."""
        return bool(self.hits) and not self.confirmed

    @property
    def message(self) -> str:
        """Why nothing is sent, and what to do about it, in one line."""
        return f"{'; '.join(self.hits)}. If that is right, add --confirm {self.invites}; nothing is sent otherwise."


@dataclass(frozen=True, slots=True)
class LastTime:
    """What the last good run came to: its rows by disposition."""

    run_id: str
    counts: Mapping[str, int]

    @property
    def people(self) -> int:
        """The rows that were records."""
        return sum(self.counts.values()) - self.counts.get(Disposition.IGNORED, 0)


def guard(
    census: Census,
    last: LastTime | None,
    new_domains: Sequence[str],
    *,
    max_invites: int | None,
    confirm: int | None,
    approved: int | None = None,
) -> Guarded:
    """Say whether a plan may be sent.

    ``new_domains`` are those to which nobody was ever invited, ``approved`` is how many people a saved plan has, some
    of whom may have been invited since: that is the number to be confirmed then.
    """
    number = census.invites if approved is None else approved
    hits = [*_too_many(census, max_invites), *(_unlike(census, last) if last else ()), *_strangers(new_domains)]
    if confirm is not None and confirm != number:
        hits.insert(0, f"{number} people would be invited, and not the {confirm} of --confirm")
    return Guarded(number, last.run_id if last else "", tuple(hits), confirm == number)


def _too_many(census: Census, max_invites: int | None) -> Iterator[str]:
    if max_invites is not None and census.invites > max_invites:
        yield f"{census.invites} people would be invited, and --max-invites is {max_invites}"


def _unlike(census: Census, last: LastTime) -> Iterator[str]:
    gone = last.people - census.people
    if gone > FEW_GONE and gone > MOST_GONE * last.people:
        yield f"{census.people} people are in the exports, and {last.people} were in the last run ({last.run_id})"
    before = last.counts.get(Disposition.REJECTED, 0) / last.people if last.people else 0.0
    share = census.rejected / census.people if census.people else 0.0
    if census.rejected > FEW_REJECTED and share > before + MOST_REJECTED_MORE:
        yield f"{share:.0%} of the rows have no usable address, and it was {before:.0%} in the last run ({last.run_id})"
    if census.invites > FEW_NEW and census.invites > MOST_NEW * census.people:
        yield (
            f"{census.invites} of {census.people} people would be invited, and a run after the first may invite"
            f" {MOST_NEW:.0%} and {FEW_NEW} people"
        )


def _strangers(domains: Sequence[str]) -> Iterator[str]:
    if domains:
        more = f" and {len(domains) - DOMAINS_NAMED} more" if len(domains) > DOMAINS_NAMED else ""
        named = ", ".join(domains[:DOMAINS_NAMED])
        yield f"nobody was ever invited at {named}{more}, which --allow-domain would name"
