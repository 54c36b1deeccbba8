"""Clients of AWS, and the services of the machine for a run: files, signals, threads, clock, log and terminal."""
