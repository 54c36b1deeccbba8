"""Amazon Chime as a destination: its description, the adapter of a Team account, and its simulation."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
