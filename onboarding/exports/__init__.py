"""Exports: find the files of HR systems, understand their tables, and read their rows as frames."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
