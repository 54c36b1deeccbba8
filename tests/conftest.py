"""Fixtures and hooks for all tests."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from log_state import kept_log
from memory import LARGE_EXPORTS_BYTES, memory_folder
from postgresql import Server, served
from soak import choose_size, is_soak, select_scaled
from statement_cache import share_statements


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the folder of pictures that tests of the page take."""
    parser.addoption("--pictures", type=Path, help="the folder in which the tests of the page leave their pictures")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the size of the tests before pytest imports them."""
    choose_size(config)
    keep_bytecode()
    write_to_memory()
    share_statements()
    # A process that nohup started ignores SIGHUP, and hands that on to the processes that the tests start.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def keep_bytecode() -> None:
    """Let all processes of the tests keep compiled modules, also where the environment says not to write them.

    Otherwise each of them compiles again all that it imports: a worker has to do so for ten seconds before it begins.
    """
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def write_to_memory() -> None:
    """Let the temporary folders of the tests be in memory. Their ledgers bring thousands of transactions to disk."""
    if folder := memory_folder(LARGE_EXPORTS_BYTES):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))


def pytest_xdist_auto_num_workers() -> int:
    """Return a process more than there are cores: many tests wait for the processes and services that they start."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1  # not on macOS
    return cores + 1


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Pause the garbage collector while tests are collected, and keep it from what they leave.

    Modules and tests make millions of objects that last as long as the process.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select for a soak also the tests that have two sizes."""
    if is_soak(config):
        select_scaled(items)


@pytest.fixture(scope="session")
def soak(request: pytest.FixtureRequest) -> bool:
    """Say whether a test is to try everything instead of a sample."""
    return is_soak(request.config)


@pytest.fixture(autouse=True)
def _keep_log() -> Iterator[None]:
    """Undo what a test has configured of the log, which would change what the next test of the worker prints."""
    with kept_log():
        yield


@pytest.fixture(scope="session", autouse=True)
def _heed_interrupts() -> Iterator[None]:
    """Make the processes of the tests react to SIGINT, which a background job of a shell inherits as ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """Start a PostgreSQL server for all tests of this process."""
    # Not in pytest's own folder: a second pytest that root starts locks the server out of that.
    with (
        TemporaryDirectory(dir=memory_folder(), ignore_cleanup_errors=True) as folder,
        served(Path(folder), survives_power_cut=False) as server,
    ):
        yield server


@pytest.fixture
def new_database(postgresql: Server) -> Iterator[Callable[..., str]]:
    """Return a function that makes a database and returns its URL; the databases are dropped after the test.

    The database is empty, or a copy of the database whose URL the function gets.
    """
    urls: list[str] = []

    def create(copied: str = "") -> str:
        urls.append(postgresql.copy(copied) if copied else postgresql.new())
        return urls[-1]

    yield create
    for url in urls:
        postgresql.drop(url)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests have recorded, in whichever process the tests ran."""
    for report in terminalreporter.getreports("passed"):
        for name, figures in report.user_properties:
            if name == "figures":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {figures}")
