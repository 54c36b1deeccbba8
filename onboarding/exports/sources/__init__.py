"""Sources: where the bytes of an export come from."""
