"""The folder for files that last between runs, such as the ledger, and for the temporary files of a run."""

import os
from contextlib import suppress
from pathlib import Path

from onboarding.model.errors import ConfigurationError

SYSTEMD_VARIABLE = "STATE_DIRECTORY"
"""The environment variable in which systemd puts the folders of ``StateDirectory=``, with colons between them."""

_ADVICE = "name a folder with --state-dir or ONBOARD_STATE_DIR"


def default_state_folder() -> Path:
    """Return the absolute path of the default state folder.

    The result is the first folder in ``STATE_DIRECTORY``, which systemd sets for a service. Without this variable, the
    result is ``$XDG_STATE_HOME/onboarding``, which is usually ``~/.local/state/onboarding``. Raises
    ``ConfigurationError`` if ``STATE_DIRECTORY`` has a relative path, or if the user has no home.
    """
    from platformdirs import user_state_path  # noqa: PLC0415 - not needed by --help

    if named := state_folder_of_service():
        folder, problem = Path(named), f"{SYSTEMD_VARIABLE} does not begin with an absolute path"
    else:
        folder, problem = Path(), "This user has no home folder (HOME)"
        with suppress(RuntimeError):  # the system does not know the home
            folder = user_state_path("onboarding", appauthor=False)
    if not folder.is_absolute():
        raise ConfigurationError(f"{problem}, so there is no place for the ledger; {_ADVICE}.")
    return folder


def state_folder_of_service() -> str:
    """Return the first folder in ``STATE_DIRECTORY``, or an empty text."""
    return os.environ.get(SYSTEMD_VARIABLE, "").partition(":")[0]
