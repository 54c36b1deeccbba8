"""Where rows are prepared, and by whom."""

from onboarding.engines.candidates import Rules
from onboarding.engines.choice import Prepare, engine_of
from onboarding.engines.cluster import dask_workers
from onboarding.engines.dask import DaskWorkers, Until
from onboarding.engines.spread import prepare as prepare_by

__all__ = ["DaskWorkers", "Prepare", "Rules", "Until", "dask_workers", "engine_of", "prepare_by"]
