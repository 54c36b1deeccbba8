"""Notifications: tell other systems that a run began, ended or needs a person."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
