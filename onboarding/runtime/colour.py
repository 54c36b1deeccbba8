"""Decide whether a stream gets colours, in the same way for tables, progress bars and the log.

The conventions are those of https://no-color.org, https://force-color.org and of Python's own interpreter.
"""

import os
from contextlib import suppress
from typing import TextIO


def has_colour(stream: TextIO) -> bool:
    """Say whether text on a stream may have styles. The first rule that applies decides.

    1. If ``NO_COLOR`` is set and not empty, no text has styles.
    2. If ``FORCE_COLOR`` is set and not empty, all text has styles, even in a file.
    3. A terminal with ``TERM=dumb`` cannot show styles, and any other terminal can.
    4. A file or a pipe gets no styles.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and not is_dumb()


def is_terminal(stream: TextIO) -> bool:
    """Say whether a stream is a terminal. A closed stream is no terminal."""
    with suppress(OSError, ValueError):
        return stream.isatty()
    return False


def is_dumb() -> bool:
    """Say whether the terminal can only write line after line, and cannot show a progress bar."""
    return os.environ.get("TERM", "").lower() in {"dumb", "unknown"}
