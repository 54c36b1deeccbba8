"""The sandbox: a local HTTP server that simulates the services of all destinations and fails on request."""

from .backend import purge_sandbox
from .counts import SandboxCounts
from .faults import Fault, FaultKind, LostAnswer
from .sandbox import Sandbox
from .simulation.people import Registration
from .simulation.refusals import Refusal
from .simulation.traffic import (
    DAY_SECONDS,
    DEFAULT_BURST,
    HIGHEST_RATE,
    LONGEST_LATENCY_SECONDS,
    LOWEST_RATE,
    SandboxSettings,
)

__all__ = [
    "DAY_SECONDS",
    "DEFAULT_BURST",
    "HIGHEST_RATE",
    "LONGEST_LATENCY_SECONDS",
    "LOWEST_RATE",
    "Fault",
    "FaultKind",
    "LostAnswer",
    "Refusal",
    "Registration",
    "Sandbox",
    "SandboxCounts",
    "SandboxSettings",
    "purge_sandbox",
]
