"""Addresses: which address is in a cell, and whether it can be trusted."""

from .normalise import domains_of, keys_of, normalise
from .suspicious import FoundTypos, SuspicionScan
from .typos import MOST_DOMAINS

__all__ = ["MOST_DOMAINS", "FoundTypos", "SuspicionScan", "domains_of", "keys_of", "normalise"]
