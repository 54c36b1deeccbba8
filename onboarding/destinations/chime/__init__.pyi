"""Amazon Chime as a destination: its description, the adapter of a Team account, and its simulation."""

from .account import ChimeDestination
from .description import TEAM_ACCOUNT
from .simulation import ENTERPRISE_ACCOUNT

__all__ = ["ENTERPRISE_ACCOUNT", "TEAM_ACCOUNT", "ChimeDestination"]
