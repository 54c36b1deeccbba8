"""Preparing: which rows are to be invited, and why the others are not."""

from .candidates import ACCOUNT_COLUMN, Rules
from .dask.cluster import dask_workers
from .dask.engine import choose_engine, prepare_on_workers
from .dask.workers import DaskWorkers, OnStop
from .guards import Approved, Census, Guarded, Hit, LastTime, guard
from .known import make_chunks, mark_known
from .local_engine import Engine, EngineContext
from .policy import Policy, read_exclusions

__all__ = [
    "ACCOUNT_COLUMN",
    "Approved",
    "Census",
    "DaskWorkers",
    "Engine",
    "EngineContext",
    "Guarded",
    "Hit",
    "LastTime",
    "OnStop",
    "Policy",
    "Rules",
    "choose_engine",
    "dask_workers",
    "guard",
    "make_chunks",
    "mark_known",
    "prepare_on_workers",
    "read_exclusions",
]
