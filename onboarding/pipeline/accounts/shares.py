"""The shares of a run to many accounts: keep each account's rows in the ledger as a run, and describe a worker's task.

``onboarding.preparing`` has chosen the account of each row. A worker on any machine can send a share, since the worker
finds the rows in the ledger by the id of the account's run. If a worker dies, another worker continues where the dead
worker stopped.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from onboarding.ledger import Ledger
from onboarding.model.columns import as_array
from onboarding.model.dispositions import Disposition
from onboarding.model.rows import ACCOUNT_COLUMN, DECIDED, is_open, joined_rows
from onboarding.model.run import Run
from onboarding.model.values import dataclass
from onboarding.pipeline.baseline import Inputs
from onboarding.preparing.guards import ApprovedPlan, GuardVerdict
from onboarding.settings.settings import Settings

WITHOUT_ACCOUNT = 0
"""The number of the share with the rows without an account, and of its part of the report."""

AccountNumbers = npt.NDArray[np.int64]
"""An array with the number of the account of each row. The number is 0 for a row without an account."""

ROWS_OF_A_PART = 50_000
"""The most rows that the ledger keeps together, as one part of the rows of a run."""

MOST_ROWS_HELD = 1_000_000
"""The most rows of all accounts together that wait in memory until the ledger gets them.

The ledger then gets at least one part for each account with waiting rows. So a smaller number would make small parts.
"""


@dataclass(frozen=True, slots=True)
class AccountShare:
    """One account's share of the rows: the account's run in the ledger, and the numbers of rows.

    ``number`` is the account's own number. Accounts are numbered from 1, in the order in which they first appear. The
    share with the number ``WITHOUT_ACCOUNT`` has the rows without an account, and its ``run`` is the whole run.
    ``rows`` has the number of rows from each source, and ``open`` is the number of rows to send. ``counts`` has the
    number of rows with each disposition.
    """

    number: int
    run: Run
    rows: Mapping[str, int]
    open: int
    counts: Mapping[Disposition, int] = field(default_factory=dict)

    def inputs(self, read: Inputs) -> Inputs:
        """Return the facts of each export that has rows of this account, with the number of these rows.

        ``read`` are the facts of all exports of the whole run. ``ignored`` is empty in the result, since the share does
        not know which rows are no records.
        """
        own = ((facts, self.rows.get(str(facts["source"]))) for facts in read)
        return [{**facts, "rows": rows, "ignored": {}} for facts, rows in own if rows is not None]


@dataclass(frozen=True, slots=True)
class AccountTask:
    """All values that a process needs to send an account's share and to write its part of the report.

    ``settings`` are the settings of this account's run. ``inputs`` are the facts of the exports with rows of the share.
    ``run_id`` is the id of the whole run. Nothing is sent after ``ends_at``. None sets no deadline. If another process
    holds the account, the work waits at most ``held_seconds``. ``verdict`` is the verdict of the guards on the share,
    or None if they did not check it. ``approved`` is the approved plan for the share, or None without a plan.
    ``command`` is the command of this process: ``resume`` continues a share that an earlier process began to send, and
    ``report`` only reports the share.
    """

    settings: Settings
    share: AccountShare
    inputs: Inputs
    run_id: str
    ends_at: datetime | None = None
    held_seconds: float = 0.0
    verdict: GuardVerdict | None = None
    approved: ApprovedPlan | None = None
    command: str = "run"


@dataclass(slots=True)
class _KeptRows:
    """How much the ledger keeps for one account until now: rows, open rows, rows by source, and parts."""

    run: Run
    rows: int = 0
    open: int = 0
    parts: int = 0
    by_source: Counter[str] = field(default_factory=Counter)
    counts: Counter[Disposition] = field(default_factory=Counter)


class AccountShares:
    """Keep each row in the ledger, in the run of its account.

    ``whole`` is the whole run, which keeps the rows without an account. ``new_run`` makes a run from the number and the
    name of an account.
    """

    def __init__(self, ledger: Ledger, whole: Run, new_run: Callable[[int, str], Run]) -> None:
        self._ledger = ledger
        self._new_run = new_run
        self._accounts = {"": WITHOUT_ACCOUNT}
        self._kept = [_KeptRows(whole)]
        self._waiting: list[tuple[pd.DataFrame, AccountNumbers]] = []
        self._held = 0

    def take(self, frame: pd.DataFrame) -> None:
        """Add the rows of a frame, which has the columns of ``rows.DECIDED`` and ``ACCOUNT_COLUMN``.

        Frames must come in the order of positions.
        """
        encoded = as_array(frame[ACCOUNT_COLUMN]).dictionary_encode()
        found = np.array([self._number(account) for account in encoded.dictionary.to_pylist()], np.int64)
        self._waiting.append((frame[list(DECIDED)], found[encoded.indices.to_numpy()]))
        self._held += len(frame)
        if self._held >= MOST_ROWS_HELD:
            self._keep()

    def finish(self) -> Sequence[AccountShare]:
        """Write the waiting rows to the ledger, and return all shares, ordered by their numbers."""
        self._keep()
        return [
            AccountShare(number, kept.run, dict(kept.by_source), kept.open, dict(kept.counts))
            for number, kept in enumerate(self._kept)
        ]

    def _number(self, account: str) -> int:
        """Return the number of the share of an account. If the account is new, begin its run."""
        if account not in self._accounts:
            self._accounts[account] = len(self._kept)
            run = self._new_run(len(self._kept), account)
            self._ledger.begin(run)
            self._kept.append(_KeptRows(run))
        return self._accounts[account]

    def _keep(self) -> None:
        if self._held:
            self._ledger.keep_several(self._parts())
        self._waiting, self._held = [], 0

    def _parts(self) -> Iterator[tuple[str, int, pd.DataFrame]]:
        """Yield the waiting rows in parts. Each part has rows of one account only.

        Each item contains the id of the account's run, the number of the part in this run, and the frame of the rows.
        """
        numbers = np.concatenate([numbers for _, numbers in self._waiting])
        order = np.argsort(numbers, kind="stable")
        rows = pd.concat([frame for frame, _ in self._waiting]).take(order)
        of_account, starts = np.unique(numbers[order], return_index=True)
        for number, start, stop in zip(of_account, starts, [*starts[1:], len(rows)], strict=True):
            kept = self._kept[number]
            for first in range(start, stop, ROWS_OF_A_PART):
                part = rows.iloc[first : min(first + ROWS_OF_A_PART, stop)]
                # The position of a row counts the rows of the account's own run.
                part.index = pd.RangeIndex(kept.rows, kept.rows + len(part))
                yield kept.run.run_id, kept.parts, part
                kept.rows += len(part)
                kept.open += int(is_open(part).sum())
                counts = _counts(as_array(part["disposition"]))
                kept.counts.update({Disposition(word): count for word, count in counts if word})
                kept.parts += 1
                kept.by_source.update(dict(_counts(as_array(part["source"]))))
                for line, joined in joined_rows(part).items():
                    kept.by_source[part["source"].iloc[line]] += joined - 1


def _counts(column: pa.Array) -> Iterator[tuple[str, int]]:
    for count in column.value_counts().to_pylist():
        yield count["values"], count["counts"]
