"""The ledger: the durable record of what was sent to each address, and of the runs that sent it."""

from .claimed_rows import ClaimedRow
from .employees import EmployeeInvite
from .hold import UnknownRequest
from .inspection import find_holder, find_unknown_use, inspect_ledger, ledger_to_read
from .kept_rows import Purged
from .ledger import Ledger
from .machine_lock import check_folder
from .people_memory import PeopleMemory
from .refusals import AddressRefusals
from .run_history import RunHistory

__all__ = [
    "AddressRefusals",
    "ClaimedRow",
    "EmployeeInvite",
    "Ledger",
    "PeopleMemory",
    "Purged",
    "RunHistory",
    "UnknownRequest",
    "check_folder",
    "find_holder",
    "find_unknown_use",
    "inspect_ledger",
    "ledger_to_read",
]
