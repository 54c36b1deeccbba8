"""Is everything as it was when the plan was made?"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from onboarding.errors import InputRefused
from onboarding.exports import digests
from onboarding.left_over import is_left_over
from onboarding.plan_file import Header, header_of
from onboarding.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PLACE = ("destination", "account_id", "user_type", "sandbox", "endpoint_url")
"""The settings that say whom a plan mails, and from where."""


AS_APPROVED = ("exports", "reinvite_after", "reinvite_times")
"""Those that say who is in it, as far as that is asked again."""


def as_planned(settings: Settings, path: Path) -> Settings:
    """Return the settings with the destination and the exports of a saved plan.

    Raises ``InputRefused`` if a flag, a variable or a file of settings names another destination.
    """
    planned = header_of(path).settings
    for name in PLACE:
        if name in settings.model_fields_set and getattr(settings, name) != planned.get(name):
            raise InputRefused(
                f"{path}: the plan is for another {name}, and a plan is sent as it was approved; make a new one or drop"
                f" --{name.replace('_', '-')}."
            )
    here = settings.model_dump(exclude_unset=True, by_alias=True)
    return Settings(**here | {name: planned.get(name) for name in (*PLACE, *AS_APPROVED)})


def check_inputs(header: Header, s3: "Callable[[], S3Client]") -> None:
    """Raise ``InputRefused`` if what the plan was made from is not what is there now."""
    told = {str(one["source"]): one["sha256"] for one in header.inputs}
    then = {source: sha256 for source, sha256 in told.items() if not is_left_over(source)}
    now = digests(header.exports, s3)
    changed = [source for source in then.keys() | now.keys() if then.get(source) != now.get(source)]
    if changed:
        raise InputRefused(f"{min(changed)}: this is not what the plan was made from; make a new plan.")
