"""What became of people that was otherwise the last time?

People are known by their employee id, and by their address where they have none: an address may have been corrected.
"""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import Disposition
from onboarding.model.employees import employee_keys

NEW = "new"
"""What stands for the fate of somebody who was not there the last time."""

NOBODY = (Disposition.IGNORED, Disposition.DUPLICATE)
THERE = (Disposition.INVITED, Disposition.ALREADY)
"""Whoever is there was invited once; that is no news."""


@dataclass(frozen=True, slots=True)
class DispositionChange:
    """How many people had one fate before and have another one now."""

    before: str
    now: str
    people: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a run: the moves, the most frequent first, and how many people are in no export any more."""

    since: str
    moves: tuple[DispositionChange, ...]
    gone: int


class EarlierRun:
    """The fates of an earlier run; some 200 bytes for each person. ``run_id`` says which."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._fates: dict[str, str] = {}
        self._unseen: set[str] = set()
        self._moves: Counter[tuple[str, str]] = Counter()

    def note(self, lines: pd.DataFrame) -> None:
        """Take in lines of the earlier run, as ``reconcile`` returns them."""
        people = lines.loc[~lines["disposition"].isin(NOBODY)]
        fates = zip(_people(people), people["disposition"].tolist(), strict=True)
        self._fates.update((person, fate) for person, fate in fates if person)
        self._unseen = set(self._fates)

    def compare(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Return lines of a later run with a column ``before``, empty where nothing changed."""
        told = []
        for person, now in zip(_people(lines), lines["disposition"].tolist(), strict=True):
            self._unseen.discard(person)
            before = "" if now in NOBODY or not person else self._fates.get(person, NEW)
            told.append("" if before == now or (before in THERE and now in THERE) else before)
            if told[-1]:
                self._moves[told[-1], now] += 1
        return lines.assign(before=text_array(told))

    def changes(self) -> Changes:
        """Return what was found, once all lines were compared."""
        moves = tuple(
            DispositionChange(before, str(now), people) for (before, now), people in self._moves.most_common()
        )
        return Changes(self._run_id, moves, len(self._unseen))


def _people(lines: pd.DataFrame) -> list[str]:
    """Return the key of each line's person: the employee id, or the address. A tab before an id keeps the two apart."""
    ids = pd.Series(text_array(employee_keys(as_array(lines["employee_id"]))), lines.index)
    return ("\t" + ids).where(ids != "", lines["email"].str.lower()).tolist()
