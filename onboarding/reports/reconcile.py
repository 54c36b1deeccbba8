"""Match rows with the outcomes of sending: a line of the report for each row, counts by export, and a check of sums.

Each line has exactly one disposition. ``csv`` writes the lines to ``reconciliation.csv``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import Mask, as_array, constant_value, contains_any, replace_where
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ReconciliationFailed
from onboarding.model.outcomes import DISPOSITION_OF
from onboarding.model.rows import is_open, joined_rows
from onboarding.model.values import dataclass
from onboarding.reports.words import DISPOSITION_WORDS

COLUMNS = (
    *("run_id", "source", "sheet", "row", "employee_id", "name", "email_as_given", "email"),
    *("disposition", "reason", "detail", "duplicate_of", "destination", "account"),
    *("chunk", "attempts", "invite_id", "invite_status", "email_status", "decided_at", "security_group"),
)
"""The columns of the reconciliation report, in their order."""

_DETAILS = {
    Disposition.FAILED: f"{DISPOSITION_WORDS[Disposition.FAILED].meaning.removesuffix('.')}",
    Disposition.ALREADY: "The service has the address already",
    Disposition.IN_DOUBT: f"{DISPOSITION_WORDS[Disposition.IN_DOUBT].meaning.removesuffix('.')}",
}
NOT_SENT = "Not sent this time; it will be when the job is run again."
STOPPED = "Not sent: a guard has stopped the run, and a person must confirm the number of people first."
_FATES = ("", *Disposition)


@dataclass(frozen=True, slots=True)
class ReportContext:
    """The values that all lines of a report share, and the values for open rows that were not sent.

    An open row has no disposition yet. ``unsent_disposition`` is the disposition that the report gives to an open row
    that was not sent.
    """

    run_id: str
    destination: str
    account: str
    decided_at: str
    unsent_disposition: Disposition
    unsent_detail: str = NOT_SENT
    """The text for the column ``detail`` of open rows that become ``deferred``."""
    advice: str = ""
    """The advice that the column ``detail`` adds for rows in doubt; may be empty."""

    def stopped_by_guard(self) -> "ReportContext":
        """Return this context for a run that a guard has stopped. The detail of unsent rows says so."""
        return replace(self, unsent_detail=STOPPED)


def reconcile(frame: pd.DataFrame, outcomes: pd.DataFrame, context: ReportContext) -> pd.DataFrame:
    """Return a line of the report for each row: shape ``(rows, 21)``, with columns in the order of ``COLUMNS``.

    ``frame`` contains the rows, with the columns of ``rows.DECIDED``. ``outcomes`` contains the outcomes of some open
    rows of the frame, indexed by position in ascending order. Its columns are ``state``, ``invite_id``,
    ``invite_status``, ``email_status``, ``error`` and ``decided_at`` (text), ``chunk`` and ``attempts`` (integers).

    In the report, ``chunk`` and ``attempts`` are null if nothing was sent for a row. Text columns have the type
    ``rows.TEXT``, or are an Arrow dictionary if the column repeats a few words. For example, each line repeats the
    run's id.
    """
    still_open = is_open(frame).to_numpy()
    lines = _unsent(frame, still_open, context)
    # A person who was released and then found to be there already is not open any more.
    sent = still_open & frame.index.isin(outcomes.index)
    if sent.any():
        for name, values in _sent_columns(
            outcomes.loc[frame.index[sent]], frame.loc[sent, "detail"], context.advice
        ).items():
            column = lines[name]
            is_words = pa.types.is_dictionary(column.type)
            lines[name] = replace_where(column.dictionary_decode() if is_words else column, (sent, values))
    return pd.DataFrame({name: pd.arrays.ArrowExtensionArray(lines[name]) for name in COLUMNS}, index=frame.index)


def _unsent(frame: pd.DataFrame, still_open: Mask, context: ReportContext) -> dict[str, pa.Array]:
    """Return the columns of the report for rows before sending. ``still_open`` marks the open rows."""
    rows = len(frame)
    lines = {name: as_array(frame[name]) for name in COLUMNS if name in frame}
    lines["disposition"] = _dispositions(lines["disposition"], still_open, context.unsent_disposition)
    if context.unsent_disposition is Disposition.DEFERRED:
        lines["detail"] = pc.if_else(pa.array(still_open), context.unsent_detail, lines["detail"])
    in_doubt = pc.equal(as_array(frame["disposition"]), Disposition.IN_DOUBT)
    if context.advice and pc.any(in_doubt).as_py():
        advised = pc.binary_join_element_wise(lines["detail"], context.advice, " ")
        lines["detail"] = pc.if_else(in_doubt, advised, lines["detail"])
    for name in ("run_id", "destination", "account", "decided_at"):
        lines[name] = _repeated(getattr(context, name), rows)
    for name in ("chunk", "attempts"):
        lines[name] = pa.nulls(rows, pa.int64())
    for name in ("invite_id", "invite_status", "email_status"):
        lines[name] = _repeated("", rows)
    return lines


def _dispositions(column: pa.Array, still_open: Mask, rest: Disposition) -> pa.DictionaryArray:
    """Return the disposition of each row. Open rows (``still_open``) get the disposition ``rest``.

    Raises ``ValueError`` if a disposition is unknown.
    """
    codes = pc.index_in(column, pa.array(_FATES, pa.string()))
    if codes.null_count:
        raise ValueError("a row has an unknown disposition")
    numbers = np.where(still_open, _FATES.index(rest), codes.to_numpy())
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), pa.array(_FATES, pa.string()))


def _repeated(word: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array([word], pa.string()))


def _sent_columns(outcomes: pd.DataFrame, before: pd.Series, advice: str) -> dict[str, pa.Array]:
    """Return the columns that depend on the result of sending, for the rows that were sent.

    ``before`` is the detail of each row before sending, for example that the person was invited before. If sending adds
    no new detail, this detail stays. Sending never changes the column ``reason``. ``advice`` is for the rows that are
    in doubt.
    """
    dispositions = outcomes["state"].map(DISPOSITION_OF)
    errors = (": " + outcomes["error"]).where(outcomes["error"] != "", ".")  # a purge empties errors
    explanations: pd.Series = dispositions.map(_DETAILS).fillna("") + errors.where(dispositions.isin(_DETAILS), "")
    explanations = explanations.mask(dispositions == Disposition.DEFERRED, NOT_SENT)
    if advice:
        in_doubt = dispositions == Disposition.IN_DOUBT
        explanations = explanations.mask(in_doubt, explanations + f"; not sent again. {advice}")
    explanations = explanations.where(explanations != "", before)
    columns = {"disposition": dispositions, "detail": explanations}
    for name in ("invite_id", "invite_status", "email_status", "decided_at"):
        columns[name] = outcomes[name]
    texts = {name: pa.array(values.tolist(), pa.string()) for name, values in columns.items()}
    return texts | {name: pa.array(outcomes[name], pa.int64()) for name in ("chunk", "attempts")}


class Tally:
    """The counts of a report's rows by source and disposition. One line may describe many rows (``joined_rows``).

    ``again`` counts the invited rows of people who had been invited before.
    """

    def __init__(self) -> None:
        self._counts: dict[str, Counter[Disposition]] = {}
        self.again = 0

    @classmethod
    def of(cls, by_source: Mapping[str, Counter[Disposition]]) -> Self:
        """Return a tally that begins with the counts in ``by_source``."""
        tally = cls()
        tally._counts = dict(by_source)
        return tally

    @classmethod
    def joined(cls, parts: Iterable[Mapping[str, Mapping[Disposition, int]]], sources: Iterable[str]) -> Self:
        """Return the sums over the parts of a report. Each part has its counts by source and disposition.

        The sources of the result are in the order of ``sources``.
        """
        counts: dict[str, Counter[Disposition]] = {source: Counter() for source in sources}
        for part in parts:
            for source, of_source in part.items():
                counts.setdefault(source, Counter()).update(of_source)
        return cls.of(counts)

    def add(self, lines: pd.DataFrame) -> None:
        """Count the rows of one frame, which has the columns of the report."""
        source = as_array(lines["source"])
        dispositions = as_array(lines["disposition"]).dictionary_encode()
        # A frame nearly always has one source. To compare its cells takes a fraction of the time of grouping them.
        only = constant_value(source)
        for name in pc.unique(source).to_pylist() if only is None else [only]:
            of_source = dispositions if only == name else dispositions.filter(pc.equal(source, name))
            counted = self._counts.setdefault(name, Counter())
            for count in pc.value_counts(of_source.indices).to_pylist():
                counted[Disposition(dispositions.dictionary[count["values"]].as_py())] += count["counts"]
        if contains_any(reasons := as_array(lines["reason"]), (Reason.AGAIN,)):
            invited = pc.equal(as_array(lines["disposition"]), Disposition.INVITED.value)
            self.again += pc.sum(pc.and_(invited, pc.equal(reasons, Reason.AGAIN.value))).as_py() or 0
        for line, rows in joined_rows(lines).items():
            self._counts[lines["source"].iloc[line]][Disposition.IGNORED] += rows - 1

    def by_source(self) -> dict[str, dict[Disposition, int]]:
        """Return the counts of each source, in the order of the input."""
        return {source: dict(counts) for source, counts in self._counts.items()}

    def total(self) -> dict[Disposition, int]:
        """Return the counts over all sources."""
        return dict(sum(self._counts.values(), Counter()))

    def check(self, rows_read: Mapping[str, int]) -> None:
        """Check that the report has as many rows of each source as the run has read.

        Raises ``ReconciliationFailed`` if the numbers of a source differ.
        """
        for source in rows_read.keys() | self._counts.keys():
            reported = sum(self._counts.get(source, Counter()).values())
            if reported != (read := rows_read.get(source, 0)):
                raise ReconciliationFailed(f"{source!r}: {read} rows were read, {reported} reported; this is a bug.")
