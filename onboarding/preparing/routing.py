"""To which account does a row go, where there are many?

A table of routes says it: all its columns but the last are columns of the exports, the last has accounts. A line of it
is meant for a row if each of its cells says what the row says there, or nothing at all; the first such line counts.
Or a column of the exports has the account itself, which is a table of routes in which every line is its own.

Cells are compared without outer white space and without case. A row whose fate is open and that no line is meant for
is ``held``: who would be invited nowhere is nobody's to forget.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import as_array, replace_where, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.routes import Routes
from onboarding.model.rows import ROUTING_PREFIX, is_open

ACCOUNT = "account"
"""The column of a frame whose rows were routed; empty where no account is known."""

SHOWN = 40
"""How many characters of a cell a detail quotes, at most."""

_BETWEEN = "\x1f"


def route(frame: pd.DataFrame, routes: Routes) -> pd.DataFrame:
    """Return the frame with the column ``ACCOUNT``; an open row that no account is known for becomes ``held``.

    ``frame`` has the columns of ``rows.AS_READ``, and each of the routes' columns: its name after ``ROUTING_PREFIX``.
    """
    given = (pc.replace_substring(as_array(frame[ROUTING_PREFIX + name]), _BETWEEN, " ") for name in routes.columns)
    encoded = pc.binary_join_element_wise(*given, _BETWEEN).dictionary_encode()
    found = [cells.split(_BETWEEN) for cells in encoded.dictionary.to_pylist()]
    accounts = [routes.of(cells) for cells in found]
    codes = encoded.indices.to_numpy()
    unknown = is_open(frame).to_numpy() & np.array([not account for account in accounts], np.bool_)[codes]
    details = pa.array([_detail(routes.columns, cells) for cells in found], pa.string())
    verdict = {
        "disposition": pa.repeat(Disposition.HELD.value, int(unknown.sum())),
        "reason": pa.repeat(Reason.NO_ACCOUNT.value, int(unknown.sum())),
        "detail": details.take(pa.array(codes[unknown])),
    }
    columns = {name: replace_where(as_array(frame[name]), (unknown, values)) for name, values in verdict.items()}
    columns[ACCOUNT] = pa.array(accounts, pa.string()).take(encoded.indices)
    return frame.assign(**{name: text_array(column) for name, column in columns.items()})


def _detail(columns: Sequence[str], cells: Sequence[str]) -> str:
    """Say which cells no account is known for, without an address that may stand in them."""
    told = ", ".join(f'{name} "{_shown(cell)}"' for name, cell in zip(columns, cells, strict=True))
    return f"No account is known for {told}; mend the row or the table of routes."


def _shown(cell: str) -> str:
    words = " ".join("…" if "@" in word else word for word in cell.split())
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"
