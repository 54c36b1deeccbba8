"""The ledger: who was sent what, and what became of it."""

from .ledger import Ledger
from .purge import Purged

__all__ = ["Ledger", "Purged"]
