"""AWS Wickr as a destination: its description, the adapter of a network, and its simulation."""

from .description import WICKR_NETWORK
from .network import WickrDestination
from .simulated_networks import WICKR_GROUP, WICKR_NETWORK_WITHOUT_DEFAULT, WICKR_OTHER_GROUP

__all__ = [
    "WICKR_GROUP",
    "WICKR_NETWORK",
    "WICKR_NETWORK_WITHOUT_DEFAULT",
    "WICKR_OTHER_GROUP",
    "WickrDestination",
]
