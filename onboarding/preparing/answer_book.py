"""HR's remembered answers, and the decisions about rows that follow from them.

An answer never invites a person at an address that HR did not confirm. A row whose address HR corrected goes through
all checks again, with the new address. If HR confirms an address, only the check that led to the question lets the
address pass. All other checks still apply. An answer about a status settles only the question about this status. If a
list of exclusions or the allowed domains exclude a person, no answer changes this.

This module must check each row of the exports, and few rows have an answer. So it first compares only the hash of the
address cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from onboarding.model.columns import Mask, as_array, replace_where, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.fingerprints import Seed, fingerprints
from onboarding.model.hr_answers import ABOUT_STATUS, CONFIRMABLE, HrAnswer, RememberedAnswer
from onboarding.model.questions import digest_of_detail, hash_seed, hashes_of, identities, plain_cells
from onboarding.model.rows import is_open
from onboarding.model.values import dataclass

ANSWERED = "answered"
"""The column with a sentence about HR's answer to a row. Rows without an answer have an empty text."""

CONFIRMED = "confirmed"
"""The column with ``yes`` in rows whose address HR confirmed or entered. A frame without such rows may lack it."""

CONTRADICTED = "HR's workbooks have different answers to this question; leave one of them, and run again."
LEFT_AFTER_ALL = (
    "HR answered on {day} that the person has left, and the export has changed since; answer again, or correct it."
)

_BY_POLICY = frozenset({*ABOUT_STATUS, Reason.UNKNOWN_ADDRESS_TYPE})
"""The reasons of policy that HR can settle. Policy's ``look_alike`` is left out: such people may be excluded."""

_OPEN = {"disposition": "", "reason": "", "detail": ""}
_UNSETTLED = ("", Disposition.HELD, Disposition.REJECTED)

Answered = tuple[int, RememberedAnswer]
"""The number of a row in its frame, from 0, and an answer about the row."""


