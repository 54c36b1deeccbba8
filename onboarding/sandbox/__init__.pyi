"""The sandbox: what stands in for Amazon Chime and AWS Wickr, over real HTTP."""

from .chime import ENTERPRISE_ACCOUNT
from .control import Counts
from .faults import Fault, Kind, Loss
from .habits import Habits
from .people import TEAM_ACCOUNT, Registration
from .refusals import Refusal
from .sandbox import Sandbox
from .traffic import DEFAULT_BURST, Traffic
from .wickr_entries import WICKR_GROUP, WICKR_NETWORK, WICKR_NETWORK_WITHOUT_DEFAULT, WICKR_OTHER_GROUP

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
