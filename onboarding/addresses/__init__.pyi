"""Find the address and key of each row, reject rows without a usable one, and hold rows with a suspicious address."""

from .cleaning import ADDRESS_LIKE, looks_like_address
from .normalise import domains_of, keys_of, normalise
from .spellings import respelled_keys, spelling_of
from .suspicious import DomainRows, DomainTypos, SuspicionScan
from .typos import MOST_DOMAINS

__all__ = [
    "ADDRESS_LIKE",
    "MOST_DOMAINS",
    "DomainRows",
    "DomainTypos",
    "SuspicionScan",
    "domains_of",
    "keys_of",
    "looks_like_address",
    "normalise",
    "respelled_keys",
    "spelling_of",
]
