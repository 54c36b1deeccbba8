"""Is everything as it was when the plan was made?"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from onboarding.errors import InputRefused
from onboarding.exports import digests
from onboarding.own_files import is_own
from onboarding.plan import Scope
from onboarding.plan_file import Header, header_of
from onboarding.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PLACE = (
    *("destination", "account_id", "user_type", "network_id", "security_group", "region"),
    *("sandbox", "endpoint_url"),
)
"""The settings that say whom a plan mails, and from where."""


AS_APPROVED = ("exports", "exclude", "allow_domain", "reinvite_after", "reinvite_times")
"""Those that say who is in it, as far as that is asked again."""

NARROWER = ("max_invites",)
"""Those that may be set otherwise, since that can only keep a plan from being sent."""


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
    wanted = {name: planned.get(name) for name in (*PLACE, *AS_APPROVED)}
    wanted |= {name: planned.get(name) for name in NARROWER if name not in settings.model_fields_set}
    return settings.with_values(wanted)


def check_scope(header: Header, scope: Scope) -> None:
    """Raise ``InputRefused`` if the plan is for another destination, account or endpoint than is reached now."""
    if Scope(header.destination, header.account, header.endpoint) != scope:
        raise InputRefused(
            f"The plan is for {header.destination} {header.account} at {header.endpoint or 'AWS'}, and what is reached "
            f"now is {scope.destination} {scope.account} at {scope.endpoint or 'AWS'}; make a new plan."
        )


def check_inputs(header: Header, s3: "Callable[[], S3Client]") -> None:
    """Raise ``InputRefused`` if what the plan was made from is not what is there now."""
    named = [*header.exports, *header.exclude]
    now = digests(named, s3) if named else {}
    told = {str(one["source"]): one["sha256"] for one in header.inputs} | dict(header.lists)
    # What the planning run made for itself was there for it alone.
    then = {source: sha256 for source, sha256 in told.items() if source in now or not is_own(source)}
    changed = [source for source in then.keys() | now.keys() if then.get(source) != now.get(source)]
    if changed:
        raise InputRefused(f"{min(changed)}: this is not what the plan was made from; make a new plan.")
