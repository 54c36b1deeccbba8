"""The command line: the commands of ``onboard``, their options, their output and their exit codes."""
