"""Guards: the facts that they check (counts of rows, new domains, people in the exports), and their verdict."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
