"""Read the lists of people who must not be invited."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from onboarding.addresses import normalise, respelled_keys
from onboarding.exports import read_lists
from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import employee_keys
from onboarding.model.errors import InputRefused

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusions:
    """The people who must not be invited, by the keys of their addresses or of their employee ids.

    ``spellings`` has the spelling (``addresses.spellings``) of each address key that differs from its spelling.
    """

    keys: frozenset[str] = field(default=frozenset(), repr=False)
    spellings: frozenset[str] = field(default=frozenset(), repr=False)
    employee_ids: frozenset[str] = field(default=frozenset(), repr=False)


def read_exclusions(locations: Sequence[str], *, s3: "Callable[[], S3Client]") -> Exclusions:
    """Return the addresses and employee ids in the files at the given locations.

    Raises ``InputRefused`` if a file cannot be read, or with the row of an address that cannot be used. Without this
    error, the run would invite the person in that row.
    """
    keys: set[str] = set()
    employee_ids: set[str] = set()
    for frame in read_lists(locations, s3=s3):
        listed = normalise(frame)
        bad = listed[(listed["disposition"] == Disposition.REJECTED) & (listed["reason"] != Reason.MISSING)]
        if len(bad):
            place = place_of(bad.iloc[0])
            raise InputRefused(f"{place}: no usable address; mend or delete it, or the person it means is invited")
        keys.update(listed["key"])
        employee_ids.update(keys_of_employees(listed))
    _, spellings = respelled_keys(pa.array(keys, pa.string()))
    return Exclusions(
        keys=frozenset(keys - {""}), spellings=frozenset(spellings), employee_ids=frozenset(employee_ids - {""})
    )


def place_of(row: pd.Series) -> str:
    """Return the place of a row for a message: its file, its sheet and its number."""
    sheet = f'sheet "{row["sheet"]}": ' if row["sheet"] else ""
    return f"{row['source']}: {sheet}row {row['row']}"


def keys_of_employees(frame: pd.DataFrame) -> pd.Series:
    """Return the key of each row's employee id, or empty text where the row has no id."""
    return pd.Series(text_array(employee_keys(as_array(frame["employee_id"]))), frame.index)
