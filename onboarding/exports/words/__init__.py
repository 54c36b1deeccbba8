"""Find what cells of exports mean: words for statuses and types, and dates with the order of day, month and year."""
