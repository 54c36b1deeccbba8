"""Preparing: which rows are to be invited, and why the others are not."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
