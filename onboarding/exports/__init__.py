"""Find exports of HR systems, understand their tables, dates and words, and read their rows; read operators' files."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
