"""Text: delimited and other text files."""
