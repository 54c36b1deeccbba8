"""Remember HR's answers in the hand-off workbooks of a run, and prefer rows of exports to rows of workbooks.

A workbook lists rows of earlier exports. If the run reads an export with the same row, HR's answer decides the row of
the export. This row also has cells that the workbook lacks, such as a status. The row of the workbook is then a
duplicate of the row of the export.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses import normalise
from onboarding.exports import Export, Role
from onboarding.ledger import Ledger
from onboarding.model.columns import Mask, as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import employee_keys
from onboarding.model.hr_answers import HrAnswer, RememberedAnswer
from onboarding.model.own_files import is_own
from onboarding.model.questions import are_known_again, hash_seed, hashes_of, identities, plain_cells
from onboarding.model.rows import decide
from onboarding.model.run import now
from onboarding.model.values import dataclass
from onboarding.preparing import AnswerBook

SAME_ROW = "The row of the export counts; it has HR's answer too."
CHANGED_ROW = "The export's row about this person has changed since HR was asked, and it counts."

_SUPERSEDED = ["", *map(str, (Disposition.HELD, Disposition.REJECTED, Disposition.EXCLUDED, Disposition.DUPLICATE))]


def workbooks_last(exports: Sequence[Export]) -> tuple[Export, ...]:
    """Return the exports in their order, with the hand-off workbooks after all other exports."""
    return tuple(sorted(exports, key=is_workbook))


def is_workbook(export: Export) -> bool:
    """Return whether an export is a hand-off workbook that HR has sent back."""
    return Role.EMAIL_BEFORE in export.facts.columns


def are_workbooks(inputs: Sequence[Mapping[str, object]]) -> bool:
    """Return whether all exports with these facts are hand-off workbooks.

    The function ignores files that the run made for itself.
    """
    columns = [facts.get("columns") for facts in inputs if not is_own(str(facts.get("source", "")))]
    return all(isinstance(found, Mapping) and Role.EMAIL_BEFORE in found for found in columns)


@dataclass(frozen=True, slots=True)
class WorkbookRows:
    """The facts about a run's hand-off workbooks, which the run reads before any other export.

    ``book`` has all answers of HR, including the answers in these workbooks. ``sources`` are the names of the
    workbooks. ``persons`` has the identities of their rows, and ``people`` the employee ids and names.
    """

    book: AnswerBook
    sources: frozenset[str] = frozenset()
    persons: frozenset[str] = field(default=frozenset(), repr=False)
    people: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def read(cls, exports: Sequence[Export], ledger: Ledger, run_id: str) -> Self:
        """Read the workbooks among the exports, and remember HR's answers in the ledger.

        Answers that contradict each other are not remembered. Raises ``InputRefused`` if a workbook cannot be read.
        """
        workbooks = [export for export in exports if is_workbook(export)]
        frames = [frame for export in workbooks for frame in export.peek()]
        given = [answer for frame in frames for answer in _answers_in(frame, ledger.secret, run_id)]
        disputed = _disputed(given)
        if given:
            ledger.answers.take([answer for answer in given if answer.row_hash not in disputed])
        book = AnswerBook.of(ledger.secret, ledger.answers.current(), disputed)
        corrected = [book.correct(frame) for frame in frames]
        return cls(
            book,
            frozenset(export.source for export in workbooks),
            frozenset().union(*(_known_again(frame) for frame in (*frames, *corrected))),
            frozenset().union(*(_people(frame).to_pylist() for frame in frames)) - {""},
        )

    def behind_exports(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield decided frames, in which a row of a workbook is a duplicate if an export of this run has the same row.

        Frames have the columns of ``rows.DECIDED``, and the frames of the workbooks come last. A row of a workbook with
        an unclear answer does not change, so that the report shows the unclear answer.
        """
        if not self.sources:
            yield from rows
            return
        exported: dict[str, str] = {}
        sources, cells, people = (
            pa.array(sorted(each), pa.string()) for each in (self.sources, self._cells, self.people)
        )
        for frame in rows:
            is_ours = pc.is_in(as_array(frame["source"]), sources).to_numpy(zero_copy_only=False)
            known = pc.is_in(plain_cells(as_array(frame["email_as_given"])), cells)
            known = pc.or_(known, pc.is_in(_people(frame), people)).to_numpy(zero_copy_only=False)
            self._note(frame.loc[~is_ours & known], exported)
            yield _superseded(frame, is_ours, exported) if is_ours.any() and exported else frame

    @property
    def _cells(self) -> frozenset[str]:
        return frozenset(person.rpartition("\x1f")[2] for person in self.persons)

    def _note(self, rows: pd.DataFrame, exported: dict[str, str]) -> None:
        """Add to ``exported`` the places of rows that a workbook asks about, by identity and by person."""
        if rows.empty:
            return
        columns = [rows[name].tolist() for name in ("source", "sheet", "row")]
        for person, who, *place in zip(identities(rows).to_pylist(), _people(rows).to_pylist(), *columns, strict=True):
            name = "#".join(str(part) for part in place if part != "")
            if person in self.persons:
                exported.setdefault(person, name)
            if who in self.people:
                exported.setdefault(who, name)


