"""A ledger is found again, and a place that holds no ledger is refused in one plain line."""

import sqlite3
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from os import umask
from threading import Barrier, Timer

import pytest
from ledgers import CHIME, NOW, files_up_to, run
from sqlalchemy import create_engine, make_url, text

from onboarding.ledger import Ledger
from onboarding.ledger.database import execute_patiently
from onboarding.ledger.schema import HASH_BYTES, hashed
from onboarding.model.errors import ConfigurationError, ExitCode, LedgerFailed
from onboarding.model.plan import Chunk, Invitee

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def change(url, statement, **values) -> None:
    """Change a ledger from outside of the package."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def test_secret_stays_the_same(ledger_url):
    """Logs of two runs give an address the same hash."""
    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        made = ledger.secret
    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        found = ledger.secret

    assert len(made) == 32
    assert found == made


@pytest.mark.parametrize("version", [0, 99])
def test_ledger_of_another_version_is_refused(ledger_url, version):
    """The program does not know what it would overwrite."""
    Ledger.open(ledger_url, clock=lambda: NOW).close()
    change(ledger_url, "UPDATE ledger SET schema_version = :version", version=version)

    with pytest.raises(
        ConfigurationError,
        match=rf"another version .*schema {version};.*name another ledger, or begin the next rehearsal with --fresh$",
    ):
        Ledger.open(ledger_url, clock=lambda: NOW)


def test_database_of_another_program_is_refused(ledger_url):
    """The tables of another program must not be used."""
    change(ledger_url, "CREATE TABLE runs (distance_km INTEGER)")

    with pytest.raises(ConfigurationError, match="belongs to another program"):
        Ledger.open(ledger_url, clock=lambda: NOW)


def test_two_first_runs_make_one_ledger(ledger_url):
    """The tables are created once, with one secret."""
    ready = Barrier(4)

    def secret(_) -> bytes:
        ready.wait()
        with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
            return ledger.secret

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(secret, range(4)))) == 1


def test_first_run_waits_for_another_process_that_writes(tmp_path):
    """SQLite itself does not wait when it turns the journal of a new file into a write-ahead log."""
    file = tmp_path / "ledger.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        Timer(0.2, other.execute, ["COMMIT"]).start()

        Ledger.open(file, clock=lambda: NOW).close()

        assert other.execute("PRAGMA journal_mode").fetchall() == [("wal",)]


def test_files_are_private_whatever_the_umask(tmp_path):
    """The files hold addresses."""
    file = tmp_path / "new" / "folder" / "ledger.db"
    before = umask(0)
    try:
        with Ledger.open(file, clock=lambda: NOW) as ledger:
            ledger.begin(run("first"))
            modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").rglob("*")}
    finally:
        umask(before)

    assert modes == {"folder": 0o700, "ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_sqlite_is_durable(tmp_path):
    """A committed transaction is on disk, and a busy file is waited for."""
    with Ledger.open(tmp_path / "ledger.db", clock=lambda: NOW) as ledger, ledger._database.reading() as connection:  # noqa: SLF001 - the settings of the ledger's own connection are the point
        told = {name: connection.scalar(text(f"PRAGMA {name}")) for name in PRAGMAS}

    assert told == PRAGMAS


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("ledger.db", "not a database URL"),
        ("mysql://anna:secret@db.example/x", "unknown kind"),
        ("postgresql://anna:secret@db.example:port/x", "not a database URL"),
        ("postgresql://" + "x" * 10_000, "not a database URL"),
        ("postgresql://\u202e/x", "not a database URL"),
        ("sqlite://", "a ledger is a file"),
        ("sqlite://ledger.db", "a ledger is a file"),
        ("sqlite:///:memory:", "a ledger is a file"),
        ("sqlite:///file:ledger.db?mode=memory&uri=true", "a ledger is a file"),
        ("postgresql://anna:secret@127.0.0.1:1/x?password=secret", "cannot be reached"),
    ],
)
def test_wrong_place_is_refused_in_one_line_without_its_password(where, said):
    """The password is neither in the line nor in its traceback."""
    with pytest.raises(ConfigurationError, match=said) as refused:
        Ledger.open(where, clock=lambda: NOW)

    assert "secret" not in "".join(traceback.format_exception(refused.value))
    assert "\n" not in str(refused.value)


def test_missing_driver_is_named_with_the_command_that_installs_it(monkeypatch):
    """PostgreSQL's driver is an optional dependency."""
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(ConfigurationError) as refused:
        Ledger.open("postgresql://anna:secret@db.example/x", clock=lambda: NOW)

    assert str(refused.value).startswith("ledger postgresql://anna:***@db.example/x: the driver is missing")
    assert f"run {sys.executable} -m pip install 'psycopg[binary]>=" in str(refused.value)


