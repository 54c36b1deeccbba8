"""Preparing: decide which rows to invite and why not the others, ask the guards, and cut the invites into chunks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
