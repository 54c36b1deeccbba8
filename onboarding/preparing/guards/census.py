"""The census of a plan: the counts of its rows that the guards look at, collected from one frame after another."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses import domains_of
from onboarding.model.columns import as_array, byte_lengths
from onboarding.model.dispositions import NOT_PEOPLE, Disposition, Reason
from onboarding.model.rows import is_open, joined_rows

_REPEATS = pa.array([Reason.SAME_ADDRESS, Reason.SAME_ADDRESS_OTHER_EMPLOYEE, Reason.SHARED_ADDRESS], pa.string())
"""The reasons of rows that have the same address as other rows."""

_ADDRESSES_COUNTED = 1000
"""About how many repeated addresses the census keeps. It forgets the addresses with the fewest rows."""


@dataclass(slots=True)
class Census:
    """The counts of a plan and the domains of its people, collected from one frame of rows after another.

    ``invites`` counts the people to invite, and ``again`` those among them who were invited before. ``people`` counts
    the rows that are about a person, ``rejected`` those without a usable address, ``held`` those that a person must
    look at, and ``excluded`` those that policy leaves out. ``at_new_domains`` counts the people who are held only since
    their domain is new; ``held`` leaves them out. ``addresses`` counts the rows with an address.
    ``domains`` has the domains of the people who are to be invited or are in the account, in order of first appearance,
    each with the number of people to invite. ``reasons`` counts rows by disposition and reason.
    """

    invites: int = 0
    again: int = 0
    people: int = 0
    rejected: int = 0
    held: int = 0
    excluded: int = 0
    at_new_domains: int = 0
    addresses: int = 0
    domains: dict[str, int] = field(default_factory=dict)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter, repr=False)
    """How many rows repeat an address, by address key."""

    @property
    def at_one_address(self) -> int:
        """About how many rows have the most frequent address."""
        return max(self.repeats.values(), default=0)

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Count the rows of frames, and yield the frames unchanged."""
        for frame in rows:
            self.add(frame)
            yield frame

    def add(self, frame: pd.DataFrame) -> None:
        """Count the rows of a frame with the columns ``key``, ``disposition`` and ``reason``."""
        disposition, reason, to_send = frame["disposition"], frame["reason"], is_open(frame)
        self.invites += int(to_send.sum())
        self.again += int((to_send & (reason == Reason.AGAIN)).sum())
        self.people += int((~disposition.isin(NOT_PEOPLE)).sum())
        self.rejected += int((disposition == Disposition.REJECTED).sum())
        self.excluded += int((disposition == Disposition.EXCLUDED).sum())
        held, at_new_domain = disposition == Disposition.HELD, reason == Reason.NEW_DOMAIN
        self.held += int((held & ~at_new_domain).sum())
        self.at_new_domains += int((held & at_new_domain).sum())
        self.addresses += int((byte_lengths(as_array(frame["key"])) > 0).sum())
        self._count_domains(frame, to_send)
        self._count_reasons(frame)
        self._count_repeats(frame)

    def without_addresses(self) -> "Census":
        """Return a copy that holds no address key, so that it can be sent to another machine."""
        return replace(self, repeats=Counter({"": self.at_one_address}))

    def _count_domains(self, frame: pd.DataFrame, to_send: pd.Series) -> None:
        sent = to_send.to_numpy(bool)
        shown = sent | (frame["disposition"] == Disposition.ALREADY).to_numpy(bool)
        domains, codes = domains_of(as_array(frame["key"]).filter(pa.array(shown)))
        invites = np.bincount(codes[sent[shown]], minlength=len(domains))
        for domain, number in zip(domains, invites.tolist(), strict=True):
            self.domains[domain] = self.domains.get(domain, 0) + number

    def _count_reasons(self, frame: pd.DataFrame) -> None:
        reason = as_array(frame["reason"])
        has_reason = pa.array(byte_lengths(reason) > 0)
        if not has_reason.true_count:
            return
        reasons = reason.filter(has_reason).dictionary_encode()
        dispositions = as_array(frame["disposition"]).filter(has_reason).dictionary_encode()
        names, width = reasons.dictionary.to_pylist(), len(reasons.dictionary)
        pairs = np.bincount(dispositions.indices.to_numpy() * width + reasons.indices.to_numpy())
        for at in np.flatnonzero(pairs).tolist():
            self.reasons[dispositions.dictionary[at // width].as_py(), names[at % width]] += int(pairs[at])
        for rows in joined_rows(frame).values():
            self.reasons[Disposition.IGNORED, Reason.BLANK_ROW] += rows - 1

    def _count_repeats(self, frame: pd.DataFrame) -> None:
        is_repeat = pc.is_in(as_array(frame["reason"]), _REPEATS)
        if not is_repeat.true_count:
            return
        for count in pc.value_counts(as_array(frame["key"]).filter(is_repeat)).to_pylist():
            # The row that a duplicate repeats has the address, too.
            self.repeats[count["values"]] += count["counts"] + (count["values"] not in self.repeats)
        if len(self.repeats) > 2 * _ADDRESSES_COUNTED:
            self.repeats = Counter(dict(self.repeats.most_common(_ADDRESSES_COUNTED)))
