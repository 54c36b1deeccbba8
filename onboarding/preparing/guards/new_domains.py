"""Hold people at domains where no run has invited people before, and count them for the guards.

A new domain may come from a typo or from a wrong export, or it may be right. So a few people at new domains wait
until a person has looked at them, and all other people are invited. If many people are at new domains, a guard stops
the plan.
"""

from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd

from onboarding.addresses import domains_of
from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.rows import decide, is_open

AskUnknown = Callable[[Sequence[str]], list[str] | None]
"""A function that returns the unknown domains among its arguments, or None if no domain at all is known yet."""

_DETAIL = (
    "No run has invited people at {domain} before. If the domain is right, choose “address is right” in the workbook,"
    " or let its people pass with “--no-hold new_domain”."
)


class NewDomains:
    """The search for people at new domains, frame by frame.

    ``unknown`` returns the unknown domains. If no domain at all is known, as before the first run, no domain counts as
    new. Domains in ``allowed`` never count as new. With ``holds``, the people at new domains are held. Otherwise, they
    are only counted.
    """

    def __init__(self, unknown: AskUnknown, *, allowed: Collection[str] = (), holds: bool) -> None:
        self._unknown = unknown
        self._allowed = frozenset(allowed)
        self._is_new: dict[str, bool] = {}
        self.holds = holds
        self.people = 0
        """The number of open rows at new domains until now."""
        self.knows_domains = unknown([]) is not None
        """Whether any domain is known, so that a domain can be new."""

    @property
    def names(self) -> list[str]:
        """The new domains, in order of first appearance."""
        return [domain for domain, is_new in self._is_new.items() if is_new]

    def hold(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with the open rows at new domains ``held``, and count these rows.

        An open row with a reason passes: the person was invited before, or a person has answered for the row. The frame
        has the columns of ``rows.DECIDED``.
        """
        if not self.knows_domains:
            return frame
        where = np.flatnonzero((is_open(frame) & (frame["reason"] == "")).to_numpy())
        domains, codes = domains_of(as_array(frame["key"].iloc[where]))
        self._look_up(domains)
        is_new = np.array([self._is_new[domain] for domain in domains], bool)
        if not is_new.any():
            return frame
        found = is_new[codes]
        self.people += int(found.sum())
        if not self.holds:
            return frame
        frame, labels = frame.copy(), frame.index[where[found]]
        decide(frame, labels.to_numpy(), Disposition.HELD, Reason.NEW_DOMAIN)
        frame.loc[labels, "detail"] = text_array([_DETAIL.format(domain=domains[code]) for code in codes[found]])
        return frame

    def _look_up(self, domains: Sequence[str]) -> None:
        if asked := [domain for domain in domains if domain not in self._is_new]:
            unknown = set(self._unknown(asked) or ()) - self._allowed
            self._is_new |= {domain: domain in unknown for domain in asked}
