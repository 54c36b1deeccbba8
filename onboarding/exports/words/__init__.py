"""Tell what status words, codes and dates in a cell mean."""
