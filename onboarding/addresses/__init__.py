"""Addresses: find the address in a cell of an export, and say whether the address can be trusted."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
