"""A ledger on each kind of database, for the contract tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import NOW, run

from onboarding.ledger import Ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request, tmp_path) -> str:
    """Return the URL of a ledger on each database. It does not exist yet, unless the fixture ``ledger`` opens it.

    Then it is a copy of a ledger without a run, since to make all tables takes longer than most tests.
    """
    is_wanted = "ledger" in request.fixturenames
    if request.param == "postgresql":
        create = request.getfixturevalue("new_database")
        return create(request.getfixturevalue("ledger_on_server") if is_wanted else "")
    if is_wanted:
        shutil.copy(request.getfixturevalue("ledger_in_file"), tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture(scope="session")
def ledger_in_file(tmp_path_factory) -> Path:
    """Return the file of a ledger without a run, for copies."""
    file = tmp_path_factory.mktemp("new") / "ledger.db"
    Ledger.open(file, clock=lambda: NOW).close()
    return file


@pytest.fixture(scope="session")
def ledger_on_server(postgresql) -> str:
    """Return the URL of a ledger without a run on PostgreSQL, for copies."""
    url = postgresql.new()
    Ledger.open(url, clock=lambda: NOW).close()
    return url


@pytest.fixture
def ledger(ledger_url) -> Iterator[Ledger]:
    """Open a ledger in which the run ``first`` has begun."""
    with Ledger.open(ledger_url, clock=lambda: NOW) as opened:
        opened.begin(run("first"))
        yield opened


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def any_ledger(request, tmp_path_factory) -> Iterator[Ledger]:
    """Open one ledger of each kind for all examples of a property; each example has a destination of its own."""
    is_file = request.param == "sqlite"
    where = tmp_path_factory.mktemp("any") / "ledger.db" if is_file else request.getfixturevalue("postgresql").new()
    with Ledger.open(where, clock=lambda: NOW) as opened:
        yield opened
