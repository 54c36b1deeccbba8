"""Who was left over by the last run, and is not in this run's exports at all?

An export may hold only what is new. So whom the last run failed to invite, or deferred, can be read once more, from a
file that is made of the ledger. Whatever the exports of this run say of such a person outweighs it: they are newer.
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
from onboarding.runtime.files import LEFT_OVER as PREFIX
from onboarding.runtime.files import make_private_folder

HEADER = ("Employee ID", "Name", "Email")
LEFT_OVER = (Disposition.FAILED, Disposition.DEFERRED)


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A file of people, and by which keys of addresses and which employee ids they are known."""

    path: str
    keys: frozenset[str] = field(repr=False)
    employee_ids: frozenset[str] = field(repr=False)

    def outweighed(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield decided frames, this file's as the last; who is in another row already is that row's duplicate here.

        It does not matter what became of that row: it says what is known today. Frames have the columns of
        ``rows.DECIDED``.
        """
        said: dict[str, str] = {}
        for frame in rows:
            is_ours = as_mask(pc.equal(as_array(frame["source"]), self.path))
            others = frame.loc[~is_ours & self._tells_of_them(frame)]
            columns = [others[name].tolist() for name in ("key", "source", "sheet", "row")]
            for employee, key, *place in zip(_employees(others), *columns, strict=True):
                name = "#".join(str(part) for part in place if part != "")
                said.setdefault(key, name)
                said.setdefault(employee, name)
            yield self._without(frame, is_ours, said) if is_ours.any() and said else frame

    def _tells_of_them(self, frame: pd.DataFrame) -> Mask:
        by_key = pc.is_in(as_array(frame["key"]), pa.array(self.keys, pa.string()))
        return as_mask(by_key) | _employees(frame).isin(self.employee_ids).to_numpy()

    def _without(self, frame: pd.DataFrame, is_ours: Mask, said: Mapping[str, str]) -> pd.DataFrame:
        frame = frame.copy()
        by_key, by_id = (keys.map(said).where(keys != "", None) for keys in (frame["key"], _employees(frame)))
        for told, reason in ((by_id, Reason.SAME_EMPLOYEE_OTHER_ADDRESS), (by_key, Reason.SAME_ADDRESS)):
            where = told.notna() & is_ours & frame["disposition"].isin(["", Disposition.HELD, Disposition.DUPLICATE])
            decide(frame, where, Disposition.DUPLICATE, reason)
            frame.loc[where, "detail"] = "What this run's exports say of the person counts."
            frame.loc[where, "duplicate_of"] = told[where]
        return frame


def _employees(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(text_array(employee_keys(as_array(frame["employee_id"]))), frame.index)


@contextmanager
def left_over(ledger: Ledger, scope: Scope, scratch: Path) -> Iterator[LeftOver | None]:
    """Give a file of those whom the last run to ``scope`` failed to invite or deferred, if there are any.

    It lies in a folder of its own in ``scratch``, readable by its owner alone, until the block ends.
    """
    last = next((run for run in ledger.runs(scope) if _has_sent(run)), None)
    if last is None or last.purged_at:
        yield None
        return
    make_private_folder(scratch)
    with TemporaryDirectory(dir=scratch) as folder:
        path = Path(folder) / f"{PREFIX}{last.run_id}.csv"
        people = [person for frame in _frames(ledger, last) for person in frame.to_numpy().tolist()]
        with path.open("x", encoding="utf-8", newline="") as file:
            path.chmod(0o600)
            csv.writer(file).writerows([HEADER, *(told for *told, _ in people)])
        ids = frozenset(employee_keys(pa.array([employee_id for employee_id, *_ in people])).to_pylist()) - {""}
        yield LeftOver(str(path), frozenset(key for *_, key in people), ids) if people else None


def _has_sent(run: Run) -> bool:
    """Say whether a run was one to send, and was let: whom a guard has kept from being invited is left to people."""
    return run.command != "plan" and bool(run.inputs) and run.exit_code != ExitCode.GUARD


def _frames(ledger: Ledger, run: Run) -> Iterator[pd.DataFrame]:
    context = context_of(run, rest=Disposition.DEFERRED, decided_at=run.started_at)
    for frame, lines in with_lines(ledger.rows(run.run_id), context, outcomes=ledger):
        yield frame.loc[lines["disposition"].isin(LEFT_OVER).to_numpy(), ["employee_id", "name", "email", "key"]]
