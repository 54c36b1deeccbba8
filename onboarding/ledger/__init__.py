"""The durable record of who was sent what."""

from onboarding.ledger.failures import AlreadyClaimed, IllegalStep, LedgerFailed
from onboarding.ledger.ledger import Ledger
from onboarding.ledger.purge import Purged
from onboarding.ledger.run import Run, latest_alike

__all__ = ["AlreadyClaimed", "IllegalStep", "Ledger", "LedgerFailed", "Purged", "Run", "latest_alike"]
