"""Destinations: open an account of a service, invite people to it, and find its members."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
