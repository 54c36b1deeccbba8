"""Load settings from all their sources, and find the origin of each setting. ``sources`` reads each source.

The command line overrides the environment. The environment overrides systemd's credentials. The credentials override
the AWS secret. The secret overrides the TOML file of settings.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from onboarding.model.errors import ConfigurationError
from onboarding.model.mistyped import blaming, most_similar
from onboarding.model.values import dataclass
from onboarding.settings.config_file import ConfigFile
from onboarding.settings.conflicts import place_of, with_places, without_other_destination, without_replaced
from onboarding.settings.options import flag_of
from onboarding.settings.relative_paths import resolved
from onboarding.settings.settings import NAMES, Settings
from onboarding.settings.sources import (
    SettingsSource,
    command_line_source,
    credentials_source,
    environment_source,
    file_source,
    secret_source,
)
from onboarding.settings.values import first_mistake


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings of a run, and the origin of each setting that is set.

    An origin is ``flag``, ``environment``, ``credentials``, ``secret`` or the name of the file of settings. ``sources``
    begin with the least important source.
    """

    settings: Settings
    origins: Mapping[str, str]
    sources: Sequence[SettingsSource] = ()

    def places_of(self, *names: str) -> str:
        """Return sentences that say which file or variable sets these settings, and how to leave each setting out.

        Settings on the command line, and settings that are not set, have no sentence.
        """
        found = ((name, self._source_of(name)) for name in names)
        return " ".join(place_of(name, source) for name, source in found if source and source.origin != "flag")

    def _source_of(self, name: str) -> SettingsSource | None:
        return next((source for source in reversed(self.sources) if name in source.values), None)


def load_settings(
    flags: Mapping[str, object], *, config: ConfigFile | Path | None = None, names: Collection[str] = NAMES
) -> Settings:
    """Return the settings of a run, without their origins.

    ``flags`` has the settings on the command line, by name. ``config`` is the TOML file of settings, or None for no
    file. ``names`` are the settings that the command needs. All other settings keep their defaults.
    """
    return load_with_origins(flags, config=config, names=names).settings


def load_with_origins(
    flags: Mapping[str, object], *, config: ConfigFile | Path | None = None, names: Collection[str] = NAMES
) -> LoadedSettings:
    """Return the settings of a run, and the origin of each setting that is set.

    ``flags`` has the settings on the command line, by name. ``config`` is the TOML file of settings, or None for no
    file (``find_config`` finds the file of a process). Relative paths in the file become absolute, since they are
    relative to the folder of the file. ``names`` are the settings that the command needs. All other settings keep their
    defaults. Raises ``ConfigurationError`` for a wrong setting. The message names the flag, the variable or the place
    in the file, and never the value.
    """
    file = ConfigFile.of(config)
    sources = without_other_destination(without_replaced(_sources(flags, file, names)))
    values = _merged(sources, names)
    origins = {name: source.origin for source in sources for name in values.keys() & source.values.keys()}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise _explained(error, sources) from None
    if file:
        of_file = [name for name, origin in origins.items() if origin == str(file)]
        if moved := resolved(settings.model_dump(by_alias=True), of_file, file.path):
            settings = settings.with_values(moved)
    return LoadedSettings(settings, origins, sources)


def _sources(flags: Mapping[str, object], file: ConfigFile | None, names: Collection[str]) -> Sequence[SettingsSource]:
    """Return the sources of the settings with these names, the least important source first.

    The function reads the AWS secret only if the other sources name a secret. ``names`` must contain the setting that
    names the secret.
    """
    wanted = set(names) - flags.keys()
    in_environment = environment_source(wanted)
    in_credentials = credentials_source(wanted - in_environment.values.keys())
    in_file = [file_source(file)] if file else []
    others = [in_credentials, in_environment, command_line_source(flags)]
    places = {name: source.places[name] for source in (*in_file, *others) for name in source.values}
    secret = secret_source(_merged([*in_file, *others], names), places)
    return [*in_file, *filter(None, [secret]), *others]


def _merged(sources: Iterable[SettingsSource], names: Collection[str]) -> dict[str, Any]:
    """Return the settings with these names. Later sources override earlier sources."""
    return {name: value for source in sources for name, value in source.values.items() if name in names}


def _explained(error: ValidationError, sources: Sequence[SettingsSource]) -> ConfigurationError:
    """Return the error about the first wrong setting: the place of the value, and what to write instead."""
    mistake = error.errors(include_url=False)[0]
    if not mistake["loc"]:
        return with_places(first_mistake(error), sources)
    name = str(mistake["loc"][0])
    source = next(source for source in reversed(sources) if name in source.values)
    choices = re.findall("'([^']*)'", str(mistake.get("ctx", {}).get("expected", "")))
    meant = most_similar(str(mistake["input"]), choices)
    question = f" Did you mean {meant}?" if meant else ""
    explained = ConfigurationError(f"{source.places[name]}: {first_mistake(error)}.{question}")
    if source.origin != "flag":
        return explained
    return blaming(explained, str(mistake["input"]), meant) if meant else blaming(explained, flag_of(name))
