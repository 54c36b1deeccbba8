"""What is one account's share of a run to many, and where is it until it is sent?

In the ledger, as the rows of a run of its own: whoever sends it, on whichever machine, needs no more than the run's id,
and who does it a second time because the first one died goes on where that one was.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from onboarding.ledger import Ledger
from onboarding.model.columns import as_array
from onboarding.model.rows import DECIDED, is_open
from onboarding.model.run import Run
from onboarding.pipeline.admission import Inputs
from onboarding.preparing import ACCOUNT_COLUMN
from onboarding.settings.settings import Settings

Numbers = npt.NDArray[np.int64]
"""The number of each row's account; 0 is none."""

ROWS_OF_A_PART = 50_000
"""How many rows of one account are brought to the ledger as one part, at most."""

MOST_ROWS_HELD = 1_000_000
"""How many rows of all accounts wait until they are brought there together: an account has a part each time."""


@dataclass(frozen=True, slots=True)
class Share:
    """One account's share: its run, which has kept its rows, and how many of these were read from where.

    ``number`` counts accounts from 1, in the order in which they first appear. ``open`` of the rows are to be sent.
    """

    number: int
    run: Run
    rows: Mapping[str, int]
    open: int

    def inputs(self, read: Inputs) -> Inputs:
        """Return what was read of the exports that this account's rows are from, with their number."""
        return [{**one, "rows": self.rows[source]} for one in read if (source := str(one["source"])) in self.rows]


@dataclass(frozen=True, slots=True)
class Order:
    """Whose share is to be sent, by what settings, and where the report goes: a part of the whole run's.

    ``settings`` name the account alone; ``inputs`` are what its rows were read from.
    """

    settings: Settings
    share: Share
    inputs: Inputs
    run_id: str
    """That of the whole run."""
    ends_at: datetime | None = None
    """When nothing more is to be sent."""


@dataclass(slots=True)
class _Kept:
    """What the ledger has of an account."""

    run: Run
    rows: int = 0
    open: int = 0
    parts: int = 0
    by_source: Counter[str] = field(default_factory=Counter)


class Shares:
    """Bring rows to the ledger, each to the run of its account. ``new_run`` makes one, of a number from 1."""

    def __init__(self, ledger: Ledger, new_run: Callable[[int, str], Run]) -> None:
        self._ledger = ledger
        self._new_run = new_run
        self._accounts: dict[str, int] = {}
        self._kept: list[_Kept] = []
        self._waiting: list[tuple[pd.DataFrame, Numbers]] = []
        self._held = 0

    def take(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Take the rows of a frame that have an account, and return the others.

        The frame has the columns of ``rows.DECIDED`` and ``routing.ACCOUNT``, of rows that follow those of earlier
        frames.
        """
        encoded = as_array(frame[ACCOUNT_COLUMN]).dictionary_encode()
        found = np.array([self._number(account) for account in encoded.dictionary.to_pylist()], np.int64)
        numbers = found[encoded.indices.to_numpy()]
        rows, is_somebodys = frame[list(DECIDED)], numbers > 0
        self._waiting.append((rows[is_somebodys], numbers[is_somebodys]))
        self._held += int(is_somebodys.sum())
        if self._held >= MOST_ROWS_HELD:
            self._bring()
        nobodys: pd.DataFrame = rows[~is_somebodys]
        return nobodys

    def finish(self) -> Sequence[Share]:
        """Bring what still waits; return all shares."""
        self._bring()
        return [Share(number, kept.run, dict(kept.by_source), kept.open) for number, kept in enumerate(self._kept, 1)]

    def _number(self, account: str) -> int:
        """Return the number of an account, whose run has begun; 0 if it is none."""
        if account and account not in self._accounts:
            run = self._new_run(len(self._kept) + 1, account)
            self._ledger.begin(run)
            self._kept.append(_Kept(run))
            self._accounts[account] = len(self._kept)
        return self._accounts.get(account, 0)

    def _bring(self) -> None:
        if self._held:
            self._ledger.keep_several(self._parts())
        self._waiting, self._held = [], 0

    def _parts(self) -> Iterator[tuple[str, int, pd.DataFrame]]:
        """Yield what waits in parts of one account each: its run, the part's number there, and its rows."""
        numbers = np.concatenate([numbers for _, numbers in self._waiting])
        order = np.argsort(numbers, kind="stable")
        rows = pd.concat([frame for frame, _ in self._waiting]).take(order)
        of_account, starts = np.unique(numbers[order], return_index=True)
        for number, start, stop in zip(of_account, starts, [*starts[1:], len(rows)], strict=True):
            kept = self._kept[number - 1]
            for first in range(start, stop, ROWS_OF_A_PART):
                part = rows.iloc[first : min(first + ROWS_OF_A_PART, stop)]
                # In its own run a row's position is its ordinal there.
                part.index = pd.RangeIndex(kept.rows, kept.rows + len(part))
                yield kept.run.run_id, kept.parts, part
                kept.rows += len(part)
                kept.open += int(is_open(part).sum())
                kept.parts += 1
                kept.by_source.update(dict(_counts(as_array(part["source"]))))


def _counts(column: pa.Array) -> Iterator[tuple[str, int]]:
    for count in column.value_counts().to_pylist():
        yield count["values"], count["counts"]