def _superseded(frame: pd.DataFrame, is_ours: Mask, exported: dict[str, str]) -> pd.DataFrame:
    frame = frame.copy()
    places = {
        (Reason.SAME_EMPLOYEE_OTHER_ADDRESS, CHANGED_ROW): _people(frame),
        (Reason.SAME_ADDRESS, SAME_ROW): identities(frame),
    }
    may_change = frame["disposition"].isin(_SUPERSEDED) & (frame["reason"] != Reason.UNCLEAR_ANSWER) & is_ours
    for (reason, detail), persons in places.items():
        found = pd.Series([exported.get(person) for person in persons.to_pylist()], frame.index, dtype=object)
        where = may_change & found.notna()
        decide(frame, where, Disposition.DUPLICATE, reason)
        frame.loc[where, "detail"] = detail
        frame.loc[where, "duplicate_of"] = text_array(found[where].tolist())
    return frame


def _known_again(frame: pd.DataFrame) -> list[str]:
    """Return the identities of the rows that a later run can recognise by their identity."""
    persons = identities(frame)
    known: list[str] = persons.filter(are_known_again(persons)).to_pylist()
    return known


def _people(frame: pd.DataFrame) -> pa.Array:
    """Return the employee id and name of each row as text, or empty text for a row without an employee id."""
    ids = employee_keys(plain_cells(as_array(frame["employee_id"])))
    people = pc.binary_join_element_wise(ids, plain_cells(as_array(frame["name"])), "\x1f")
    return pc.if_else(pc.equal(ids, ""), "", people)


def _disputed(given: Sequence[RememberedAnswer]) -> dict[bytes, bytes]:
    """Return the rows that have different answers to one question, with the hashes of their address cells."""
    first: dict[tuple[bytes, str, bytes], RememberedAnswer] = {}
    return {
        answer.row_hash: answer.cell_hash
        for answer in given
        if not answer.says_same(first.setdefault((answer.row_hash, answer.reason, answer.about), answer))
    }


def _answers_in(frame: pd.DataFrame, secret: bytes, run_id: str) -> Iterator[RememberedAnswer]:
    """Yield the answers in a frame of a workbook, if a later run can recognise the row of the answer."""
    if "answer" not in frame:
        return
    persons = identities(frame, as_array(frame["asked_cell"]))
    answered = (frame["answer"] != "") & (frame["asked_place"] != "")
    usable = normalise(frame)["disposition"].isin(["", Disposition.EXCLUDED]) | (frame["answer"] == HrAnswer.LATER)
    rows = np.flatnonzero(answered & usable & are_known_again(persons).to_numpy(zero_copy_only=False))
    asked, seed = frame.iloc[rows], hash_seed(secret)
    texts = (
        persons.take(pa.array(rows)),
        plain_cells(as_array(asked["asked_cell"])),
        as_array(asked["asked_about"]),
        identities(asked),
        plain_cells(as_array(asked["email_as_given"])),
    )
    hashes = zip(*(hashes_of(column, seed) for column in texts), strict=True)
    columns = (asked[name].tolist() for name in ("answer", "asked_reason", "asked_place", "email_as_given", "comment"))
    moment = now()
    for (row, cell, about, new_row, new_cell), (answer, reason, place, address, comment) in zip(
        hashes, zip(*columns, strict=True), strict=True
    ):
        given = RememberedAnswer(
            row_hash=row,
            cell_hash=cell,
            reason=reason,
            about=about,
            answer=HrAnswer(answer),
            place=place,
            run_id=run_id,
            answered_at=moment,
            comment=comment,
        )
        if answer == HrAnswer.CORRECTED or row != new_row:
            yield replace(given, answer=HrAnswer.CORRECTED, address=address)
        if answer != HrAnswer.CORRECTED:
            yield replace(given, row_hash=new_row, cell_hash=new_cell)
