"""The parts from which a destination builds its simulation: HTTP, service models, users, records, refusals, traffic."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
