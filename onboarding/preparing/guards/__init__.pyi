"""Guards: what they look at (a census, people at new domains, a roster), and their verdict about a plan."""

from .accounts import ACCOUNTS, verdict_on_accounts
from .census import Census
from .guards import ask_guards
from .last_runs import EmptiedExport, LastRun, LastRuns
from .new_domains import NewDomains
from .roster import RosterHashes
from .verdict import SAME_BYTES, ApprovedPlan, GuardVerdict, HitGuard, PeopleAtNewDomains

__all__ = [
    "ACCOUNTS",
    "SAME_BYTES",
    "ApprovedPlan",
    "Census",
    "EmptiedExport",
    "GuardVerdict",
    "HitGuard",
    "LastRun",
    "LastRuns",
    "NewDomains",
    "PeopleAtNewDomains",
    "RosterHashes",
    "ask_guards",
    "verdict_on_accounts",
]
