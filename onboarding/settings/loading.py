"""Load settings from the command line, the environment and a TOML file, and find the origin of each setting.

The command line overrides the environment, and the environment overrides the file. ``sources`` reads each of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from onboarding.model.errors import ConfigurationError
from onboarding.settings.config_file import ConfigFile
from onboarding.settings.relative_paths import resolved
from onboarding.settings.settings import NAMES, Settings
from onboarding.settings.sources import SettingsSource, command_line_source, environment_source, file_source
from onboarding.settings.values import first_mistake


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings of a run, and the origin of each setting that is set: ``flag``, ``environment`` or a file's name."""

    settings: Settings
    origins: Mapping[str, str]


def load_settings(
    flags: Mapping[str, object], *, config: ConfigFile | Path | None = None, names: Collection[str] = NAMES
) -> Settings:
    """Return the settings of a run. The parameters and errors are those of ``load_with_origins``."""
    return load_with_origins(flags, config=config, names=names).settings


def load_with_origins(
    flags: Mapping[str, object], *, config: ConfigFile | Path | None = None, names: Collection[str] = NAMES
) -> LoadedSettings:
    """Return the settings of a run, and where each comes from.

    ``flags`` holds the settings on the command line, by name. ``config`` is the TOML file of settings, or None for no
    file (``find_config`` finds the file of a process). Relative paths in the file become absolute, since they are
    relative to the folder of the file. ``names`` are the settings that the command needs; the others keep their
    defaults. Raises ``ConfigurationError`` for a wrong setting. The message names the flag, the variable or the place
    in the file, and never the value.
    """
    file = ConfigFile.of(config)
    sources = [*([file_source(file)] if file else ()), environment_source(), command_line_source(flags)]
    values = {name: value for source in sources for name, value in source.values.items() if name in names}
    origins = {name: source.origin for source in sources for name in values.keys() & source.values.keys()}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise ConfigurationError(_explain(error, sources)) from None
    if file:
        in_file = [name for name, origin in origins.items() if origin == str(file)]
        if moved := resolved(settings.model_dump(by_alias=True), in_file, file.path):
            settings = settings.with_values(moved)
    return LoadedSettings(settings, origins)


def _explain(error: ValidationError, sources: Sequence[SettingsSource]) -> str:
    """Return one line about the first wrong setting: the place of its value, and what to write instead."""
    place = error.errors(include_input=False, include_url=False)[0]["loc"]
    if not place:
        return f"{first_mistake(error)}."
    name = str(place[0])
    where = next(source.places[name] for source in reversed(sources) if name in source.values)
    return f"{where}: {first_mistake(error)}."
