"""A real terminal for tests, and the text that it shows."""

import os
import pty
import select
import termios
from contextlib import contextmanager, redirect_stderr


@contextmanager
def terminal(columns: int = 0):
    """Make stderr a real terminal inside the block, and yield a function that reads the terminal."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    with os.fdopen(slave, "w") as stderr, redirect_stderr(stderr):
        yield lambda: _drain(stderr, master)
    os.close(master)


def _drain(stderr, master) -> str:
    stderr.flush()
    written = b""
    while select.select([master], [], [], 0)[0]:
        written += os.read(master, 100_000)
    return written.decode()
