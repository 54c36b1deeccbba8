"""Find exports of HR systems, read their columns, rows, dates and status words, and read files that operators write."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
