"""What one process of a test session makes and all of them use."""

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def made_once(places: pytest.TempPathFactory, name: str, make: Callable[[], Made]) -> Made:
    """Return what ``make`` returns. The first process of the session that asks for ``name`` makes it.

    The other processes wait meanwhile, and get a copy. ``places`` is the fixture ``tmp_path_factory``.
    """
    own = places.getbasetemp()
    kept = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / f"{name}.pickle"
    with Path(f"{kept}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(make()))
        return pickle.loads(kept.read_bytes())  # noqa: S301 - another process of this session wrote it
