"""Preparing: which rows are to be invited, and why the others are not."""

from .candidates import Rules
from .choice import Prepare, engine_of
from .dask.cluster import dask_workers
from .dask.spread import prepare_on_workers
from .dask.workers import DaskWorkers, Until
from .exclusions import read_exclusions
from .guards import Approved, Census, Guarded, Hit, LastTime, guard
from .known import cut, leave_out_known
from .policy import Policy
from .routing import ACCOUNT

__all__ = [
    "ACCOUNT",
    "Approved",
    "Census",
    "DaskWorkers",
    "Guarded",
    "Hit",
    "LastTime",
    "Policy",
    "Prepare",
    "Rules",
    "Until",
    "cut",
    "dask_workers",
    "engine_of",
    "guard",
    "leave_out_known",
    "prepare_on_workers",
    "read_exclusions",
]
