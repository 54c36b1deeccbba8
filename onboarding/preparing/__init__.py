"""Preparing: decide which rows to invite, give the reason for all remaining rows, ask the guards, and make chunks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
