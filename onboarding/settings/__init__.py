"""The options of a run, their types, and the code that loads their values."""
