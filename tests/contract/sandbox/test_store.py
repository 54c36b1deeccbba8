"""State files that are not the sandbox's own."""

import sqlite3
from contextlib import closing

import pytest

from onboarding.model.errors import ConfigurationError
from onboarding.sandbox.backend import SandboxStore


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE users (id INTEGER PRIMARY KEY, shoe_size INTEGER)",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, shoe_size INTEGER); PRAGMA user_version = 99",
    ],
    ids=["another program's", "another version's"],
)
def test_file_of_something_else_is_refused_and_stays_as_it_was(tmp_path, script):
    path = tmp_path / "state"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)

    with pytest.raises(ConfigurationError, match="cannot keep its state"):
        SandboxStore(path)

    with closing(sqlite3.connect(path)) as connection:
        columns = [column[1] for column in connection.execute("PRAGMA table_info(users)")]
    assert columns == ["id", "shoe_size"]
