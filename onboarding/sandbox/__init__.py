"""The sandbox: a local HTTP server that simulates Amazon Chime and AWS Wickr, counts mails, and fails on request."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
