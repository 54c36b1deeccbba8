"""Load settings from the command line, the environment and a TOML file, and find the origin of each setting.

The command line overrides the environment, and the environment overrides the file.
"""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from onboarding.model.errors import ConfigurationError
from onboarding.runtime.files import open_regular
from onboarding.settings.options import flag_of
from onboarding.settings.reading import IN_FILE_ONLY
from onboarding.settings.relative_paths import resolved
from onboarding.settings.settings import NAMES, PREFIX, Settings
from onboarding.settings.values import first_mistake

CONFIG_VARIABLE = f"{PREFIX}CONFIG"

LARGEST_FILE_BYTES = 1_000_000
"""The largest file of settings. A file with every setting has a few thousand bytes."""


def load_settings(flags: Mapping[str, object], *, config: Path | None = None) -> Settings:
    """Return the settings of a run. ``flags`` holds the settings on the command line, by name.

    ``config`` is the TOML file; ``None`` means the file that the environment names, if any. Relative paths in the file
    become absolute, since they are relative to the folder of the file. Raises ``ConfigurationError`` for a wrong
    setting. The message names the flag, the variable or the place in the file, and never the value.
    """
    config = config or _config_in_environment()
    in_file = _read(config) if config else {}
    # pydantic-settings reads variables in upper and lower case, so both are checked.
    variables = {name[len(PREFIX) :].lower(): name for name in os.environ if name.upper().startswith(PREFIX)}
    for name in in_file.keys() - NAMES:
        raise ConfigurationError(f"{config}: there is no setting {name!r}.{_nearest(name)}")
    for name in variables.keys() & IN_FILE_ONLY:
        raise ConfigurationError(f"{variables[name]}: write {name} in the file of settings; no variable can hold it.")
    for name in variables.keys() - NAMES - {"config"}:
        raise ConfigurationError(f"There is no setting for the variable {variables[name]}.{_nearest(name)}")
    try:
        in_environment = EnvSettingsSource(Settings)()
        chosen = Settings(**{**in_file, **in_environment, **flags})
    except ValidationError as error:
        raise ConfigurationError(_explain(error, flags, variables, config)) from None
    if config is None:
        return chosen
    moved = resolved(chosen.model_dump(by_alias=True), in_file.keys() - in_environment.keys() - flags.keys(), config)
    return chosen.with_values(moved) if moved else chosen


def setting_origins(flags: Mapping[str, object], *, config: Path | None = None) -> Mapping[str, str]:
    """Return the origin of each setting that is set: ``flag``, ``environment`` or the name of the file.

    The parameters are the same as in ``load_settings``. Raises ``ConfigurationError`` if the file cannot be read.
    """
    config = config or _config_in_environment()
    variables = [name.lower().removeprefix(PREFIX.lower()) for name in os.environ if name.upper().startswith(PREFIX)]
    in_file = dict.fromkeys(_read(config), str(config)) if config else {}
    return in_file | dict.fromkeys(NAMES.intersection(variables), "environment") | dict.fromkeys(flags, "flag")


def _config_in_environment() -> Path | None:
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else None


def _read(config: Path) -> dict[str, object]:
    try:
        with open_regular(config) as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{config}: the file of settings cannot be read ({error.strerror}).") from None
    except ValueError:  # a NUL in the name
        raise ConfigurationError("--config: the name of the file has a NUL character; leave it out.") from None
    if len(content) > LARGEST_FILE_BYTES:
        raise ConfigurationError(f"{config}: no file of settings is larger than {LARGEST_FILE_BYTES / 1e6:.0f} MB.")
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{config}: this is not TOML ({error}).") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{config}: a number is too long, or values are nested too deeply.") from None


def _nearest(name: str) -> str:
    near = get_close_matches(name, NAMES, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _explain(
    error: ValidationError, flags: Mapping[str, object], variables: Mapping[str, str], config: Path | None
) -> str:
    """Return one line about the first wrong setting: the flag, variable or file, and what to write instead."""
    place = error.errors(include_input=False, include_url=False)[0]["loc"]
    if not place:
        return f"{first_mistake(error)}."
    name = str(place[0])
    where = flag_of(name) if name in flags else variables.get(name) or f"{config}: {name}"
    return f"{where}: {first_mistake(error)}."
