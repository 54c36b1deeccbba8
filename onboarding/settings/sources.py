"""Where settings come from: the command line, the environment, and the file of settings.

Each source gives settings by name, with the place that messages name. ``loading`` puts the sources together.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic_settings import EnvSettingsSource

from onboarding.model.errors import ConfigurationError
from onboarding.settings.config_file import CONFIG_VARIABLE, ConfigFile
from onboarding.settings.options import flag_of
from onboarding.settings.reading import IN_FILE_ONLY
from onboarding.settings.settings import NAMES, PREFIX, Settings


@dataclass(frozen=True, slots=True)
class SettingsSource:
    """Settings from one place.

    ``origin`` is ``flag``, ``environment`` or the name of a file. ``values`` has the unchecked settings by name.
    ``places`` says for each of these settings how messages name its place, such as ``--rate`` or ``ONBOARD_RATE``.
    """

    origin: str
    values: Mapping[str, object]
    places: Mapping[str, str]


def command_line_source(flags: Mapping[str, object]) -> SettingsSource:
    """Return the settings on the command line as a source. ``flags`` has these settings by name."""
    return SettingsSource("flag", flags, {name: flag_of(name) for name in flags})


def environment_source() -> SettingsSource:
    """Return the settings in the environment.

    Raises ``ConfigurationError`` for a variable that begins as those of settings do and names no setting.
    """
    # pydantic-settings reads variables in upper and lower case, so both are checked.
    variables = {name[len(PREFIX) :].lower(): name for name in os.environ if name.upper().startswith(PREFIX)}
    for name in variables.keys() & IN_FILE_ONLY:
        raise ConfigurationError(f"{variables[name]}: write {name} in the file of settings; no variable can hold it.")
    for name in variables.keys() - NAMES - {CONFIG_VARIABLE.removeprefix(PREFIX).lower()}:
        raise ConfigurationError(f"There is no setting for the variable {variables[name]}.{nearest(name)}")
    return SettingsSource("environment", EnvSettingsSource(Settings)(), variables)


def file_source(config: ConfigFile) -> SettingsSource:
    """Return the settings in a file. Raises ``ConfigurationError`` for an unreadable file or an unknown setting."""
    values = config.read()
    for name in values.keys() - NAMES:
        raise ConfigurationError(f"{config}: there is no setting {name!r}.{nearest(name)}")
    return SettingsSource(str(config), values, {name: f"{config}: {name}" for name in values})


def nearest(name: str) -> str:
    """Return the question whether the setting with the most similar name is meant, or an empty text."""
    near = get_close_matches(name, NAMES, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
