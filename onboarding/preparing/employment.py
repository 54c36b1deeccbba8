"""Where does a person stand, by all that the columns of a row say together?

A row may have two columns of statuses, which may contradict each other. What they say together:

=========================================  =================  =====================================================
they say                                   together           since
=========================================  =================  =====================================================
the same, or one of them nothing           that
no person, and anything                    no person          a guest or a bot is none, however active
gone, and not started or unknown           gone               whichever is right, nobody is to be invited today
not started, and employed                  not started        the more exact word; the start date decides
unknown, and employed or not started       unknown            the word may say that the person left
employed, and gone                         contradicting      one of them is out of date, and nobody knows which
nothing in either                          unknown            others have a status here; this one's may be forgotten
=========================================  =================  =====================================================

A column of employment types speaks only of people who left (``Terminated``) and of what is no person. An account that
is switched off is gone, whatever the status says: somebody has decided that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from onboarding.exports import NO_PERSON_IDS, WordKind, WordMeaning, WordMeanings, word_meanings
from onboarding.model.columns import Mask, as_array, as_mask, contains_character

KINDS: Mapping[str, WordKind] = {
    "status": WordKind.STATUS,
    "lifecycle_status": WordKind.STATUS,
    "employment_type": WordKind.EMPLOYMENT_TYPE,
    "user_type": WordKind.USER_TYPE,
    "enabled": WordKind.ENABLED,
    "blocked": WordKind.BLOCKED,
    "address_type": WordKind.ADDRESS_TYPE,
}
"""What kind of words the columns of ``rows.POLICY_COLUMNS`` hold."""

STATUSES = ("status", "lifecycle_status")
SWITCHES = ("enabled", "blocked")

GUEST = "#ext#@"
"""What the user principal name of a guest has in it: ``ana_corp.example#EXT#@tenant.onmicrosoft.com``."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Marks for each row, shape ``(rows,)``; ``contradicting``, ``unknown`` and ``not_started`` rows are not ``gone``.

    ``said`` has what each column says, by its name in the frame.
    """

    no_person: Mask
    gone: Mask
    not_started: Mask
    contradicting: Mask
    unknown: Mask
    said: Mapping[str, WordMeanings]

    def says(self, meaning: WordMeaning, column: str) -> Mask:
        """Mark the rows of which a column says this; none if the frame does not have it."""
        return self.said[column] == meaning if column in self.said else np.zeros_like(self.gone)


def standing_of(frame: pd.DataFrame) -> Standing:
    """Return where the person of each row stands.

    ``frame`` has the columns ``key``, ``employee_id`` and ``name``, and any of ``rows.POLICY_COLUMNS``.
    """
    said = {name: word_meanings(as_array(frame[name]), kind) for name, kind in KINDS.items() if name in frame}

    def says(wanted: WordMeaning, *names: str) -> Mask:
        found = [said[name] == wanted for name in names if name in said]
        return np.logical_or.reduce(found) if found else np.zeros(len(frame), np.bool_)

    off = says(WordMeaning.GONE, *SWITCHES)
    left = says(WordMeaning.GONE, *STATUSES, "employment_type")
    employed = says(WordMeaning.EMPLOYED, *STATUSES)
    not_started = says(WordMeaning.NOT_STARTED, *STATUSES)
    unknown = says(WordMeaning.UNKNOWN, *STATUSES, *SWITCHES)
    if any(name in said for name in STATUSES):
        unknown |= np.logical_and.reduce([said[name] == WordMeaning.SILENT for name in STATUSES if name in said])
    return Standing(
        no_person=says(WordMeaning.NOT_A_PERSON, *STATUSES, "employment_type", "user_type") | _is_no_person(frame),
        gone=off | (left & ~employed),
        not_started=not_started & ~left & ~off,
        contradicting=left & employed & ~off,
        unknown=unknown & ~left & ~off,
        said=said,
    )


def _is_no_person(frame: pd.DataFrame) -> Mask:
    """Mark guests by their address, and records for nobody by their id or name."""
    keys = as_array(frame["key"])
    answers = [pc.match_substring(keys, GUEST)] if contains_character(keys, GUEST[0]) else []
    answers += [pc.equal(as_array(frame[name]), word) for name in ("employee_id", "name") for word in NO_PERSON_IDS]
    found: Mask = np.logical_or.reduce(list(map(as_mask, answers)))
    return found
