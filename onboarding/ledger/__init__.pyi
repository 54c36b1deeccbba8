"""The ledger: the durable record of what was sent to each address, and of the runs that sent it."""

from .hold import UnknownRequest
from .inspection import find_holder, find_unknown_use, inspect_ledger
from .kept_rows import Purged
from .ledger import Ledger
from .machine_lock import check_folder
from .run_history import RunHistory

__all__ = [
    "Ledger",
    "Purged",
    "RunHistory",
    "UnknownRequest",
    "check_folder",
    "find_holder",
    "find_unknown_use",
    "inspect_ledger",
]
