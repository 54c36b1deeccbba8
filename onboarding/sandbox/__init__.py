"""The sandbox: a local server that simulates Amazon Chime and AWS Wickr over real HTTP, with mails and faults."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
