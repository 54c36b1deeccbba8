"""Where rows are prepared."""

from onboarding.engines.local import prepare

__all__ = ["prepare"]
