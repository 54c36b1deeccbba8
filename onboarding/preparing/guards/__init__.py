"""Guards: what they look at (counts of rows, new domains, who is in the exports), and their verdict about a plan."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
