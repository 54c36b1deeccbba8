"""The sandbox: a local HTTP server that simulates the services of all destinations, and on demand their failures."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
