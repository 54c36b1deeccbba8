"""Make the field of a setting from the table of options."""

from datetime import timedelta
from typing import Any, TypedDict, Unpack

from pydantic import Field

from onboarding.settings.options import OPTIONS


class Limits(TypedDict, total=False):
    """The limits on a setting's value, for pydantic. ``repr`` says whether the settings' ``repr`` shows the value."""

    min_length: int
    max_length: int
    ge: float
    gt: float | timedelta
    le: float
    repr: bool


def option_field(name: str, default: object = None, **limits: Unpack[Limits]) -> Any:
    """Return the field of the setting ``name``, with the description from the table of options."""
    return Field(default, description=OPTIONS[name].help, **limits)
