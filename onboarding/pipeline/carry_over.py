"""Carry people over: read people whom the last runs did not invite, together with the exports of this run.

``--carry-over`` is for exports that contain new people only. The last runs may have left people deferred, in doubt or
failed. The run writes a file of these people from the ledger, and reads this file with the exports. If a person is both
in this file and in an export, the run uses the row in the export, since this row is newer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.ledger import Ledger
from onboarding.model.columns import Mask, as_array, as_mask
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.model.hr_answers import LEFT_EMPTY
from onboarding.model.own_files import CARRIED_OVER
from onboarding.model.rows import TEXT, decide, keys_of_employees
from onboarding.model.run import Run, rules_of
from onboarding.model.values import dataclass
from onboarding.pipeline.member_files import new_private_text
from onboarding.pipeline.report_lines import context_of, with_lines
from onboarding.runtime.files import make_private_folder
from onboarding.runtime.logs import get_logger
from onboarding.runtime.scratch import private_scratch

log = get_logger()

OTHER_RULES = (
    "The rules of --only and --skip have changed since a run chose this person; run with an export that has the person."
)
"""The detail of people who are carried over, but to whom the rules of this run cannot be applied."""

PERSON_HEADER = ["Employee ID", "First Name", "Last Name", "Email"]
UNFINISHED = (Disposition.FAILED, Disposition.IN_DOUBT, Disposition.DEFERRED)


@dataclass(frozen=True, slots=True)
class CarryOver:
    """The file of people to carry over: its path, its name in reports, and the people's keys and employee ids.

    ``by_other_rules`` has the keys of people whom a run with other rules of ``--only`` and ``--skip`` chose. The file
    lacks the cells that the rules read, so these people are held.
    """

    path: str
    source: str
    keys: frozenset[str] = field(repr=False)
    employee_ids: frozenset[str] = field(repr=False)
    by_other_rules: frozenset[str] = field(default=frozenset(), repr=False)

    def without_newer(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield decided frames, in which a carried-over row is a duplicate if another source has the same person.

        Frames have the columns of ``rows.DECIDED``, and the frames of the carry-over file come last. The disposition of
        the row in another source does not matter, since this row is newer.
        """
        newer: dict[str, str] = {}
        for frame in rows:
            is_ours = as_mask(pc.equal(as_array(frame["source"]), self.source))
            others = frame.loc[~is_ours & self._are_about_them(frame)]
            columns = [others[name].tolist() for name in ("key", "source", "sheet", "row")]
            for employee, key, *place in zip(keys_of_employees(others), *columns, strict=True):
                name = "#".join(str(part) for part in place if part != "")
                newer.setdefault(key, name)
                newer.setdefault(employee, name)
            yield self._decided(frame, is_ours, newer) if is_ours.any() else frame

    def _decided(self, frame: pd.DataFrame, is_ours: Mask, newer: Mapping[str, str]) -> pd.DataFrame:
        """Return the frame. People with a ``newer`` row become duplicates. People whom other rules chose are held."""
        frame = self._without(frame, is_ours, newer) if newer else frame.copy()
        where = (
            is_ours & (frame["disposition"] == "").to_numpy(bool) & frame["key"].isin(self.by_other_rules).to_numpy()
        )
        if where.any():
            decide(frame, pd.Series(where, frame.index), Disposition.HELD, Reason.UNDECIDED_RULE)
            frame.loc[where, "detail"] = OTHER_RULES
        return frame

    def _are_about_them(self, frame: pd.DataFrame) -> Mask:
        by_key = pc.is_in(as_array(frame["key"]), pa.array(self.keys, pa.string()))
        return as_mask(by_key) | keys_of_employees(frame).isin(self.employee_ids).to_numpy()

    def _without(self, frame: pd.DataFrame, is_ours: Mask, newer: Mapping[str, str]) -> pd.DataFrame:
        frame = frame.copy()
        by_key, by_id = (keys.map(newer).where(keys != "", None) for keys in (frame["key"], keys_of_employees(frame)))
        for found, reason in ((by_id, Reason.SAME_EMPLOYEE_OTHER_ADDRESS), (by_key, Reason.SAME_ADDRESS)):
            where = found.notna() & is_ours & frame["disposition"].isin(["", Disposition.HELD, Disposition.DUPLICATE])
            decide(frame, where, Disposition.DUPLICATE, reason)
            frame.loc[where, "detail"] = "What this run's exports say of the person counts."
            frame.loc[where, "duplicate_of"] = found[where]
        return frame


