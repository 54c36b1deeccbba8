"""Relative paths in a file of settings are relative to the folder of this file, wherever the job is started.

Paths on the command line and in the environment stay relative to the current folder.
"""

import glob
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from onboarding.model.choices import STANDARD_INPUT
from onboarding.settings.options import PATHS

_ELSEWHERE = re.compile("[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)(?![/:]|file:)([^?]+)(.*)", re.IGNORECASE | re.DOTALL)
_PATTERNS = frozenset({"exports", "exclude"})
"""The settings whose values may be patterns such as ``*.csv``."""


def resolved(values: Mapping[str, object], names: Iterable[str], config: Path) -> dict[str, object]:
    """Return the absolute paths for all settings with relative paths, by the names of these settings.

    ``values`` has the checked values of settings by name. ``config`` is the file of settings, and ``names`` are the
    settings in this file.
    """
    folder = Path(os.path.abspath(config)).parent  # noqa: PTH100 - links stay as the operator knows them
    found: dict[str, object] = {}
    for name in PATHS.intersection(names):
        value = values.get(name)
        if isinstance(value, str):
            found[name] = _resolved(name, value, folder)
        elif isinstance(value, tuple):
            found[name] = tuple(_resolved(name, str(each), folder) for each in value)
    return {name: value for name, value in found.items() if value != values[name]}


def _resolved(name: str, value: str, folder: Path) -> str:
    if name == "ledger":
        return _SQLITE.sub(lambda parts: f"{parts[1]}{Path(*_without_steps_up(folder, parts[2]))}{parts[3]}", value)
    if value == STANDARD_INPUT or _ELSEWHERE.match(value) or Path(value).is_absolute():
        return value
    if name == "move_from" and not (folder / value).exists():
        return value  # an account
    folder, below = _without_steps_up(folder, value)
    path = folder / below
    if name in _PATTERNS and glob.has_magic(value) and not path.exists():
        return str(Path(glob.escape(str(folder))) / below)
    return f"{path}/" if value.endswith("/") else str(path)


def _without_steps_up(folder: Path, value: str) -> tuple[Path, str]:
    """Return a folder and a path below it in place of ``folder`` and a path such as ``../hr/staff.csv``.

    Reports can then show a path without ``..``. But if the folder is a link, the path keeps each ``..``, which leads to
    the folder above the target of the link.
    """
    while value.startswith("../") and not folder.is_symlink():
        folder, value = folder.parent, value.removeprefix("../").lstrip("/")
    return folder, value
