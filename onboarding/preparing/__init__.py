"""Preparing: choose the rows to invite, give a reason for each other row, ask the guards, and make chunks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
