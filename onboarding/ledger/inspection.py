"""How is a ledger, and who holds a destination, if nothing may be made, written or taken to find out?"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, create_engine, false, func, make_url, select, update
from sqlalchemy.exc import ArgumentError

from onboarding.ledger import lock
from onboarding.ledger.schema import has_tables, metadata, runs
from onboarding.ledger.store import BUSY_SECONDS, Store, open_store
from onboarding.model.errors import ConfigurationError
from onboarding.model.plan import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is at a ledger's place. ``name`` may be shown, it holds no password; ``file`` is None unless it is SQLite.

    ``last_good`` is when a run that settled everything has last ended.
    """

    name: str
    file: Path | None
    is_there: bool = False
    last_good: datetime | None = None


def look(where: str | Path) -> Look:
    """Return how the ledger is at a path or an SQLAlchemy URL, having proven that it can be made or written.

    Raises ``ConfigurationError`` if that is no place for a ledger or if another version wrote it, and ``LedgerFailed``.
    """
    with _as_it_is(where) as store:
        if store.file and not _has_content(store.file):
            _check_folder(store.file)
            return Look(name=store.name, file=store.file)
        with store.reading() as connection:
            is_there = has_tables(connection, name=store.name)
            last_good = _last_good(connection) if is_there else None
        if is_there:
            with store.reading() as connection:
                _check_writing(connection)
    return Look(name=store.name, file=store.file, is_there=is_there, last_good=last_good)


def holder(where: str | Path, scope: Scope) -> str | None:
    """Tell who holds a destination: process, host and since when. None if it is free. May raise as ``look`` does."""
    with _as_it_is(where) as store:
        return lock.holder(store, scope)


@contextmanager
def _as_it_is(where: str | Path) -> Iterator[Store]:
    file = _file(where)
    store = open_store(where) if file is None else _existing(Path(os.path.realpath(file)))
    try:
        yield store
    finally:
        store.close()


def _file(where: str | Path) -> Path | None:
    """Return the file of a ledger on SQLite; None for all that ``open_store`` opens, or refuses, without making any."""
    if isinstance(where, Path):
        return where
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):
        return None
    is_file = url.get_backend_name() == "sqlite" and url.database and not url.database.startswith((":memory:", "file:"))
    return Path(url.database) if is_file and url.database else None


def _existing(file: Path) -> Store:
    # Opened for writing, SQLite removes its -wal and -shm files at the end, which a reader would leave behind. It gets
    # no pragmas: a database that turns out to be something else's stays as it is.
    address = URL.create("sqlite", database=f"file:{quote(os.fsencode(file))}", query={"mode": "rw", "uri": "true"})
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    return Store(engine, str(file), file)


def _has_content(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _no_place(file, error.strerror or "cannot be looked at") from None


def _check_folder(file: Path) -> None:
    nearest = next(place for place in (file, *file.parents) if place.exists())
    if nearest != file and not nearest.is_dir():
        raise _no_place(file, f"{nearest} is not a folder")
    if not os.access(nearest, os.W_OK if nearest == file else os.W_OK | os.X_OK):
        raise _no_place(file, f"{nearest} may not be written")


def _no_place(file: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"ledger {file}: {why}; name a file in a folder of yours")


def _last_good(connection: Connection) -> datetime | None:
    ended: str | None = connection.scalar(
        select(func.max(runs.c.ended_at)).where(runs.c.exit_code == 0, runs.c.command != "plan")
    )
    return datetime.fromisoformat(ended) if ended else None


def _check_writing(connection: Connection) -> None:
    """Ask to change no row of any table, for which a database wants the same as for changing some."""
    for table in metadata.sorted_tables:
        some = table.primary_key.columns.values()[0]
        connection.execute(update(table).where(false()).values({some: some}))
