"""The settings that choose a destination and its account: fields made from the destinations' descriptions."""

import re
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, create_model

from onboarding.model.destinations import DestinationSetting, canonical_account
from onboarding.runtime.destination_registry import destinations
from onboarding.settings.destination_options import ACCOUNT_OF, DEFAULT_DESTINATION, OWN
from onboarding.settings.fields import option_field
from onboarding.settings.guarding import GuardSettings


def _fitting(value: str, *, setting: DestinationSetting) -> str:
    """Return the value of a setting that only one destination has. The value of an account becomes its canonical name.

    Raises ``ValueError`` if the value does not fit the setting's pattern.
    """
    if setting.name in ACCOUNT_OF.values():
        value = canonical_account(value, setting.pattern)
    elif setting.pattern and not re.fullmatch(setting.pattern, value):
        value = ""
    if not value:
        raise ValueError(setting.advice)
    return value


def _type_of(setting: DestinationSetting) -> Any:
    if setting.words:
        return Literal[setting.words] | None
    limits = Field(min_length=1) if not setting.pattern else Field()
    return Annotated[str, limits, AfterValidator(partial(_fitting, setting=setting))] | None


if TYPE_CHECKING:

    class DestinationSettings(GuardSettings):
        """The settings of a destination: its name, and a field for each setting that a description has."""

        destination: str
else:
    DestinationSettings = create_model(
        "DestinationSettings",
        __base__=GuardSettings,
        __module__=__name__,
        destination=(Literal[tuple(destinations())], option_field("destination", DEFAULT_DESTINATION)),
        **{name: (_type_of(setting), option_field(name)) for name, setting in OWN.items()},
    )
