"""Find the header of a table, the role of each column, and the rows that are no records."""
