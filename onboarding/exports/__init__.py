"""Find exports of HR systems, read their columns, rows, dates and status words; read lists and routes of operators."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
