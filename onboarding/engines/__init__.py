"""Where rows are prepared, and by whom."""

from onboarding.engines.candidates import Rules
from onboarding.engines.choice import Prepare, engine_of

__all__ = ["Prepare", "Rules", "engine_of"]
