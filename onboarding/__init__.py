"""Invite everyone in an HR export to a service, once, and account for every row."""

__version__ = "0.1.0"
