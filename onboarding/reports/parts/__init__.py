"""The report of a run to many accounts: a part for each account, a manifest, and one file of all lines."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
