"""The sources of settings: the command line, the environment, credentials, an AWS secret, and a file of settings.

Each source gives settings by name. It also says where each setting is, so that messages can name this place.
``loading`` puts the sources together.
"""

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from difflib import get_close_matches

from pydantic import TypeAdapter, ValidationError

from onboarding.model.errors import ConfigurationError
from onboarding.model.values import dataclass
from onboarding.settings.config_file import CONFIG_VARIABLE, ConfigFile
from onboarding.settings.options import FILE_SUFFIX, PREFIX, SECRET_NAME, flag_of
from onboarding.settings.reading import IN_FILE_ONLY
from onboarding.settings.secret_files import (
    CREDENTIAL_PREFIX,
    credential_files,
    read_secret,
    secrets_in_named_files,
)
from onboarding.settings.settings import NAMES


@dataclass(frozen=True, slots=True)
class SettingsSource:
    """Settings from one place.

    ``origin`` is ``flag``, ``environment``, ``credentials``, ``secret`` or the name of a file. ``values`` has the
    unchecked settings by name. ``places`` says where each of these settings is, in the words of messages, such as
    ``--rate`` or ``ONBOARD_RATE``. ``is_found`` is True if the source is a file that no person has named and that the
    job found itself.
    """

    origin: str
    values: Mapping[str, object]
    places: Mapping[str, str]
    is_found: bool = False


def command_line_source(flags: Mapping[str, object]) -> SettingsSource:
    """Return the settings on the command line as a source. ``flags`` has these settings by name."""
    return SettingsSource("flag", flags, {name: flag_of(name) for name in flags})


def environment_source(wanted: Collection[str]) -> SettingsSource:
    """Return the settings in environment variables, and in the files that variables such as ``…_FILE`` name.

    Only files for the settings in ``wanted`` are read. Raises ``ConfigurationError`` if a variable with the prefix
    ``ONBOARD_`` names no setting, if a setting has two variables, or if a file cannot be read.
    """
    variables = {name[len(PREFIX) :].lower(): name for name in os.environ if name.upper().startswith(PREFIX)}
    variables.pop(CONFIG_VARIABLE.removeprefix(PREFIX).lower(), None)
    suffix = FILE_SUFFIX.lower()
    files = {
        name.removesuffix(suffix): variables.pop(name)
        for name in list(variables)
        if name not in NAMES and name.endswith(suffix) and name.removesuffix(suffix) in NAMES
    }
    for name in files.keys() & variables.keys():
        raise ConfigurationError(f"{variables[name]} and {files[name]} are both set; unset one of them.")
    places = variables | files
    for name in places.keys() & IN_FILE_ONLY:
        raise ConfigurationError(f"{places[name]}: write {name} in the file of settings; no variable can hold it.")
    for name in places.keys() - NAMES:
        raise ConfigurationError(f"There is no setting for the variable {places[name]}.{nearest(name)}")
    texts = {name: os.environ[variable] for name, variable in variables.items()}
    return SettingsSource("environment", texts | secrets_in_named_files(files, wanted), places)


def credentials_source(wanted: Collection[str]) -> SettingsSource:
    """Return the settings in systemd's credentials. Credentials of settings that are not in ``wanted`` are not read.

    Raises ``ConfigurationError`` if a credential with the job's prefix names no setting, or cannot be read.
    """
    files = credential_files()
    places = {name: f"credential {CREDENTIAL_PREFIX}{name}" for name in files}
    for name in files.keys() & IN_FILE_ONLY:
        raise ConfigurationError(f"{places[name]}: write {name} in the file of settings; no credential can hold it.")
    for name in files.keys() - NAMES:
        raise ConfigurationError(f"There is no setting for the {places[name]}.{nearest(name)}")
    values = {name: read_secret(path, place=places[name]) for name, path in files.items() if name in wanted}
    return SettingsSource("credentials", values, places)


def file_source(config: ConfigFile) -> SettingsSource:
    """Return the settings in a file. Raises ``ConfigurationError`` for an unreadable file or an unknown setting."""
    values = config.read()
    for name in values.keys() - NAMES:
        raise ConfigurationError(f"{config}: there is no setting {name!r}.{nearest(name)}")
    places = {name: f"{config}: {name}" for name in values}
    return SettingsSource(str(config), values, places, is_found=config.is_found)


def secret_source(values: Mapping[str, object], places: Mapping[str, str]) -> SettingsSource | None:
    """Return the settings in the AWS secret that ``values`` name, or None if ``values`` name no secret.

    ``values`` are the unchecked settings from all other sources. ``places`` describes for messages where each of these
    settings is. A rehearsal does not read the secret, since it needs no account and has its own ledger. Raises
    ``ConfigurationError`` for a secret with an unknown setting. Also raises the errors of ``fetch_secret``.
    """
    name, profile, region = (values.get(each) for each in ("aws_secret", "profile", "region"))
    if not isinstance(profile, str | None) or not isinstance(region, str | None):
        return None  # the check of all settings says what is wrong
    if not isinstance(name, str) or not SECRET_NAME.fullmatch(name) or is_on(values.get("sandbox")):
        return None
    from onboarding.settings.aws_secret import fetch_secret  # noqa: PLC0415 - loads boto3

    place = places["aws_secret"]
    found = fetch_secret(name, profile=profile, region=region, place=place)
    for key in found.keys() - NAMES:
        raise ConfigurationError(f"{place}: no setting is called as its key {key[:60]!r}.{nearest(key[:60])}")
    if "aws_secret" in found:
        raise ConfigurationError(f"{place}: a secret cannot name another secret; drop its key aws_secret.")
    return SettingsSource("secret", found, {key: f"{place}: its key {key}" for key in found})


def is_on(value: object) -> bool:
    """Return whether the text of a switch means "on", before it is checked. Any other text means "off"."""
    with suppress(ValidationError):
        return TypeAdapter(bool).validate_python(value)
    return False


def nearest(name: str, names: Collection[str] = NAMES) -> str:
    """Return a question such as ``Did you mean 'rate'?`` with the most similar name, or an empty text without one."""
    near = get_close_matches(name, names, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
