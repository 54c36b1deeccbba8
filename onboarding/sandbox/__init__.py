"""The embedded service that runs, tests and demonstrations talk to in place of the real one."""

from onboarding.sandbox.chime import ENTERPRISE_ACCOUNT
from onboarding.sandbox.control import Counts
from onboarding.sandbox.faults import Fault, Kind, Loss
from onboarding.sandbox.habits import Habits
from onboarding.sandbox.people import TEAM_ACCOUNT, Registration
from onboarding.sandbox.refusals import Refusal
from onboarding.sandbox.sandbox import Sandbox
from onboarding.sandbox.traffic import DEFAULT_BURST, Traffic
from onboarding.sandbox.wickr_entries import (
    WICKR_GROUP,
    WICKR_NETWORK,
    WICKR_NETWORK_WITHOUT_DEFAULT,
    WICKR_OTHER_GROUP,
)

__all__ = [
    "DEFAULT_BURST",
    "ENTERPRISE_ACCOUNT",
    "TEAM_ACCOUNT",
    "WICKR_GROUP",
    "WICKR_NETWORK",
    "WICKR_NETWORK_WITHOUT_DEFAULT",
    "WICKR_OTHER_GROUP",
    "Counts",
    "Fault",
    "Habits",
    "Kind",
    "Loss",
    "Refusal",
    "Registration",
    "Sandbox",
    "Traffic",
]
