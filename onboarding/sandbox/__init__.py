"""The embedded service that runs, tests and demonstrations talk to in place of the real one."""

from onboarding.sandbox.chime import ENTERPRISE_ACCOUNT, TEAM_ACCOUNT, Refusal
from onboarding.sandbox.control import Counts
from onboarding.sandbox.faults import Fault, Kind, Loss
from onboarding.sandbox.records import Registration
from onboarding.sandbox.sandbox import Sandbox
from onboarding.sandbox.traffic import DEFAULT_BURST, Traffic

__all__ = [
    "DEFAULT_BURST",
    "ENTERPRISE_ACCOUNT",
    "TEAM_ACCOUNT",
    "Counts",
    "Fault",
    "Kind",
    "Loss",
    "Refusal",
    "Registration",
    "Sandbox",
    "Traffic",
]
