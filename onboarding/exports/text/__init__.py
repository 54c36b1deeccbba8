"""Read delimited text files, such as CSV: detect the encoding and dialect, cut the text, and read its cells."""
