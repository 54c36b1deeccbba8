"""Whom do the user's lists keep out?"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from onboarding.addresses import normalise
from onboarding.exports import read_lists
from onboarding.model.columns import as_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import employee_keys
from onboarding.model.errors import InputRefused
from onboarding.preparing.policy import Exclusions

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def read_exclusions(locations: Sequence[str], *, s3: "Callable[[], S3Client]") -> Exclusions:
    """Return the addresses and employee ids in the files at the given locations.

    Raises ``InputRefused`` naming the row of an address that cannot be used: whom it was meant to keep out would be
    invited.
    """
    keys: set[str] = set()
    employee_ids: set[str] = set()
    for frame in read_lists(locations, s3=s3):
        listed = normalise(frame)
        bad = listed[(listed["disposition"] == Disposition.REJECTED) & (listed["reason"] != Reason.MISSING)]
        if len(bad):
            first = bad.iloc[0]
            sheet = f'sheet "{first["sheet"]}": ' if first["sheet"] else ""
            raise InputRefused(
                f"{first['source']}: {sheet}row {first['row']}: no usable address; mend or delete it, since nobody can "
                "tell whom it keeps out"
            )
        keys.update(listed["key"].tolist())
        employee_ids.update(employee_keys(as_array(listed["employee_id"])).to_pylist())
    return Exclusions(keys=frozenset(keys - {""}), employee_ids=frozenset(employee_ids - {""}))
