"""Runtime: what the machine lends a run."""
