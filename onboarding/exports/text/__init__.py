"""Read delimited text files in any encoding."""
