"""Clients of AWS, and what a run uses of its machine: files, signals, threads, clock, log and terminal."""
