"""Words of HR systems: what status words, codes and dates in a cell mean."""