@pytest.mark.parametrize(
    ("place", "said"),
    [("folder", "not a file"), ("words.txt", "not a ledger"), ("words.txt/ledger.db", "Not a directory")],
)
def test_path_that_cannot_be_a_ledger_is_refused_by_name(tmp_path, place, said):
    """The line names the file."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "words.txt").write_text("these are not the pages of a database\n" * 100)

    with pytest.raises(ConfigurationError, match=f"{tmp_path / place}: .*{said}"):
        Ledger.open(tmp_path / place, clock=lambda: NOW)


def test_failing_disk_ends_in_one_plain_line_and_loses_nothing(tmp_path):
    """The kernel refuses the write in the middle of a claim."""
    people = tuple(Invitee(n, f"person{n}@example.com", f"person{n}@example.com") for n in range(8_000))
    with Ledger.open(tmp_path / "ledger.db", clock=lambda: NOW) as ledger:
        ledger.begin(run("first"))
        ledger.claim("first", CHIME, Chunk(1, people[:1]))

        with files_up_to(50_000), pytest.raises(LedgerFailed, match="I/O error") as failed:
            ledger.claim("first", CHIME, Chunk(2, people[1:]))

        assert "example.com" not in "".join(traceback.format_exception(failed.value))
        assert failed.value.exit_code == ExitCode.INTERNAL
        assert ledger.outcomes("first", 0, 8_000).index.tolist() == [0]


def test_disk_that_fails_from_the_start_leaves_no_ledger(tmp_path):
    with files_up_to(0), pytest.raises(ConfigurationError, match=r"ledger\.db: the disk answered with an I/O error$"):
        Ledger.open(tmp_path / "ledger.db", clock=lambda: NOW)


def test_ledger_that_vanished_ends_in_one_plain_line(ledger_url):
    """The line does not quote the driver's message."""
    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        change(ledger_url, "DROP TABLE invites")

        with pytest.raises(LedgerFailed, match=r"SQLite error 1|SQLSTATE 42P01"):
            ledger.outcomes("first", 0, 1)


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
def test_reading_does_not_wait_for_a_writer(ledger_url):
    """A report can be written while a run claims chunks."""
    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        ledger.begin(run("first"))
        file = make_url(ledger_url).database
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            begun = time.monotonic()

            assert [one.run_id for one in ledger.runs()] == ["first"]

            assert time.monotonic() - begun < 15  # a reader that waits for a writer waits for 30


def test_broken_database_is_not_waited_for():
    """Waiting helps only against the lock of another process."""
    asked = []

    class Broken:
        def cursor(self):
            return self

        def execute(self, statement):
            asked.append(statement)
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

    with pytest.raises(sqlite3.OperationalError):
        execute_patiently(Broken(), "PRAGMA journal_mode = WAL")

    assert asked == ["PRAGMA journal_mode = WAL"]


def test_hash_of_an_address_is_keyed_by_the_ledger():
    """The file of one ledger does not tell which addresses are hashed in another."""
    one, other = hashed("person1@example.com", b"1" * 32), hashed("person1@example.com", b"2" * 32)

    assert one != other
    assert len(one) == len(other) == HASH_BYTES
