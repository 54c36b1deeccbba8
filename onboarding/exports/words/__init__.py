"""The meaning of cells in exports of HR systems: status words, types, codes, and dates with their order."""
