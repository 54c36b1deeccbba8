"""The inspection of a ledger: whether it can be used, its last good run, and the run that holds a destination.

An inspection creates, writes and locks nothing.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import URL, Connection, create_engine, false, func, select, update

from onboarding.ledger.creation import has_tables
from onboarding.ledger.database import Database, open_database, sqlite_file
from onboarding.ledger.database_errors import BUSY_SECONDS, wrong_place
from onboarding.ledger.hold import UnknownRequest
from onboarding.ledger.lock import holder_of
from onboarding.ledger.machine_lock import LastRequest, note_on_machine
from onboarding.ledger.schema import ledger_id, ledger_table, metadata, runs
from onboarding.ledger.stamps import Stamp, has_request
from onboarding.model.plan import Scope
from onboarding.model.values import dataclass
from onboarding.runtime.boot_clock import this_boot_clock

if TYPE_CHECKING:
    from onboarding.ledger.people_memory import PeopleMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerInspection:
    """The result of inspecting a place for a ledger. ``is_there`` says whether a ledger is there already.

    ``name`` may be shown, since it contains no password. ``file`` is None on PostgreSQL. ``last_good`` is the end of
    the last run, except plans, that had exit code 0, or None if there is no such run.
    """

    name: str
    file: Path | None
    is_there: bool = False
    last_good: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnknownUse:
    """A use of a destination by a process on this machine, without a record of the use in the ledger.

    ``holder`` describes the process that holds the destination, and is empty if the destination is free. ``request`` is
    the last request that left from this machine, or None if the destination is held.
    """

    holder: str = ""
    request: UnknownRequest | None = None


def inspect_ledger(place: str | Path) -> LedgerInspection:
    """Inspect the ledger at a path or an SQLAlchemy URL, and check that a run could create or write the ledger.

    Raises ``ConfigurationError`` if no ledger can be there or another version wrote the ledger. Raises ``LedgerFailed``
    if the database fails.
    """
    with _open_read_only(place) as database:
        if database.file and not _has_content(database.file):
            _check_folder(database.file)
            return LedgerInspection(name=database.name, file=database.file)
        with database.reading() as connection:
            is_there = has_tables(connection, name=database.name)
            last_good = _last_good(connection) if is_there else None
        if is_there:
            with database.reading() as connection:
                _check_writing(connection)
    return LedgerInspection(name=database.name, file=database.file, is_there=is_there, last_good=last_good)


def find_holder(place: str | Path, scope: Scope) -> str | None:
    """Return the process, host and start of the run that holds a destination, or None if the destination is free.

    Raises ``ConfigurationError`` if no ledger can be there or another version wrote the ledger. Raises ``LedgerFailed``
    if the database fails.
    """
    with _open_read_only(place) as database:
        try:
            return holder_of(database, scope)
        except OSError as error:
            raise wrong_place(Path(place), error.strerror or "cannot be looked at") from None


def find_unknown_use(place: str | Path, scope: Scope, locks: Path) -> UnknownUse | None:
    """Find out whether a process on this machine uses or has used a destination without a record in this ledger.

    If a process holds the destination now, the result describes this process. If the destination is free, the result is
    None, unless the ledger lacks the last request that left from this machine. ``locks`` is the folder of the machine's
    locks. Raises ``ConfigurationError`` if no ledger can be there or another version wrote the ledger. Raises
    ``LedgerFailed`` if the database fails.
    """
    note = note_on_machine(locks, scope)
    if note.holder or note.last is None:
        return UnknownUse(note.holder) if note.holder else None
    with _open_read_only(place) as database:
        if database.file and not _has_content(database.file):
            return _unknown(note.last)
        with database.reading() as connection:
            if not has_tables(connection, name=database.name):
                return _unknown(note.last)
            if has_request(connection, note.last.run_id, note.last.chunk, note.last.departed):
                return None
            secret = bytes(connection.execute(select(ledger_table.c.secret)).scalar_one())
    return _unknown(note.last, own_ledger=ledger_id(secret))


def _unknown(last: LastRequest, own_ledger: str = "") -> UnknownUse:
    """Return the use that left a request. ``own_ledger`` is the id of this ledger, or empty if there is no ledger."""
    clock = this_boot_clock()
    now = Stamp(clock.boot_id, clock.seconds(), time.time())
    ages = last.carried_into(now).seconds_ago(now)
    return UnknownUse(request=UnknownRequest(last.ledger == own_ledger, *ages))


@contextmanager
def ledger_to_read(place: str | Path, *, clock: Callable[[], datetime]) -> Iterator["PeopleMemory | None"]:
    """Open a ledger for the methods that only read, or yield None if no ledger is there.

    ``clock`` returns the present time.

    Raises ``ConfigurationError`` if no ledger can be there or another version wrote the ledger. Raises ``LedgerFailed``
    if the database fails.
    """
    with _open_read_only(place) as database:
        if database.file and not _has_content(database.file):
            yield None
            return
        with database.reading() as connection:
            if not has_tables(connection, name=database.name):
                yield None
                return
            secret = bytes(connection.execute(select(ledger_table.c.secret)).scalar_one())
        from onboarding.ledger.people_memory import PeopleMemory  # noqa: PLC0415 - loads pandas

        yield PeopleMemory(database, secret=secret, clock=clock, boot_clock=this_boot_clock())


@contextmanager
def _open_read_only(place: str | Path) -> Iterator[Database]:
    """Open a database without changing it. A file that does not exist is not created."""
    file = sqlite_file(place)
    database = _open_file(file) if file else open_database(place)
    try:
        yield database
    finally:
        database.close()


def _open_file(file: Path) -> Database:
    # The mode "rw" lets SQLite remove the -wal and -shm files at the end. The mode for readers would leave these files.
    # This function sets no pragma, so that the database of another program stays as it is.
    address = URL.create("sqlite", database=f"file:{quote(os.fsencode(file))}", query={"mode": "rw", "uri": "true"})
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    return Database(engine, str(file), file)


def _has_content(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise wrong_place(file, error.strerror or "cannot be looked at") from None


def _check_folder(file: Path) -> None:
    # The functions of ``Path`` raise an error if a folder may not be read.
    nearest = next(place for place in (file, *file.parents) if os.path.exists(place))  # noqa: PTH110
    if nearest != file and not os.path.isdir(nearest):  # noqa: PTH112
        raise wrong_place(file, f"{nearest} is not a folder")
    if not os.access(nearest, os.W_OK if nearest == file else os.W_OK | os.X_OK):
        raise wrong_place(file, f"{nearest} may not be written")


def _last_good(connection: Connection) -> datetime | None:
    ended: str | None = connection.scalar(
        select(func.max(runs.c.ended_at)).where(runs.c.exit_code == 0, runs.c.command != "plan")
    )
    return datetime.fromisoformat(ended) if ended else None


def _check_writing(connection: Connection) -> None:
    """Check that the user of the database may write to each table. If not, raise the database's error.

    The check is an update that matches no row. A database demands the same rights for it as for an update of rows.
    """
    for table in metadata.sorted_tables:
        some = table.primary_key.columns.values()[0]
        connection.execute(update(table).where(false()).values({some: some}))
