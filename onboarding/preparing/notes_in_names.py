"""Find people whose name contains a note that they left, such as ``Ana Ruiz (Terminated)`` or ``LEAVER - Ana Ruiz``.

Directories and HR systems often contain such names if HR or IT did not update the status. The module ``policy`` then
makes the rows ``held``.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports import WordKind, WordMeaning, word_meanings
from onboarding.model.columns import Mask, as_array, as_mask, contains_any
from onboarding.model.rows import TEXT

_IN_BRACKETS = r"[(\[]\s*(?P<note>\pL[^()\[\]]{2,30}[^()\[\]\s]|[\p{Han}\p{Hangul}]{2,3})\s*[)\]]"
_BEFORE_DASH = r"^[\s*_]*(?P<note>\pL[\pL ]{2,30}\pL)\s+[-–]\s"
_AFTER_DASH = r"\s[-–]\s+(?P<note>\pL[\pL ]{2,30}\pL)[\s*_]*$"


def left_by_name(names: pd.Series) -> Mask:
    """Return a mask of the rows whose name has a note that the person left, in brackets or beside a dash.

    A note has at least four letters. In brackets, two Chinese, Japanese or Korean characters are enough. Few names have
    brackets or dashes. So the function searches for these characters first, which is much faster than a regular
    expression.
    """
    array = as_array(names)
    found = np.zeros(len(array), np.bool_)
    expressions = [_IN_BRACKETS] if contains_any(array, "([") else []
    if contains_any(array, "-") and as_mask(pc.match_substring(array, " - ")).any():
        expressions += [_BEFORE_DASH, _AFTER_DASH]
    for expression in expressions:
        where = np.flatnonzero(as_mask(pc.match_substring_regex(array, expression)))
        if len(where):
            notes = pc.struct_field(pc.extract_regex(array.take(pa.array(where)), expression), "note")
            meanings = word_meanings(pd.Series(notes.to_pylist(), dtype=TEXT), WordKind.STATUS)
            found[where[meanings == WordMeaning.GONE]] = True
    return found
