"""Choose the engine that prepares the rows of a run.

The module loads the Dask engine only for runs that use it.
"""

from onboarding.preparing.local_engine import Engine, prepare_locally


def choose_engine(name: str, scheduler: str | None) -> Engine:
    """Return the local engine if the name is ``local``, and else the Dask engine.

    The Dask engine uses the cluster with the scheduler at the URL ``scheduler``. If ``scheduler`` is None, the engine
    starts its own cluster.
    """
    if name == "local":
        return prepare_locally
    from onboarding.preparing.dask.engine import dask_engine  # noqa: PLC0415 - other runs need none of its modules

    return dask_engine(scheduler)
