"""Inspecting a ledger creates and writes nothing."""

import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from ledgers import NOW, run
from sqlalchemy import create_engine, inspect, make_url, text

from onboarding.ledger import Ledger, inspect_ledger
from onboarding.model.errors import ConfigurationError, LedgerFailed


def change(url, statement, **values) -> None:
    """Change a ledger from outside of the package."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def tables(url) -> list[str]:
    """Return the tables of a database."""
    engine = create_engine(url)
    found = inspect(engine).get_table_names()
    engine.dispose()
    return sorted(found)


def database(path: Path, *statements: str) -> str:
    """Make a database on SQLite that is no ledger, and return its URL."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return f"sqlite:///{path}"


def test_missing_ledger_is_not_created(new_database):
    url = new_database()

    found = inspect_ledger(url)

    assert (found.is_there, found.last_good) == (False, None)
    assert tables(url) == []


def test_missing_file_is_not_created(tmp_path):
    """The folders above it are not created either."""
    found = inspect_ledger(tmp_path / "state" / "onboarding" / "ledger.db")

    assert not found.is_there
    assert found.name == f"{tmp_path}/state/onboarding/ledger.db"
    assert list(tmp_path.iterdir()) == []


def test_empty_file_stays_empty(tmp_path):
    """``mktemp`` makes an empty file, in which a run creates the ledger."""
    file = tmp_path / "ledger.db"
    file.touch()

    assert not inspect_ledger(file).is_there
    assert file.stat().st_size == 0


def test_last_good_run_is_the_last_that_settled_everything(ledger, ledger_url):
    """A plan sends nothing, so it does not count."""
    ledger.end("first", exit_code=0, counts={})
    ledger.begin(run("second", started_at=NOW + timedelta(days=1)))
    ledger.end("second", exit_code=7, counts={})

    found = inspect_ledger(ledger_url)

    assert found.is_there
    assert found.last_good == NOW


def test_ledger_without_a_good_run_has_no_last_good_run(ledger, ledger_url):
    ledger.end("first", exit_code=3, counts={})

    assert inspect_ledger(ledger_url).last_good is None


def test_password_is_not_part_of_the_name(new_database):
    url = make_url(new_database()).set(password="secret", query={"application_name": "secret"})  # noqa: S106 - it is

    with pytest.raises(LedgerFailed) as refused:
        inspect_ledger(url.set(host="127.0.0.1", port=1).render_as_string(hide_password=False))

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("version", [0, 99])
def test_ledger_of_another_version_is_refused(ledger_url, version):
    Ledger.open(ledger_url, clock=lambda: NOW).close()
    change(ledger_url, "UPDATE ledger SET schema_version = :version", version=version)

    with pytest.raises(ConfigurationError, match="another version of onboarding"):
        inspect_ledger(ledger_url)


def test_database_of_another_program_is_refused_and_stays_as_it_is(tmp_path):
    """A run would refuse it as well, and so must not even change its journal."""
    url = database(tmp_path / "shop.db", "CREATE TABLE runs (id INTEGER)")
    before = (tmp_path / "shop.db").read_bytes()

    with pytest.raises(ConfigurationError, match="belongs to another program"):
        inspect_ledger(url)

    assert (tmp_path / "shop.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["shop.db"]


def test_ledger_on_a_read_only_server_is_refused(new_database):
    """A standby answers every query and takes no run."""
    url = new_database()
    Ledger.open(url, clock=lambda: NOW).close()
    standby = make_url(url).update_query_dict({"options": "-c default_transaction_read_only=on"})

    with pytest.raises(LedgerFailed, match="SQLSTATE 25006"):
        inspect_ledger(standby.render_as_string(hide_password=False))


def test_database_without_the_right_to_create_tables_is_refused(new_database):
    url = new_database()
    change(url, "CREATE ROLE reader")
    change(url, "GRANT reader TO CURRENT_USER")
    as_reader = make_url(url).update_query_dict({"options": "-c role=reader"})

    with pytest.raises(ConfigurationError, match="have CREATE granted"):
        inspect_ledger(as_reader.render_as_string(hide_password=False))


@pytest.mark.parametrize("below", ["file", "file/folder"])
def test_place_below_a_file_is_refused(tmp_path, below):
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match="is not a folder"):
        inspect_ledger(tmp_path / below / "ledger.db")


def test_folder_is_refused_as_a_ledger(tmp_path):
    with pytest.raises((LedgerFailed, ConfigurationError), match="cannot be opened"):
        inspect_ledger(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_takes_no_files_is_refused(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(ConfigurationError, match="may not be written"):
        inspect_ledger(tmp_path / "ledger.db")


@pytest.mark.parametrize("where", ["nonsense", "mysql://db.example/x", "sqlite://", "sqlite:///file:x?uri=true"])
def test_place_where_no_ledger_can_be_is_refused_as_by_a_run(where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigurationError):
        inspect_ledger(where)

    assert list(tmp_path.iterdir()) == []


def test_name_of_a_file_may_hold_any_character(tmp_path):
    """SQLite gets the name as a URI."""
    file = tmp_path / "50% off? #1.db"
    Ledger.open(file, clock=lambda: NOW).close()

    assert inspect_ledger(file).is_there
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
