"""How does a test look at what a terminal would show?"""

import os
import pty
import select
from contextlib import contextmanager, redirect_stderr


@contextmanager
def terminal():
    """Let stderr be a real terminal for the block; yield what reads it."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as stderr, redirect_stderr(stderr):
        yield lambda: _drain(stderr, master)
    os.close(master)


def _drain(stderr, master) -> str:
    stderr.flush()
    written = b""
    while select.select([master], [], [], 0)[0]:
        written += os.read(master, 100_000)
    return written.decode()
