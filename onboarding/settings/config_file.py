"""The TOML file of settings: find the file, check that no other user can have changed it, and read it.

The operator names a file with ``--config`` or the variable ``ONBOARD_CONFIG``. If neither names a file, the job looks
for a file with a fixed name: first in the current folder, and then in the user's folder of settings. In a shared
folder, another user could add this file to send people's data elsewhere. So the file must belong to this user or to
root.
"""

import os
import stat
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Self

from platformdirs import user_config_path

from onboarding.model.errors import ConfigurationError
from onboarding.model.mistyped import blaming
from onboarding.model.values import dataclass
from onboarding.runtime.files import open_regular, similar_path

CONFIG_VARIABLE = "ONBOARD_CONFIG"
FILE_NAME = "onboard.toml"
"""The name of the file that the job looks for if neither ``--config`` nor a variable names a file."""

LARGEST_FILE_BYTES = 1_000_000
"""The most bytes of a file of settings. A file with every setting has a few thousand bytes."""

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_ROOT = 0


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file of settings. ``is_found`` is True if the job found the file itself, because no person has named a file.

    ``overridden_by`` is the word of the command line that overrides the file's ``sandbox``, or empty. With this word,
    the file's ``sandbox`` is ignored. If the word is no flag but the path of a plan, the file's ``destination`` is
    ignored, too, since the plan has its own.
    """

    path: Path
    is_found: bool = False
    overridden_by: str = ""

    @classmethod
    def of(cls, config: "ConfigFile | Path | None") -> Self | None:
        """Return the file of settings at the path ``config`` that the operator has named, or None without a path."""
        if config is None or isinstance(config, cls):
            return config
        return cls(Path(str(config)))

    def read(self) -> dict[str, object]:
        """Return the settings in the file, by name, without checking them.

        Raises ``ConfigurationError`` if the file cannot be read or is not TOML. Also raises ``ConfigurationError`` if
        another user owns or may write a file that the job has found itself.
        """
        try:
            with open_regular(self.path) as file:
                if self.is_found:
                    self._check_owner(file)
                content = file.read(LARGEST_FILE_BYTES + 1)
        except OSError as error:
            raise self._unreadable(error) from None
        except ValueError:  # a NUL in the name
            raise ConfigurationError("--config: the name of the file has a NUL character; leave it out.") from None
        if len(content) > LARGEST_FILE_BYTES:
            raise ConfigurationError(f"{self}: no file of settings is larger than {LARGEST_FILE_BYTES / 1e6:.0f} MB.")
        try:
            values = tomllib.loads(content.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{self}: this is not TOML ({error}).") from None
        except (ValueError, RecursionError):
            raise ConfigurationError(f"{self}: a number is too long, or values are nested too deeply.") from None
        if self.overridden_by:
            values.pop("sandbox", None)
            if not self.overridden_by.startswith("--"):
                values.pop("destination", None)
        return values

    def _unreadable(self, error: OSError) -> ConfigurationError:
        """Return the error for a file that cannot be read. For a missing file, the error names a similar file."""
        meant = similar_path(self.path) if isinstance(error, FileNotFoundError) else None
        question = f" Did you mean {meant}?" if meant else ""
        message = f"{self}: the file of settings cannot be read ({error.strerror}).{question}"
        return blaming(ConfigurationError(message), str(self), str(meant or ""))

    def _check_owner(self, file: BufferedReader) -> None:
        """Raise ``ConfigurationError`` if another user owns the file or a link to it, or may write to it.

        On a system without user ids, such as Windows, the method checks nothing.
        """
        if not hasattr(os, "geteuid"):
            return
        status = os.fstat(file.fileno())
        advice = f"if it is right, name it with --config {self}, or leave it out with --no-config"
        if {status.st_uid, self.path.lstat().st_uid} - {os.geteuid(), _ROOT}:
            raise ConfigurationError(f"{self}: this file of settings belongs to another user; {advice}.")
        if status.st_mode & _WRITABLE_BY_OTHERS:
            raise ConfigurationError(
                f"{self}: other users may write this file of settings; run chmod go-w {self}, or {advice}."
            )

    def __str__(self) -> str:
        return str(self.path)


def find_config(named: Path | None = None) -> ConfigFile | None:
    """Return the file of settings of this process, or None if there is no file. The function does not read the file.

    ``named`` is the file that the command line names, if any. The variable ``ONBOARD_CONFIG`` comes next, then
    ``onboard.toml`` in the current folder, and last ``onboard.toml`` in the user's folder of settings
    (``$XDG_CONFIG_HOME/onboarding``, which is usually ``~/.config/onboarding``).
    """
    if named is not None or (named := _named_by_variable()):
        return ConfigFile(named)
    places = (Path(FILE_NAME), *_place_of_user())
    return next((ConfigFile(path, is_found=True) for path in places if os.path.lexists(path)), None)


def _place_of_user() -> Sequence[Path]:
    """Return the path of the file in the user's folder of settings. Without a home folder, return no path."""
    with suppress(RuntimeError):  # the system does not know the home
        path = user_config_path("onboarding", appauthor=False) / FILE_NAME
        return (path,) if path.is_absolute() else ()
    return ()


def _named_by_variable() -> Path | None:
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else None
