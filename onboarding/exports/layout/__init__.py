"""Find the header of a table, the role of each column, the rows that are no records, and the corrections from HR."""
