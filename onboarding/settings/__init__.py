"""Settings: the options of a run, their types, and how they are loaded."""
