"""Read settings from secret files of Docker, Kubernetes and systemd. Each file contains one setting.

A variable such as ``ONBOARD_LEDGER_FILE`` names the file of a setting. systemd puts its credentials into files such as
``onboard_ledger``, in the folder that ``CREDENTIALS_DIRECTORY`` names.
"""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from onboarding.model.errors import ConfigurationError
from onboarding.runtime.files import open_regular

CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
CREDENTIAL_PREFIX = "onboard_"

LARGEST_SECRET_BYTES = 2**16
"""The most bytes of a file with one setting. The largest secret of AWS Secrets Manager has as many bytes."""


def read_secret(path: Path, *, place: str) -> str:
    """Return the text in the file of one setting, without the newline at its end.

    ``place`` is the name of the variable or credential for messages. Messages show neither the path nor the text.
    Raises ``ConfigurationError`` if the file cannot be read, is larger than ``LARGEST_SECRET_BYTES``, or is not UTF-8.
    """
    try:
        with open_regular(path) as file:
            content = file.read(LARGEST_SECRET_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{place}: the file of this setting cannot be read ({error.strerror}).") from None
    if len(content) > LARGEST_SECRET_BYTES:
        raise ConfigurationError(f"{place}: no setting is larger than {LARGEST_SECRET_BYTES // 1024} KB.")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise ConfigurationError(f"{place}: the file of this setting is not UTF-8 text.") from None
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def secrets_in_named_files(variables: Mapping[str, str], wanted: Collection[str]) -> dict[str, str]:
    """Return the texts of settings in files that environment variables name, by the names of the settings.

    ``variables`` has the name of the variable of each setting. Only files for the settings in ``wanted`` are read.
    Raises ``ConfigurationError`` if a file cannot be read, is too large, or is not UTF-8.
    """
    return {
        name: read_secret(Path(os.environ[variable]), place=variable)
        for name, variable in variables.items()
        if name in wanted
    }


def credential_files() -> dict[str, Path]:
    """Return the files of systemd's credentials for this job, by their names without the prefix ``onboard_``.

    Raises ``ConfigurationError`` if the folder cannot be listed.
    """
    folder = os.environ.get(CREDENTIALS_VARIABLE)
    if not folder:
        return {}
    try:
        files = sorted(Path(folder).iterdir())
    except OSError as error:
        raise ConfigurationError(
            f"{CREDENTIALS_VARIABLE}: the folder of credentials cannot be read ({error.strerror}); unset this variable"
            " if the job needs no credentials."
        ) from None
    return {
        path.name.removeprefix(CREDENTIAL_PREFIX): path for path in files if path.name.startswith(CREDENTIAL_PREFIX)
    }
