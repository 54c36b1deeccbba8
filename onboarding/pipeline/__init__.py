"""The pipeline: what happens in one run."""
