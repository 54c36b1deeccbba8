"""The ledger: the durable record of what was sent to each address, and of the runs that sent it."""

from .history import RunHistory
from .inspection import find_holder, inspect_ledger
from .kept_rows import Purged
from .ledger import Ledger

__all__ = ["Ledger", "Purged", "RunHistory", "find_holder", "inspect_ledger"]
