"""Where rows are prepared, and by whom."""

from onboarding.preparing.candidates import Rules
from onboarding.preparing.choice import Prepare, engine_of
from onboarding.preparing.dask.cluster import dask_workers
from onboarding.preparing.dask.spread import prepare as prepare_by
from onboarding.preparing.dask.workers import DaskWorkers, Until

__all__ = ["DaskWorkers", "Prepare", "Rules", "Until", "dask_workers", "engine_of", "prepare_by"]
