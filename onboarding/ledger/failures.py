"""In which ways may a ledger say no?

::

    OnboardingError
    └── LedgerFailed         1   it could not be read or written; what was committed before still holds
        ├── Contradiction    1   a row contradicts what the ledger holds; nothing of it was written
        ├── AlreadyClaimed   1   an address of a chunk is claimed or invited already; nothing of the chunk may be sent
        └── IllegalStep      1   an outcome does not follow from the state before; none of its batch was written

The last three mean a bug, or a second runner that the lock did not stop (a folder shared by machines without locks).
"""

from onboarding.errors import OnboardingError


class LedgerFailed(OnboardingError):
    """The ledger could not be read or written. Never carries what a statement held, since that is an address."""


class Contradiction(LedgerFailed):
    """A row contradicts what the ledger holds."""


class AlreadyClaimed(LedgerFailed):
    """An address of a chunk is claimed or invited already."""


class IllegalStep(LedgerFailed):
    """An outcome does not follow from the state before."""
