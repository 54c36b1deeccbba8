"""Sending: dispatch, rate limit and retries of invitations, the lookup of members, and the settling of doubts."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
