"""People whom the last run did not invite, carried over into a run whose exports may not have them.

An export may hold new people only. So people whom the last run failed to invite, or deferred, are read once more, from
a file that is made from the ledger. What the exports of this run say of a person counts for more, since it is newer.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.ledger import Ledger
from onboarding.model.columns import Mask, as_array, as_mask, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import employee_keys
from onboarding.model.errors import ExitCode
from onboarding.model.plan import Scope
from onboarding.model.rows import decide
from onboarding.model.run import Run
from onboarding.pipeline.closing import context_of, with_lines
from onboarding.runtime.files import CARRY_OVER, make_private_folder

HEADER = ("Employee ID", "Name", "Email")
CARRIED_OVER = (Disposition.FAILED, Disposition.DEFERRED)


@dataclass(frozen=True, slots=True)
class CarryOver:
    """The path of a file of people, and the keys of their addresses and their employee ids."""

    path: str
    keys: frozenset[str] = field(repr=False)
    employee_ids: frozenset[str] = field(repr=False)

    def without_newer(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield decided frames, those of this file last; a person in another row is a duplicate of that row here.

        The disposition of that row does not matter: it says what is known today. Frames have the columns of
        ``rows.DECIDED``.
        """
        newer: dict[str, str] = {}
        for frame in rows:
            is_ours = as_mask(pc.equal(as_array(frame["source"]), self.path))
            others = frame.loc[~is_ours & self._are_about_them(frame)]
            columns = [others[name].tolist() for name in ("key", "source", "sheet", "row")]
            for employee, key, *place in zip(_employees(others), *columns, strict=True):
                name = "#".join(str(part) for part in place if part != "")
                newer.setdefault(key, name)
                newer.setdefault(employee, name)
            yield self._without(frame, is_ours, newer) if is_ours.any() and newer else frame

    def _are_about_them(self, frame: pd.DataFrame) -> Mask:
        by_key = pc.is_in(as_array(frame["key"]), pa.array(self.keys, pa.string()))
        return as_mask(by_key) | _employees(frame).isin(self.employee_ids).to_numpy()

    def _without(self, frame: pd.DataFrame, is_ours: Mask, newer: Mapping[str, str]) -> pd.DataFrame:
        frame = frame.copy()
        by_key, by_id = (keys.map(newer).where(keys != "", None) for keys in (frame["key"], _employees(frame)))
        for found, reason in ((by_id, Reason.SAME_EMPLOYEE_OTHER_ADDRESS), (by_key, Reason.SAME_ADDRESS)):
            where = found.notna() & is_ours & frame["disposition"].isin(["", Disposition.HELD, Disposition.DUPLICATE])
            decide(frame, where, Disposition.DUPLICATE, reason)
            frame.loc[where, "detail"] = "What this run's exports say of the person counts."
            frame.loc[where, "duplicate_of"] = found[where]
        return frame


def _employees(frame: pd.DataFrame) -> pd.Series:
    """Return the key of each row's employee id, empty where it has none."""
    return pd.Series(text_array(employee_keys(as_array(frame["employee_id"]))), frame.index)


@contextmanager
def carry_over(ledger: Ledger, scope: Scope, scratch: Path) -> Iterator[CarryOver | None]:
    """Give a file of the people whom the last run to ``scope`` failed to invite or deferred, or None without any.

    The file lies in a folder of its own in ``scratch``, readable by its owner alone, until the block ends.
    """
    last = next((run for run in ledger.runs(scope) if _has_sent(run)), None)
    if last is None or last.purged_at:
        yield None
        return
    with TemporaryDirectory(dir=make_private_folder(scratch)) as folder:
        path = Path(folder) / f"{CARRY_OVER}{last.run_id}.csv"
        people = [person for frame in _people(ledger, last) for person in frame.to_numpy().tolist()]
        with path.open("x", encoding="utf-8", newline="") as file:
            path.chmod(0o600)
            csv.writer(file).writerows([HEADER, *(cells for *cells, _ in people)])
        ids = employee_keys(pa.array([employee_id for employee_id, *_ in people], pa.string()))
        keys = frozenset(key for *_, key in people)
        yield CarryOver(str(path), keys, frozenset(ids.to_pylist()) - {""}) if people else None


def _has_sent(run: Run) -> bool:
    """Say whether a run could send. People whom a guard kept from being invited are left for a person to decide."""
    return run.command != "plan" and bool(run.inputs) and run.exit_code != ExitCode.GUARD


def _people(ledger: Ledger, run: Run) -> Iterator[pd.DataFrame]:
    """Yield the people of a run to carry over: frames with the columns employee_id, name, email and key."""
    context = context_of(run, rest=Disposition.DEFERRED, decided_at=run.started_at)
    for frame, lines in with_lines(ledger.rows(run.run_id), context, outcomes=ledger):
        yield frame.loc[lines["disposition"].isin(CARRIED_OVER).to_numpy(), ["employee_id", "name", "email", "key"]]
