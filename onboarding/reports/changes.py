"""The comparison of a run with an earlier run: people whose disposition changed, and people who are new or gone.

The employee id identifies a person, since the address may have been corrected. If a row has no id, its address
identifies the person.
"""

from collections import Counter

import pandas as pd

from onboarding.model.changes import NEW, Changes, DispositionChange
from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import NOT_PEOPLE, Disposition
from onboarding.model.employees import employee_keys

NOT_IN_EXPORTS = "Not in the exports"
"""The words that reports show for a person who was in no export of the earlier run (``NEW``)."""

INVITED_ONCE = (Disposition.INVITED, Disposition.ALREADY)
"""The two dispositions of invited people. A change between these two is not reported."""


class EarlierRun:
    """The dispositions of people in an earlier run, and their comparison with a later run.

    The dispositions take about 200 bytes of memory for each person.
    """

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._dispositions: dict[str, str] = {}
        self._unseen: set[str] = set()
        self._moves: Counter[tuple[str, str]] = Counter()

    def note(self, lines: pd.DataFrame) -> None:
        """Record lines of the earlier run, which ``reconcile`` has returned."""
        people = lines.loc[~lines["disposition"].isin(NOT_PEOPLE)]
        pairs = zip(_people(people), people["disposition"].tolist(), strict=True)
        self._dispositions.update((person, disposition) for person, disposition in pairs if person)
        self._unseen = set(self._dispositions)

    def compare(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Return lines of a later run with one more column, ``before``: the person's disposition in the earlier run.

        ``before`` is ``NEW`` for a person who was in no export of the earlier run. ``before`` is empty in lines without
        a change, in duplicates, and in lines of rows that are no records.
        """
        now = lines["disposition"].tolist()
        before = list(map(self._before, _people(lines), now))
        self._moves.update(move for move in zip(before, now, strict=True) if move[0])
        return lines.assign(before=text_array(before))

    def changes(self) -> Changes:
        """Return the changes between the runs. Call this after ``compare`` has got all lines of the later run."""
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
    """Return for each line a text that identifies its person.

    The text is a tab and the employee id. If there is no id, the text is the address in lower case. If there is no
    address either, the text is empty. The tab keeps ids and addresses apart.
    """
    ids = pd.Series(text_array(employee_keys(as_array(lines["employee_id"]))), lines.index)
    return ("\t" + ids).where(ids != "", lines["email"].str.lower()).tolist()
