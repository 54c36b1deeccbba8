"""Work on the workers of a Dask cluster: the Dask engine prepares rows there, and other rooms run long tasks there."""
