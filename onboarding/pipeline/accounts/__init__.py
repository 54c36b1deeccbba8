"""Runs to many accounts."""

from onboarding.pipeline.accounts.group import run

__all__ = ["run"]
