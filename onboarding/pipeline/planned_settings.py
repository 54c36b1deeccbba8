"""The settings with which ``onboard apply`` sends a saved plan: the settings of the plan, with a few exceptions."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from onboarding.model.errors import InputRefused
from onboarding.model.mistyped import blaming
from onboarding.pipeline.saved_plan import NO_PLAN, header_of
from onboarding.settings.options import GUARDS, PLACE, flag_of, off_flag_of
from onboarding.settings.settings import Settings

AS_APPROVED = (
    *("exports", "exclude", "only", "skip", "allow_domain", "deny_domain", "hold", "no_hold", "roster"),
    *("reinvite_after", "reinvite_times", "retry_refused", "security_group_column"),
    *("account_column", "routes", "one_file", "invite_moved"),
)
"""The settings that chose the people of a plan, and that ``onboard apply`` needs again."""

NARROWER = tuple(name for name in GUARDS if name.startswith("max_"))
"""The settings that may differ from the plan. A changed value can stop the plan, but can add no people.

Guards that the plan has hit stay hit, even if these settings have higher limits.
"""

WAY_OUT = "; drop {}, or make a new plan with it"
"""The end of the message about a plan for another place. ``{}`` is the flag that names the place."""


def as_planned(settings: Settings, path: Path) -> Settings:
    """Return the settings with the values of a saved plan: its destination, its exports and its limit of invites.

    If the given settings name a limit of invites, this limit does not change. Raises ``InputRefused`` for a file that
    is no plan, and if a flag, a variable or a file of settings names another destination.
    """
    planned = header_of(path).settings
    # The destination is compared last: it follows from an account, and the error must name the account.
    for name in sorted(PLACE, key="destination".__eq__):
        if name in settings.model_fields_set and getattr(settings, name) != planned.get(name):
            raise _for_another_place(path, name, is_on=getattr(settings, name) is not False)
    wanted = {name: planned.get(name) for name in (*PLACE, *AS_APPROVED)}
    if not _go_together({name: planned.get(name) for name in (*PLACE, *AS_APPROVED, *NARROWER)}):
        raise InputRefused(f"{path}: {NO_PLAN}", plan_settings={})
    wanted |= {name: planned.get(name) for name in NARROWER if name not in settings.model_fields_set}
    return settings.with_values(wanted)


def _for_another_place(path: Path, name: str, *, is_on: bool) -> InputRefused:
    """Return the error for a plan that was made with another value of a setting, such as another account.

    ``is_on`` is false if the setting is a switch that is off now.
    """
    flag = flag_of(name) if is_on else off_flag_of(name)
    what = f"for another {name}" if name != "sandbox" else "for real people" if is_on else "a rehearsal"
    message = f"{path}: the plan is {what}, and a plan is sent as it was approved{WAY_OUT.format(flag)}."
    return blaming(InputRefused(message), flag)


def _go_together(values: Mapping[str, object]) -> bool:
    """Return whether values of settings fit together. The function reads no flags, variables or files of settings."""
    defaults = {field.alias or name: field.default for name, field in Settings.model_fields.items()}
    try:
        Settings(**defaults | dict(values))
    except ValidationError:
        return False
    return True
