"""Guards: what they look at (a census, people at new domains, a roster), and their verdict about a plan."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
