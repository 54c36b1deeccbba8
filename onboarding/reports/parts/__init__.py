"""The report of a run to many accounts, with a part for each account: folders, a manifest, and a file of all lines."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
