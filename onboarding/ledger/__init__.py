"""The durable record of who was sent what."""

from onboarding.ledger.ledger import Ledger
from onboarding.ledger.purge import Purged

__all__ = [
    "Ledger",
    "Purged",
]
