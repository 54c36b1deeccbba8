"""Notifications: how a run tells other systems that it began, ended or needs a person."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
