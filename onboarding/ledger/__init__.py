"""The ledger: the durable record of runs, and of the invites that they sent to each address."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
