"""Use a Dask cluster: the Dask engine prepares rows on its workers, and other packages start long tasks there."""
