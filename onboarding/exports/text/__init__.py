"""Delimited text files, such as CSV, in any encoding: how they are opened, cut and read."""
