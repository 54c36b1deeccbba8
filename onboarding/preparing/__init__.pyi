"""Preparing: decide which rows to invite, give the reason for all remaining rows, ask the guards, and make chunks."""

from .answer_book import AnswerBook
from .candidates import Rules
from .dask.cluster import dask_workers
from .dask.engine import prepare_on_workers
from .dask.workers import DaskWorkers
from .engine_choice import choose_engine
from .exclusions import ExclusionLists
from .filters import FilterMatches
from .known import hold_respelled, make_chunks, mark_known
from .local_engine import Engine, EngineContext
from .policy import Policy

__all__ = [
    "AnswerBook",
    "DaskWorkers",
    "Engine",
    "EngineContext",
    "ExclusionLists",
    "FilterMatches",
    "Policy",
    "Rules",
    "choose_engine",
    "dask_workers",
    "hold_respelled",
    "make_chunks",
    "mark_known",
    "prepare_on_workers",
]
