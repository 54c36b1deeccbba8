"""Short ways to make frames of rows, outcomes and invites for tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import gettempdir

import pandas as pd

from onboarding.addresses import SuspicionScan
from onboarding.addresses.normalise import normalise
from onboarding.model.choices import USUAL_FOOTPRINT
from onboarding.model.columns import text_array
from onboarding.model.outcomes import InviteState
from onboarding.model.rows import AS_READ, DECIDED, check_schema
from onboarding.preparing.duplicates import DuplicateFinder


def rows(
    cells: Sequence[str],
    *,
    start: int = 0,
    source: str = "staff.csv",
    sheet: str = "",
    first_row: int = 2,
    **columns: Sequence[str],
) -> pd.DataFrame:
    """Return rows as an export yields them, one for each cell of addresses, the first at position ``start``."""
    count = len(cells)
    given = {"source": [source] * count, "sheet": [sheet] * count, "email_as_given": cells, **columns}
    frame = {name: text_array(given.get(name, [""] * count)) for name in AS_READ if name != "row"}
    frame["row"] = pd.array(range(first_row, first_row + count), dtype="int64")
    return check_schema(pd.DataFrame(frame, index=pd.RangeIndex(start, start + count)), AS_READ)


def hold_and_count(scan: SuspicionScan, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its suspicious rows held, and let the scan count its domains."""
    held, counts = scan.hold(frame)
    scan.count(counts)
    return held


def once(*frames: pd.DataFrame, budget_bytes: int = USUAL_FOOTPRINT.noted_bytes) -> list[pd.DataFrame]:
    """Return the frames of one run, normalised, with duplicates marked."""
    with DuplicateFinder(Path(gettempdir()), budget_bytes=budget_bytes) as duplicates:
        for frame in frames:
            duplicates.note(duplicates.records_of(frame))
        found = duplicates.find()
    return [found.mark(frame) for frame in frames]


def decided(cells: Sequence[str], *, start: int = 0, **columns: Sequence[str]) -> pd.DataFrame:
    """Return rows after every decision that does not need the service; candidates are open."""
    (frame,) = once(normalise(rows(cells, start=start, **columns)))
    return check_schema(frame, DECIDED)


def people(count: int, *, start: int = 0) -> pd.DataFrame:
    """Return rows of ``count`` people who are to be invited."""
    return decided([f"person{number}@example.com" for number in range(start, start + count)], start=start)


def outcomes(states: Mapping[int, InviteState], *, error: str = "", attempts: int = 1) -> pd.DataFrame:
    """Return outcomes by position, as the ledger gives them."""
    count = len(states)
    texts = {"state": [str(state) for state in states.values()], "error": [error] * count}
    for name in ("invite_id", "invite_status", "email_status", "decided_at"):
        texts[name] = [f"{name} of {position}" for position in states]
    numbers = {"chunk": [1] * count, "attempts": [attempts] * count}
    columns = {name: text_array(values) for name, values in texts.items()}
    columns |= {name: pd.array(values, dtype="int64") for name, values in numbers.items()}
    return pd.DataFrame(columns, index=pd.Index(states, dtype="int64", name="position"))


def known(states: Mapping[str, InviteState]) -> pd.DataFrame:
    """Return what the ledger knows of keys: all from run ``r0``, decided at ``noon``."""
    count = len(states)
    columns = {"key": list(states), "state": [str(state) for state in states.values()]}
    columns |= {"run_id": ["r0"] * count, "decided_at": ["noon"] * count}
    return pd.DataFrame({name: text_array(values) for name, values in columns.items()})