@contextmanager
def carry_over(ledger: Ledger, this: Run, scratch: Path) -> Iterator[CarryOver | None]:
    """Write a file of the people whom runs before ``this`` left deferred, in doubt or failed, and yield this file.

    Yields None if there are no such people. ``_to_carry_over`` chooses the runs. The file is in a new folder in
    ``scratch`` until the block ends, and only its owner can read the file. The file has a column of security groups if
    the exports of ``this`` have one.
    """
    newer: list[Run] = []
    frames, last, other = [], "", set[str]()
    for run in _to_carry_over(ledger.runs(this.scope)):
        people = _without_newer_rows(ledger, _people(ledger, run), newer)
        if len(people):
            frames.append(people)
            other.update(people["key"] if rules_of(run) != rules_of(this) else ())
            last = last or run.run_id
        newer.append(run)
    if not frames:
        yield None
        return
    with private_scratch(make_private_folder(scratch)) as folder:
        path = folder / "carried-over.csv"
        people = pd.concat(frames)
        names = zip(people["name"].tolist(), people["family_name"].tolist(), strict=True)
        people["given_name"] = [name.removesuffix(family).strip() for name, family in names]
        group = this.settings.get("security_group_column")
        cells, header = ["employee_id", "given_name", "family_name", "email"], PERSON_HEADER
        if group:
            cells, header = [*cells, "security_group"], [*header, str(group)]
        # pandas quotes a cell with a bare CR only if the line terminator has a CR as well.
        with new_private_text(path) as file:
            people[cells].to_csv(file, index=False, header=header, lineterminator="\r\n")
        source = f"{CARRIED_OVER}{last}"
        keys, ids = frozenset(people["key"]), frozenset(keys_of_employees(people)) - {""}
        yield CarryOver(str(path), source, keys, ids, frozenset(other) - {""})


def _to_carry_over(runs: Sequence[Run]) -> list[Run]:
    """Return the runs whose people are carried over, the newest first. ``runs`` are all runs to an account.

    The result has the newest run that itself carried people over, and all later runs. So no person is forgotten after a
    run in between, such as a run of HR's answers. If no run carried people over, the result has only the last run.
    Purged runs are left out, and so are runs that could not send.
    """
    could_send = [run for run in runs if _could_send(run)]
    carried = (number for number, run in enumerate(could_send) if run.settings.get("carry_over"))
    chain = could_send[: next(carried, 0) + 1]
    return [run for run in chain if not run.purged_at]


def _without_newer_rows(ledger: Ledger, people: pd.DataFrame, newer: Sequence[Run]) -> pd.DataFrame:
    """Return the people of a run who have no row in a ``newer`` run. A newer row has newer facts about the person.

    The function ignores a row of a workbook in which HR has entered nothing.
    """
    for run in newer:
        for frame in ledger.rows(run.run_id):
            if people.empty:
                return people
            rows = frame[~frame["detail"].isin(LEFT_EMPTY)]
            is_newer = people["key"].isin(rows["key"]) & (people["key"] != "")
            employees = keys_of_employees(people)
            is_newer |= employees.isin(keys_of_employees(rows)) & (employees != "")
            people = people[~is_newer]
    return people


def _could_send(run: Run) -> bool:
    """Return whether a run could send. After a guard stopped a run, only the operator decides about its people."""
    return run.command != "plan" and bool(run.inputs) and run.exit_code != ExitCode.GUARD


def _people(ledger: Ledger, run: Run) -> pd.DataFrame:
    """Return the people of a run who are to be carried over.

    The columns are employee_id, name, family_name, email, key and security_group.
    """
    columns = ["employee_id", "name", "family_name", "email", "key", "security_group"]
    frames = [
        frame.loc[lines["disposition"].isin(UNFINISHED).to_numpy(), columns]
        for frame, lines in with_lines(ledger.rows(run.run_id), context_of(run), outcomes=ledger)
    ]
    return pd.concat(frames) if frames else pd.DataFrame(columns=columns, dtype=TEXT)
