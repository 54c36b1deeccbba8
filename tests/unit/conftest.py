"""Unit tests touch no disk, process, signal or socket: such tests stand in tests/contract."""

from collections.abc import Iterator

import pytest
from purity import pure


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fail a unit test that has an effect outside its process."""
    with pure():
        return (yield)
