"""Words: what status words, dates and codes in a cell mean."""
