"""The errors of SQLite become errors of the ledger, each with the exit code that scripts know."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from onboarding.ledger.database_errors import ledger_error
from onboarding.model.errors import ExitCode, LedgerBusy


def test_locked_file_is_neither_a_bug_nor_a_wrong_setting(tmp_path):
    """Another process may lock it for a while, as a backup does."""
    file = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 0})
        with pytest.raises(OperationalError) as locked, engine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE t (x)")
        engine.dispose()

    error = ledger_error(locked.value, name="ledger.sqlite3")

    assert isinstance(error, LedgerBusy)
    assert error.exit_code is ExitCode.STOPPED
    assert "another process kept it locked" in str(error)
