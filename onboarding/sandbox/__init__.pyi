"""The sandbox: a local HTTP server that simulates Amazon Chime and AWS Wickr, counts mails, and fails on request."""

from .backend import purge_sandbox
from .chime import ENTERPRISE_ACCOUNT
from .counts import SandboxCounts
from .faults import Fault, FaultKind, LostAnswer
from .people import TEAM_ACCOUNT, Registration
from .refusals import Refusal
from .sandbox import Sandbox
from .traffic import (
    DAY_SECONDS,
    DEFAULT_BURST,
    HIGHEST_RATE,
    LONGEST_LATENCY_SECONDS,
    LOWEST_RATE,
    SandboxSettings,
)
from .wickr_entries import WICKR_GROUP, WICKR_NETWORK, WICKR_NETWORK_WITHOUT_DEFAULT, WICKR_OTHER_GROUP

__all__ = [
    "DAY_SECONDS",
    "DEFAULT_BURST",
    "ENTERPRISE_ACCOUNT",
    "HIGHEST_RATE",
    "LONGEST_LATENCY_SECONDS",
    "LOWEST_RATE",
    "TEAM_ACCOUNT",
    "WICKR_GROUP",
    "WICKR_NETWORK",
    "WICKR_NETWORK_WITHOUT_DEFAULT",
    "WICKR_OTHER_GROUP",
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
