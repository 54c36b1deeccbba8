"""The census of a plan: the counts of rows that the guards check, collected from one frame after another."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses import domains_of
from onboarding.model.columns import as_array, byte_lengths
from onboarding.model.dispositions import NOT_PEOPLE, OUTSIDE_OF_RUN, Disposition, Reason
from onboarding.model.rows import is_open, joined_rows

_REPEATS = (Reason.SAME_ADDRESS, Reason.SAME_ADDRESS_OTHER_EMPLOYEE, Reason.SHARED_ADDRESS)
"""The reasons of rows that have the same address as other rows."""

_ADDRESSES_COUNTED = 1000
"""About how many repeated addresses the census keeps. The census drops the addresses with the fewest rows."""


@dataclass(slots=True)
class Census:
    """The counts of a plan and the domains of its people, collected from one frame of rows after another.

    - ``invites`` counts the people to invite, and ``again`` counts the people among them who were invited before.
    - ``people`` counts the rows that are about a person, and ``rejected`` the rows without a usable address.
    - ``held`` counts the rows that a person must look at, except the rows in ``at_new_domains``.
    - ``excluded`` counts the rows that policy leaves out, and ``filtered`` the rows that the rules of ``--only`` and
      ``--skip`` leave out. Filtered rows are outside of the run, so that ``people`` does not count them.
    - ``at_new_domains`` counts the people who are held only because their domain is new.
    - ``addresses`` counts the rows with an address.
    - ``domains`` has the domains of the people who are to be invited or are in the account, in order of first
      appearance. The value of each domain is the number of people to invite.
    - ``reasons`` counts rows by disposition and reason.
    """

    invites: int = 0
    again: int = 0
    people: int = 0
    rejected: int = 0
    held: int = 0
    excluded: int = 0
    filtered: int = 0
    at_new_domains: int = 0
    addresses: int = 0
    domains: dict[str, int] = field(default_factory=dict)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter, repr=False)
    """How many rows repeat an address, by address key."""

    @property
    def at_one_address(self) -> int:
        """The approximate number of rows with the most frequent address."""
        return max(self.repeats.values(), default=0)

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Count the rows of frames, and yield the frames unchanged."""
        for frame in rows:
            self.add(frame)
            yield frame

    def add(self, frame: pd.DataFrame) -> None:
        """Count the rows of a frame with the columns ``key``, ``disposition`` and ``reason``."""
        keys, fates = as_array(frame["key"]), _count_fates(frame)
        rows_of: Counter[str] = Counter()
        for (disposition, _), rows in fates.items():
            rows_of[disposition] += rows
        self.invites += rows_of[""]
        self.again += fates["", Reason.AGAIN]
        filtered = sum(fates[Disposition.EXCLUDED, reason] for reason in OUTSIDE_OF_RUN)
        self.filtered += filtered
        self.people += rows_of.total() - sum(rows_of[each] for each in NOT_PEOPLE) - filtered
        self.rejected += rows_of[Disposition.REJECTED]
        self.excluded += rows_of[Disposition.EXCLUDED] - filtered
        self.held += rows_of[Disposition.HELD] - fates[Disposition.HELD, Reason.NEW_DOMAIN]
        self.at_new_domains += fates[Disposition.HELD, Reason.NEW_DOMAIN]
        self.addresses += int((byte_lengths(keys) > 0).sum())
        self._count_domains(frame, keys)
        self.reasons.update({fate: rows for fate, rows in fates.items() if fate[1]})
        if fates[Disposition.IGNORED, Reason.BLANK_ROW]:
            self.reasons[Disposition.IGNORED, Reason.BLANK_ROW] += sum(rows - 1 for rows in joined_rows(frame).values())
        if any(reason in _REPEATS for _, reason in fates):
            self._count_repeats(frame, keys)

    def without_addresses(self) -> "Census":
        """Return a copy without address keys, which may be sent to another machine."""
        return replace(self, repeats=Counter({"": self.at_one_address}))

    def _count_domains(self, frame: pd.DataFrame, keys: pa.Array) -> None:
        to_send = is_open(frame).to_numpy(bool)
        shown = to_send | (frame["disposition"] == Disposition.ALREADY).to_numpy(bool)
        domains, codes = domains_of(keys.filter(pa.array(shown)))
        invites = np.bincount(codes[to_send[shown]], minlength=len(domains))
        for domain, number in zip(domains, invites.tolist(), strict=True):
            self.domains[domain] = self.domains.get(domain, 0) + number

    def _count_repeats(self, frame: pd.DataFrame, keys: pa.Array) -> None:
        counted = pc.value_counts(keys.filter(pa.array(frame["reason"].isin(_REPEATS).to_numpy(bool))))
        if len(counted) > _ADDRESSES_COUNTED:
            counted = counted.take(pc.top_k_unstable(counted.field("counts"), _ADDRESSES_COUNTED))
        for key, rows in zip(*(part.to_pylist() for part in counted.flatten()), strict=True):
            # The row that a duplicate repeats has the address, too.
            self.repeats[key] = self.repeats.get(key, 1) + rows
        if len(self.repeats) > 2 * _ADDRESSES_COUNTED:
            self.repeats = Counter(dict(self.repeats.most_common(_ADDRESSES_COUNTED)))


def _count_fates(frame: pd.DataFrame) -> Counter[tuple[str, str]]:
    """Return the numbers of rows by disposition and reason.

    Most rows have neither a disposition nor a reason, so the function groups only the other rows.
    """
    columns = [as_array(frame[name]) for name in ("disposition", "reason")]
    has_fate = pa.array(np.add.reduce([byte_lengths(column) for column in columns]) > 0)
    dispositions, reasons = (column.filter(has_fate).dictionary_encode() for column in columns)
    names, width = reasons.dictionary.to_pylist(), len(reasons.dictionary)
    pairs = np.bincount(dispositions.indices.to_numpy() * width + reasons.indices.to_numpy())
    fates: Counter[tuple[str, str]] = Counter({("", ""): len(frame) - has_fate.true_count})
    for at in np.flatnonzero(pairs).tolist():
        fates[dispositions.dictionary[at // width].as_py(), names[at % width]] = int(pairs[at])
    return fates
