"""The ledger: the durable record of what was sent to each address, and of the runs that sent it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
