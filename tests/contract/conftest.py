"""A ledger on each kind of database, for the contract tests."""

from collections.abc import Iterator

import pytest
from ledgers import NOW, run

from onboarding.ledger import Ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request, tmp_path) -> str:
    """Return the URL of a ledger that does not exist yet, on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return request.getfixturevalue("new_database")()


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
