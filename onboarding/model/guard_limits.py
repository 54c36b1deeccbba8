"""The limits of the guards, which stop a plan if too many of its people are gone, new, held or without an address.

The operator may change each limit. This module loads no pandas.
"""

from dataclasses import replace
from typing import Self

from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """The most rows that a guard allows: a share of all rows (0 to 1) or a number of rows, whichever is more."""

    share: float
    number: int

    def is_exceeded(self, count: int, of: int) -> bool:
        """Say whether ``count`` rows are too many. ``of`` is the number of all rows."""
        return count > self.number and count > self.share * of

    def as_text(self) -> str:
        """Return the limit in the form of the setting: ``20%,10``."""
        return f"{self.share * 100:g}%,{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLimits:
    """The limits of all guards of a run. The defaults apply if the operator sets no limits.

    ``max_invites`` is the most people that a run may invite; None sets no limit. If ``is_partial`` is true, the exports
    list only some of the people. Then the guards compare the run with no earlier run, and count no person as gone.
    """

    max_invites: int | None = None
    gone: Limit = Limit(0.20, 10)
    """The most people of the last run who are missing in the exports, as a share of the last run's people."""
    rejected: Limit = Limit(0.20, 10)
    """The largest share of rows without a usable address, among all rows about a person."""
    more_rejected: Limit = Limit(0.05, 10)
    """The largest rise since the last run in the share of rows without a usable address."""
    held: Limit = Limit(0.20, 10)
    """The largest share of held rows, at which a person must look, among all rows about a person."""
    more_held: Limit = Limit(0.05, 10)
    """The largest rise since the last run in the share of held rows."""
    more_excluded: Limit = Limit(0.20, 10)
    """The largest rise since the last run in the share of people whom policy leaves out."""
    new: Limit = Limit(0.10, 50)
    """The most people that a run may invite, as a share of all people. The first run has no such limit."""
    new_domains: Limit = Limit(0.10, 10)
    """The most people at new domains, to which no run has sent an invite yet, as a share of all people."""
    same_address: Limit = Limit(0.50, 10)
    """The largest share of rows with the same address, among all rows with an address."""
    is_partial: bool = False

    def for_workbooks(self) -> Self:
        """Return the limits for a run of hand-off workbooks, which list only rows that a person must look at."""
        return replace(self, rejected=_ANY, held=_ANY, same_address=_ANY)

    def for_all_accounts(self) -> Self:
        """Return the limits for all accounts of a run together.

        The result contains no limits for comparisons with an earlier run, since the guards compare each account
        separately. So a new account does not stop the other accounts.
        """
        return replace(self, more_rejected=_ANY, more_held=_ANY, more_excluded=_ANY, new=_ANY)


_ANY = Limit(1.0, 0)
