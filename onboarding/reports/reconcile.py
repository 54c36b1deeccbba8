"""What became of every row? Joins rows with the outcomes of sending; no row is left without a fate."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import Mask, as_array, replace_where
from onboarding.model.dispositions import Disposition
from onboarding.model.outcomes import DISPOSITION_OF
from onboarding.model.rows import is_open
from onboarding.reports.words import DISPOSITIONS

COLUMNS = (
    "run_id",
    "source",
    "sheet",
    "row",
    "employee_id",
    "name",
    "email_as_given",
    "email",
    "disposition",
    "reason",
    "detail",
    "duplicate_of",
    "destination",
    "account",
    "chunk",
    "attempts",
    "invite_id",
    "invite_status",
    "email_status",
    "decided_at",
)
"""The columns of the reconciliation report, in their order."""

_DETAILS = {
    Disposition.FAILED: f"{DISPOSITIONS[Disposition.FAILED].meaning.removesuffix('.')}: ",
    Disposition.ALREADY: "The service has the address already: ",
    Disposition.IN_DOUBT: f"{DISPOSITIONS[Disposition.IN_DOUBT].meaning.removesuffix('.')}: ",
}
NOT_SENT = "Not sent this time; it will be when the job is run again."
STOPPED = "Not sent: a guard has stopped the run, and somebody must confirm the number of people first."
_FATES = ("", *Disposition)


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What every line of one report has in common; ``rest`` is what becomes of open rows that were not sent."""

    run_id: str
    destination: str
    account: str
    decided_at: str
    rest: Disposition
    unsent: str = NOT_SENT
    """What is said of them if they are ``deferred``."""

    def stopped_by_guard(self) -> "ReportContext":
        """Return the context of a run that a guard has stopped."""
        return replace(self, unsent=STOPPED)


def reconcile(frame: pd.DataFrame, outcomes: pd.DataFrame, context: ReportContext) -> pd.DataFrame:
    """Return the lines of the report for ``frame``: shape ``(rows, 20)``, in the order of ``COLUMNS``.

    ``frame`` has the columns of ``rows.DECIDED``. ``outcomes`` is indexed by position, ascending, for some of its open
    rows, with the text columns ``state``, ``invite_id``, ``invite_status``, ``email_status``, ``error``,
    ``decided_at`` and the integers ``chunk`` and ``attempts``. In the report ``chunk`` and ``attempts`` are null where
    nothing was sent. Text columns are ``rows.TEXT``, or the same as an Arrow dictionary where they say but a few
    words over and over: a report of ten million lines says its run's id ten million times.
    """
    still_open = is_open(frame).to_numpy()
    lines = _unsent(frame, still_open, context)
    # Who was released, and then found to be there already, is not open any more.
    sent = still_open & frame.index.isin(outcomes.index)
    if sent.any():
        for name, values in _of_sent(outcomes.loc[frame.index[sent]], frame.loc[sent, "detail"]).items():
            column = lines[name]
            is_words = pa.types.is_dictionary(column.type)
            lines[name] = replace_where(column.dictionary_decode() if is_words else column, (sent, values))
    return pd.DataFrame({name: pd.arrays.ArrowExtensionArray(lines[name]) for name in COLUMNS}, index=frame.index)


def _unsent(frame: pd.DataFrame, still_open: Mask, context: ReportContext) -> dict[str, pa.Array]:
    """Return the columns of the report as they are if no row of the frame was sent."""
    rows = len(frame)
    lines = {name: as_array(frame[name]) for name in COLUMNS if name in frame}
    lines["disposition"] = _dispositions(lines["disposition"], still_open, context.rest)
    if context.rest is Disposition.DEFERRED:
        lines["detail"] = pc.if_else(pa.array(still_open), context.unsent, lines["detail"])
    for name in ("run_id", "destination", "account", "decided_at"):
        lines[name] = _over_and_over(getattr(context, name), rows)
    for name in ("chunk", "attempts"):
        lines[name] = pa.nulls(rows, pa.int64())
    for name in ("invite_id", "invite_status", "email_status"):
        lines[name] = _over_and_over("", rows)
    return lines


def _dispositions(column: pa.Array, still_open: Mask, rest: Disposition) -> pa.DictionaryArray:
    """Return the dispositions with ``rest`` for rows without one. Raises ``ValueError`` at a word that is none."""
    codes = pc.index_in(column, pa.array(_FATES, pa.string()))
    if codes.null_count:
        raise ValueError("a row has a disposition that is none")
    numbers = np.where(still_open, _FATES.index(rest), codes.to_numpy())
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), pa.array(_FATES, pa.string()))


def _over_and_over(word: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array([word], pa.string()))


def _of_sent(outcomes: pd.DataFrame, before: pd.Series) -> dict[str, pa.Array]:
    """Return the columns of the report that sending decides, for the rows that were sent.

    ``before`` is the detail that each row had: that somebody was invited before stays, where nothing else is to be
    said. Their reason, ``again``, stays in any case.
    """
    dispositions = outcomes["state"].map(DISPOSITION_OF)
    explanations = dispositions.map(_DETAILS).fillna("") + outcomes["error"].where(dispositions.isin(_DETAILS), "")
    explanations = explanations.mask(dispositions == Disposition.DEFERRED, NOT_SENT)
    explanations = explanations.where(explanations != "", before)
    columns = {"disposition": dispositions, "detail": explanations}
    for name in ("invite_id", "invite_status", "email_status", "decided_at"):
        columns[name] = outcomes[name]
    texts = {name: pa.array(values.tolist(), pa.string()) for name, values in columns.items()}
    return texts | {name: pa.array(outcomes[name], pa.int64()) for name in ("chunk", "attempts")}
