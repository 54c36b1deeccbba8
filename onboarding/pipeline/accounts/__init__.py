"""Runs to many accounts: each account is a share of the rows, sent by a worker."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
