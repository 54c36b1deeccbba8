"""SQL statements that insert or change many rows at once, in SQLite and PostgreSQL.

Some drivers execute a statement row by row. After each row, such a driver may have to wait for other threads. So a
statement of this module gets up to ``ROWS_A_STATEMENT`` rows as one table. SQLite gets the table as a list of VALUES.
PostgreSQL gets it as a JSON document, since its driver is slow with many parameters.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import TypeVar

from sqlalchemy import Connection

from onboarding.model.plan import CHUNK_SIZE

ROWS_A_STATEMENT = CHUNK_SIZE
"""The most rows of one statement, which is also the most rows of a chunk.

SQLite prepares a statement only once for all calls with the same number of rows.
"""

VALUES_A_STATEMENT = 10_000
"""The most values in one SQL statement. SQLite and PostgreSQL each accept more than three times as many."""

Row = Sequence[object]
T = TypeVar("T")


class BulkStatement:
    """An SQL statement that inserts or changes many rows, with a table that contains the new values of each row.

    ``columns`` has the SQL types of the table's columns by name: TEXT, BIGINT or BYTEA. ``before`` and ``after`` are
    the SQL before and after the table. They call the table ``given``. Each question mark in them is a placeholder for a
    value that all rows share. Both databases must understand this SQL.
    """

    def __init__(self, columns: Mapping[str, str], before: str, after: str = "") -> None:
        self.columns = dict(columns)
        self.before = before
        self.after = after
        self._shared_before = before.count("?")

    def execute(self, connection: Connection, tables: Iterable[tuple[Sequence[Row], Row]]) -> int:
        """Execute the statement for several tables, and return how many rows of the database changed in all.

        Each item of ``tables`` is a pair: the rows of a table, and the values that these rows share, in the order of
        the question marks. Each table has at least one row and at most ``ROWS_A_STATEMENT`` rows.
        """
        is_sqlite = connection.dialect.name == "sqlite"
        values: dict[str, list[tuple[object, ...]]] = {}
        for rows, shared in tables:
            text = _sqlite_text(self, len(rows)) if is_sqlite else _postgresql_text(self)
            of_rows = chain.from_iterable(rows) if is_sqlite else (_as_json(self.columns, rows),)
            these = (*shared[: self._shared_before], *of_rows, *shared[self._shared_before :])
            values.setdefault(text, []).append(these)
        options = {"preserve_rowcount": True}
        return sum(
            connection.exec_driver_sql(text, several, execution_options=options).rowcount
            for text, several in values.items()
        )


def in_batches(values: list[T]) -> Iterator[list[T]]:
    """Yield the values in order, in lists of at most ``VALUES_A_STATEMENT`` values."""
    return (values[start : start + VALUES_A_STATEMENT] for start in range(0, len(values), VALUES_A_STATEMENT))


def in_tables(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the rows in order, in lists of at most ``ROWS_A_STATEMENT`` rows, as ``BulkStatement`` needs them."""
    return (rows[start : start + ROWS_A_STATEMENT] for start in range(0, len(rows), ROWS_A_STATEMENT))


@cache
def _sqlite_text(statement: BulkStatement, length: int) -> str:
    row = f"({','.join('?' * len(statement.columns))})"
    values = f"WITH document ({','.join(statement.columns)}) AS (VALUES {','.join([row] * length)})"
    given = f"{values} SELECT * FROM document"  # noqa: S608 - only names of columns  # nosec B608
    return f"{statement.before} ({given}) AS given {statement.after}"


@cache
def _postgresql_text(statement: BulkStatement) -> str:
    kinds = statement.columns.items()
    names = ", ".join(f"decode({name}, 'hex') AS {name}" if kind == "BYTEA" else name for name, kind in kinds)
    types = ", ".join(f"{name} {'TEXT' if kind == 'BYTEA' else kind}" for name, kind in kinds)
    document = f"json_to_recordset(%s) AS document ({types})"
    given = f"SELECT {names} FROM {document}"  # noqa: S608 - only names and types of columns  # nosec B608
    return f"{statement.before} ({given}) AS given {statement.after}".replace("?", "%s")


def _as_json(names: Iterable[str], rows: Sequence[Row]) -> str:
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    return json.dumps(objects, default=bytes.hex, separators=(",", ":"))
