"""AWS Wickr as a destination: its description, the adapter of a network, and its simulation."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