@dataclass(frozen=True, slots=True)
class AnswerBook:
    """HR's valid answers, by the hash of the row. ``seed`` is the seed of the hashes.

    ``disputed`` has the hashes of rows to which the workbooks of this run give different answers.
    """

    seed: Seed
    by_row: Mapping[bytes, Sequence[RememberedAnswer]] = field(repr=False)
    cells: npt.NDArray[np.uint64] = field(repr=False)
    disputed: frozenset[bytes] = frozenset()

    @classmethod
    def of(
        cls, secret: bytes, answers: Sequence[RememberedAnswer], disputed: Mapping[bytes, bytes] | None = None
    ) -> Self:
        """Return the book of these answers. ``disputed`` has the hash of each disputed row, and of its address cell."""
        by_row: dict[bytes, list[RememberedAnswer]] = {row: [] for row in disputed or {}}
        for answer in answers:
            by_row.setdefault(answer.row_hash, []).append(answer)
        cells = {answer.cell_hash for answer in answers} | set((disputed or {}).values())
        firsts = np.sort(np.array([np.frombuffer(cell, "<u8")[0] for cell in cells], np.uint64))
        return cls(hash_seed(secret), by_row, firsts, frozenset(disputed or ()))

    def correct(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Enter HR's addresses in a frame as read. Reopen rows that were held at reading, if HR has confirmed them.

        The frame has the columns of ``rows.AS_READ``. Rows with an answer get a sentence in the column ``ANSWERED``.
        """
        if not self.by_row:
            return frame
        frame = self._dated(frame)
        entered = {}
        for row, answer in self._answers(frame):
            if answer.address and _may_change(frame, row):
                opened = {} if frame["reason"].iloc[row] == Reason.HIDDEN_ROW else _OPEN
                entered[row] = {"email_as_given": answer.address, **_said(answer), **opened}
        frame = _changed(frame, entered)
        held = (frame["disposition"] == Disposition.HELD).to_numpy(bool)
        settled = self._fitting(frame, held)
        return _changed(frame, {row: {**_said(answer), **_OPEN} for row, answer in settled})

    def let_pass(
        self, frame: pd.DataFrame, hit: Mask, reason: Reason, details: pd.arrays.ArrowExtensionArray
    ) -> tuple[pd.DataFrame, Mask, pd.arrays.ArrowExtensionArray]:
        """Let rows pass if HR has already answered the question of the row.

        ``hit`` marks the rows that policy would hold for ``reason``. ``details`` has the details of the rows in
        ``hit``. Return the frame with sentences at the settled rows, the remaining rows of ``hit``, and their details.
        """
        if not self.by_row or reason not in _BY_POLICY:
            return frame, hit, details
        asked = frame.loc[hit].assign(reason=reason.value, detail=details)
        settled = dict(self._fitting(asked, np.ones(len(asked), np.bool_)))
        rows = np.flatnonzero(hit)
        left = np.array([number not in settled for number in range(len(rows))], np.bool_)
        hit = hit.copy()
        hit[rows[~left]] = False
        sentences = {int(rows[number]): _said(answer) for number, answer in settled.items()}
        return _changed(frame, sentences), hit, details[left]

    def settle(self, frame: pd.DataFrame, before: Mask) -> pd.DataFrame:
        """Reopen held rows whose question HR has settled, if they were open ``before``.

        Return the frame. A reopened row has the reason ``answered``.
        """
        if not self.by_row:
            return frame
        held = before & (frame["disposition"] == Disposition.HELD).to_numpy(bool)
        answered = {"disposition": "", "reason": str(Reason.ANSWERED)}
        return _changed(
            frame, {row: {**answered, "detail": answer.sentence} for row, answer in self._fitting(frame, held)}
        )

    def leave_out(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Exclude the people whom HR left out, add HR's answers to the details of open rows, and return the frame.

        An open row whose address HR confirmed has the reason ``answered``.
        """
        if self.by_row:
            fates = {row: fate for row, answer in self._answers(frame) if (fate := self._fate(frame, row, answer))}
            frame = _changed(frame, {**fates, **self._disputes(frame)})
        if ANSWERED not in frame:
            return frame
        answered = (is_open(frame) & (frame[ANSWERED] != "")).to_numpy(bool)
        sentences = frame[ANSWERED].tolist()
        confirmed = frame[CONFIRMED].tolist() if CONFIRMED in frame else [""] * len(frame)
        reason = {"yes": str(Reason.ANSWERED), "": ""}
        rows = np.flatnonzero(answered).tolist()
        return _changed(frame, {row: {"reason": reason[confirmed[row]], "detail": sentences[row]} for row in rows})

    def _fate(self, frame: pd.DataFrame, row: int, answer: RememberedAnswer) -> dict[str, str]:
        """Return the new cells of a row if HR answered that the person has left or is to be left out.

        The result is empty if HR answered something else, or if the row does not change.
        """
        if answer.answer not in (HrAnswer.LEFT, HrAnswer.LEAVE_OUT) or not _may_change(frame, row):
            return {}
        if answer.answer is HrAnswer.LEAVE_OUT:
            return _cells(Disposition.EXCLUDED, Reason.LEFT_OUT, answer.sentence)
        disposition, reason, detail = (frame[name].iloc[row] for name in ("disposition", "reason", "detail"))
        if not answer.is_about_status or self._has_question(answer, reason, detail):
            return _cells(Disposition.EXCLUDED, Reason.INACTIVE, answer.sentence)
        if disposition:
            return {}
        changed = LEFT_AFTER_ALL.format(day=answer.answered_at.date())
        return _cells(Disposition.HELD, Reason.CONTRADICTING_STATUS, changed)

    def _disputes(self, frame: pd.DataFrame) -> dict[int, dict[str, str]]:
        return {
            row: _cells(Disposition.HELD, Reason.UNCLEAR_ANSWER, CONTRADICTED)
            for row, row_hash in (self._rows(frame) if self.disputed else ())
            if row_hash in self.disputed and frame["disposition"].iloc[row] in _UNSETTLED
        }

    def _dated(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add the day of each remembered answer to the sentence about it, hold disputed rows, and return the frame.

        Only frames of a hand-off workbook change.
        """
        if "asked_cell" not in frame:
            return frame
        asked = frame.assign(email_as_given=frame["asked_cell"])
        answers, places, details = (frame[name].tolist() for name in ("answer", "asked_place", "detail"))
        changes = {}
        for row, answer in self._answers(asked):
            if places[row] and answer.answer == answers[row]:
                sentence = f"{answer.sentence.removesuffix('.')} ({places[row]})."
                changes[row] = {ANSWERED: sentence} | ({"detail": sentence} if details[row] else {})
        for row, row_hash in self._rows(asked):
            if row_hash in self.disputed and answers[row]:
                changes[row] = _cells(Disposition.HELD, Reason.UNCLEAR_ANSWER, CONTRADICTED)
        return _changed(frame, changes)

    def _answers(self, frame: pd.DataFrame) -> list[Answered]:
        """Return the answers about the rows of a frame, in the order of the rows."""
        return [
            (row, answer)
            for row, row_hash in self._rows(frame)
            if row_hash not in self.disputed
            for answer in self.by_row[row_hash]
        ]

    def _rows(self, frame: pd.DataFrame) -> list[tuple[int, bytes]]:
        """Return the number and the hash of each row in a frame for which the book has an answer."""
        if not self.by_row or frame.empty:
            return []
        (cells,) = fingerprints(plain_cells(as_array(frame["email_as_given"])), self.seed.short).T
        rows = np.flatnonzero(np.isin(cells, self.cells))
        if not len(rows):
            return []
        hashes = hashes_of(identities(frame.iloc[rows]), self.seed)
        return [(int(row), found) for row, found in zip(rows, hashes, strict=True) if found in self.by_row]

    def _fitting(self, frame: pd.DataFrame, where: Mask) -> list[Answered]:
        """Return the marked rows whose people may be invited after HR's answer, each with this answer."""
        rows = np.flatnonzero(where)
        asked = frame.iloc[rows]
        columns = [asked[name].tolist() for name in ("reason", "detail")] if len(rows) else []
        return [
            (int(rows[row]), answer)
            for row, answer in self._answers(asked)
            if _may_settle(answer, columns[0][row]) and self._has_question(answer, columns[0][row], columns[1][row])
        ]

    def _has_question(self, answer: RememberedAnswer, reason: str, detail: str) -> bool:
        (about,) = hashes_of(pa.array([digest_of_detail(reason, detail)], pa.string()), self.seed)
        return (answer.reason, answer.about) == (reason, about)


NO_ANSWERS = AnswerBook(Seed(()), {}, np.empty(0, np.uint64))
"""The book of a run without answers."""


def _may_change(frame: pd.DataFrame, row: int) -> bool:
    """Return whether an answer may change a row. A row that is settled, or has an unclear answer, does not change."""
    disposition, reason = frame["disposition"].iloc[row], frame["reason"].iloc[row]
    return disposition in _UNSETTLED and reason != Reason.UNCLEAR_ANSWER


def _may_settle(answer: RememberedAnswer, reason: str) -> bool:
    """Return whether an answer of this kind settles questions with this reason."""
    if reason in ABOUT_STATUS:
        return answer.answer is HrAnswer.ACTIVE
    return reason in CONFIRMABLE and answer.answer is HrAnswer.RIGHT


def _said(answer: RememberedAnswer) -> dict[str, str]:
    """Return the cells of a row in the columns ``ANSWERED`` and ``CONFIRMED``.

    An answer about a status does not confirm the address. So the result then has only the cell in ``ANSWERED``.
    """
    sentence = {ANSWERED: answer.sentence}
    return sentence if answer.answer is HrAnswer.ACTIVE else {**sentence, CONFIRMED: "yes"}


def _cells(disposition: Disposition, reason: Reason, detail: str) -> dict[str, str]:
    return {"disposition": str(disposition), "reason": str(reason), "detail": detail}


def _changed(frame: pd.DataFrame, cells: Mapping[int, Mapping[str, str]]) -> pd.DataFrame:
    """Return the frame with new cells in some rows. ``cells`` has the new cells by row number, then by column."""
    columns = {}
    for name in {name for row in cells.values() for name in row}:
        where = np.zeros(len(frame), np.bool_)
        values = {row: changed[name] for row, changed in sorted(cells.items()) if name in changed}
        where[list(values)] = True
        column = as_array(frame[name]) if name in frame else pa.repeat(pa.scalar("", pa.string()), len(frame))
        columns[name] = text_array(replace_where(column, (where, pa.array(values.values(), pa.string()))))
    return frame.assign(**columns) if columns else frame
