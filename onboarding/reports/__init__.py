"""Reports: the files, pages, tables and notifications that tell people what a run did."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
