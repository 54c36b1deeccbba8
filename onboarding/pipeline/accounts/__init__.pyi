"""Runs to many accounts: each account is a share of the rows, sent by a worker."""

from .group import run

__all__ = ["run"]
