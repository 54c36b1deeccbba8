"""Settings: what this run was told to do."""
