"""Invite everyone in an HR export to a service, once, and account for every row."""

from .model.dispositions import Disposition
from .model.errors import (
    AccessRefused,
    ConfigurationError,
    DestinationClosed,
    DestinationHeld,
    ExitCode,
    InputRefused,
    NothingToResume,
    OnboardingError,
    StillThrottled,
)
from .pipeline.api import apply, inspect, load_settings, make_settings, plan, resume, run
from .pipeline.inspecting import InspectedExport
from .reports.summary import Summary
from .settings.settings import Settings

__version__: str

__all__ = [
    "AccessRefused",
    "ConfigurationError",
    "DestinationClosed",
    "DestinationHeld",
    "Disposition",
    "ExitCode",
    "InputRefused",
    "InspectedExport",
    "NothingToResume",
    "OnboardingError",
    "Settings",
    "StillThrottled",
    "Summary",
    "apply",
    "inspect",
    "load_settings",
    "make_settings",
    "plan",
    "resume",
    "run",
]
