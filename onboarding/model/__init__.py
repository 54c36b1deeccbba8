"""Model: which values every part speaks of."""
