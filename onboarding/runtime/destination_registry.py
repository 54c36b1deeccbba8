"""The registry of destinations: find the folders of all destinations, and load their parts when they are needed.

A destination is a folder ``onboarding/destinations/NAME`` with a module ``description``. The folder lies in this
package, or in a folder ``onboarding/destinations`` at any place from which Python loads modules. So an installed
package, or a folder that ``PYTHONPATH`` names, adds a destination, and no other file changes. The registry reads no
entry points: the metadata of all installed packages would cost each start of the program longer than its help takes.
"""

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from onboarding.model.destinations import DestinationDescription

PACKAGE = "onboarding.destinations"
DESCRIPTION = "description"
"""The name of the module that describes a destination. A folder without this module is no destination."""


@cache
def destinations() -> Mapping[str, DestinationDescription]:
    """Return the descriptions of all destinations by name, in the order of the names.

    Raises ``ValueError`` if a folder does not describe the destination of its own name, or if not exactly one
    destination is the default.
    """
    package = importlib.import_module(PACKAGE)
    folders = [*package.__path__]
    folders += [folder for folder in map(_folder_at, sys.path) if folder not in folders and os.path.isdir(folder)]  # noqa: PTH112 - a text
    package.__path__ = folders
    found = [_described(name) for name in sorted({name for folder in folders for name in _names_in(folder)})]
    if sum(each.is_default for each in found) != 1:
        raise ValueError("not exactly one destination is the default")
    return MappingProxyType({each.name: each for each in found})


def default_destination() -> DestinationDescription:
    """Return the description of the destination to which a run goes if it names no destination."""
    return next(each for each in destinations().values() if each.is_default)


def load_part(reference: str) -> Any:
    """Return the object that a description names with a text like ``package.module:NAME``."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)


def _folder_at(place: str) -> str:
    return str(Path(place or os.curdir).absolute().joinpath(*PACKAGE.split(".")))


def _names_in(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        yield from (entry.name for entry in entries if (Path(entry.path) / f"{DESCRIPTION}.py").is_file())


def _described(name: str) -> DestinationDescription:
    described: DestinationDescription = load_part(f"{PACKAGE}.{name}.{DESCRIPTION}:DESTINATION")
    if described.name != name:
        raise ValueError(f"the folder {name} describes the destination {described.name}")
    return described
