"""Use a Dask cluster: the Dask engine prepares rows on its workers, and other packages run long tasks on them."""
