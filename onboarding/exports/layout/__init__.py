"""Layout: which row is the header, and what each column holds."""
