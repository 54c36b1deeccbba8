"""The changes since an earlier run: people whose disposition differs, and people who are new or gone.

A person is identified by their employee id, since their address may have been corrected, or by their address if the row
has no id.
"""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import NOT_PEOPLE, Disposition
from onboarding.model.employees import employee_keys

NEW = "new"
"""The earlier disposition of a person who was in no export of the earlier run."""

NOT_IN_EXPORTS = "Not in the exports"
"""What reports call ``NEW``."""

INVITED_ONCE = (Disposition.INVITED, Disposition.ALREADY)
"""A change between these two dispositions is not reported."""


@dataclass(frozen=True, slots=True)
class DispositionChange:
    """How many people had the disposition ``before`` and have the disposition ``now``."""

    before: str
    now: str
    people: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a run: the moves, the most frequent first, and how many people left the exports."""

    since: str
    moves: tuple[DispositionChange, ...]
    gone: int


class EarlierRun:
    """The dispositions of people in an earlier run. They take some 200 bytes for each person."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._dispositions: dict[str, str] = {}
        self._unseen: set[str] = set()
        self._moves: Counter[tuple[str, str]] = Counter()

    def note(self, lines: pd.DataFrame) -> None:
        """Take in lines of the earlier run, as ``reconcile`` returns them."""
        people = lines.loc[~lines["disposition"].isin(NOT_PEOPLE)]
        pairs = zip(_people(people), people["disposition"].tolist(), strict=True)
        self._dispositions.update((person, disposition) for person, disposition in pairs if person)
        self._unseen = set(self._dispositions)

    def compare(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Return lines of a later run with a column ``before``, empty where nothing changed."""
        now = lines["disposition"].tolist()
        before = list(map(self._before, _people(lines), now))
        self._moves.update(move for move in zip(before, now, strict=True) if move[0])
        return lines.assign(before=text_array(before))

    def changes(self) -> Changes:
        """Return the changes. Call it after all lines were compared."""
        moves = tuple(
            DispositionChange(before, str(now), people) for (before, now), people in self._moves.most_common()
        )
        return Changes(self._run_id, moves, len(self._unseen))

    def _before(self, person: str, now: str) -> str:
        self._unseen.discard(person)
        if now in NOT_PEOPLE or not person:
            return ""
        before = self._dispositions.get(person, NEW)
        return "" if before == now or {before, now} <= set(INVITED_ONCE) else before


def _people(lines: pd.DataFrame) -> list[str]:
    """Return the key of each line's person: the employee id, or the address. A tab before an id keeps the two apart."""
    ids = pd.Series(text_array(employee_keys(as_array(lines["employee_id"]))), lines.index)
    return ("\t" + ids).where(ids != "", lines["email"].str.lower()).tolist()
