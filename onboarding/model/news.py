"""The news of a run: the numbers of new, old and gone rows that a person must correct, and the rows' keyed hashes.

The hashes show which of a run's rows earlier runs have reported already.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import field, replace

import numpy as np
import numpy.typing as npt

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.values import dataclass

NEW_COLUMN = "is_new"
"""The column of booleans that marks the new rows for the page and the workbook.

The file ``reconciliation.csv`` does not contain this column.
"""

READ_WRONG_DATA = (ExitCode.INPUT_REFUSED, ExitCode.GUARD)
"""The exit codes of runs that may have read wrong data.

People who are missing in the exports of these runs may not be gone.
"""

Hashes = npt.NDArray[np.uint64]
"""Keyed hashes of 64 bits, sorted and without repetition. The secret is needed to match a hash to its text."""

NO_HASHES: Hashes = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class OpenRows:
    """For one disposition, the hashes of all rows that a person must correct, and of the people in these rows."""

    rows: Hashes
    people: Hashes


@dataclass(frozen=True, slots=True)
class EarlierRows:
    """The rows that earlier runs to the same account have reported.

    ``rows`` are the hashes of all rows in the reports of recent runs. ``last`` maps a disposition to the hashes of the
    people in the report of the last run of the same exports. ``last`` is empty if the ledger contains no run of the
    same exports.
    """

    rows: Hashes
    last: Mapping[Disposition, Hashes]


@dataclass(frozen=True, slots=True)
class News:
    """The numbers of new rows to correct (``new``), and of rows that earlier runs have reported already (``old``).

    ``gone`` is the number of people who needed a correction in the last run of the same exports, and need none now.
    Each field contains the numbers by disposition, without zeros.
    """

    new: Mapping[Disposition, int] = field(default_factory=dict)
    old: Mapping[Disposition, int] = field(default_factory=dict)
    gone: Mapping[Disposition, int] = field(default_factory=dict)

    def __add__(self, other: "News") -> "News":
        pairs = ((self.new, other.new), (self.old, other.old), (self.gone, other.gone))
        return News(*(dict(Counter(one) + Counter(two)) for one, two in pairs))

    def after(self, exit_code: int) -> "News":
        """Return this news for a run that ended with an exit code.

        If the run may have read wrong data, the result counts no person as gone.
        """
        return replace(self, gone={}) if exit_code in READ_WRONG_DATA else self

    @property
    def totals(self) -> dict[str, int]:
        """The sums over all dispositions, by the names of the fields."""
        return {name: sum(getattr(self, name).values()) for name in ("new", "old", "gone")}


def merged(hashes: list[Hashes]) -> Hashes:
    """Return the hashes of several arrays as one array, sorted and without repetition."""
    return np.unique(np.concatenate(hashes)) if hashes else NO_HASHES


def are_among(hashes: Hashes, known: Hashes) -> npt.NDArray[np.bool_]:
    """Return a mask of the hashes that are in ``known``. The known hashes must be sorted."""
    if not known.size:
        return np.zeros(len(hashes), np.bool_)
    places = np.searchsorted(known, hashes)
    places[places == len(known)] = 0
    found: npt.NDArray[np.bool_] = known[places] == hashes
    return found
