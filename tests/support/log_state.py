"""The configuration of the log, which belongs to the process and would reach the next test of the same worker."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from onboarding.runtime.logs import LIBRARY_LEVELS


@contextmanager
def kept_log() -> Iterator[None]:
    """Undo after the block what the block has configured of structlog and of Python's own logging."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(capture=False)
        for name in LIBRARY_LEVELS:
            logging.getLogger(name).setLevel(logging.NOTSET)
        structlog.reset_defaults()
