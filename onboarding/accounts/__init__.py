"""Runs to many accounts."""

from onboarding.accounts.group import run

__all__ = ["run"]
