"""The report of several parts, as of a run to many accounts: its folders, its manifest, and one file of all lines."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
