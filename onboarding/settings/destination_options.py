"""Tables of the settings of each destination, and help texts that name destinations.

The module loads nothing heavy, so that ``--help`` answers at once.
"""

from collections.abc import Mapping

from onboarding.model.destinations import DestinationSetting, in_words
from onboarding.runtime.destination_registry import destinations

DESCRIBED = tuple(sorted(destinations().values(), key=lambda each: each.is_default))
"""The descriptions of all destinations. The default destination is the last one."""

DEFAULT_DESTINATION = DESCRIBED[-1].name

ACCOUNT_OF: Mapping[str, str] = {name: each.account.name for name, each in destinations().items()}
"""The setting that names the account of each destination."""

OWN: Mapping[str, DestinationSetting] = {setting.name: setting for each in DESCRIBED for setting in each.settings()}
"""The settings that only one destination has, by their names."""

FURTHER = tuple(setting.name for each in DESCRIBED for setting in each.further)
"""The names of the settings that only one destination has, except settings that name an account."""


def _destinations_of() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, each in destinations().items():
        for setting in (*(own.name for own in each.settings()), *sorted(each.supports)):
            found[setting] = (*found.get(setting, ()), name)
    return found


DESTINATIONS_OF = _destinations_of()
"""The destinations of each setting that not every destination has, by the name of the setting."""

_DEFAULTS = (
    *(f"{each.name} with --{each.account.name.replace('_', '-')}" for each in DESCRIBED[:-1]),
    f"else {DEFAULT_DESTINATION}",
)

_IN_REGIONS = (each.title for each in DESCRIBED if each.is_in_regions)

HELP = {
    "destination": f"The service: {in_words(destinations(), 'or')}. [default: {', '.join(_DEFAULTS)}]",
    "region": f"The AWS region of {in_words([*_IN_REGIONS, 'S3'], 'and of')}.",
    "move_from": (
        "Invite the people in this"
        f" {in_words((each.full_title for each in DESCRIBED if each.is_asked_for_members), 'or')} account, or in the"
        " reconciliation.csv of a run"
        f" (to {in_words((each.title for each in DESCRIBED if 'move_from' in each.supports), 'and')} only)."
    ),
}
"""The help texts that name destinations, for settings that all destinations have."""
