"""Find the meanings of cells: words for statuses and types, and dates with the order of day, month and year."""
