"""Runtime: what a run uses of its machine: clients of AWS, files, signals, threads, the log and the terminal."""
