"""The Dask engine: prepare rows on the workers of a cluster."""
