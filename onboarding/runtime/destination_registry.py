"""The registry of destinations: find the folders of all destinations, and load their modules when a run needs them.

A destination is a folder ``onboarding/destinations/NAME`` with a module ``description``. The folder is in this package,
or in another folder ``onboarding/destinations`` from which Python loads modules. So an installed package, or a folder
in ``PYTHONPATH``, can add a destination, and no other file changes. The registry reads no entry points, since to read
the metadata of all installed packages takes half as long as a whole ``onboard --help``.
"""

import importlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from onboarding.model.destinations import DestinationDescription
from onboarding.model.values import dataclass

PACKAGE = "onboarding.destinations"
DESCRIPTION = "description"
"""The name of the module that describes a destination. A folder without this module is no destination."""


def destinations() -> Mapping[str, DestinationDescription]:
    """Return the descriptions of all destinations by name, in the order of the names."""
    return _found().described


def unusable_destinations() -> tuple[str, ...]:
    """Return a sentence with the reason for each added folder that is no usable destination."""
    return tuple(_found().problems)


def default_destination() -> DestinationDescription:
    """Return the description of the default destination, for a run that names no destination."""
    return next(each for each in destinations().values() if each.is_default)


def load_part(reference: str) -> Any:
    """Return the object that a text names, such as ``package.module:NAME``."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)


@dataclass(frozen=True, slots=True)
class _Found:
    """The descriptions of the destinations by name, and sentences about the folders that are no usable destinations."""

    described: Mapping[str, DestinationDescription]
    problems: list[str] = field(default_factory=list)


@cache
def _found() -> _Found:
    """Return the destinations of this package and the added destinations.

    An added destination must not break the other destinations. So the function leaves out unusable destinations, and
    keeps the reasons.
    """
    package = importlib.import_module(PACKAGE)
    own = [*package.__path__]
    added = [folder for folder in dict.fromkeys(map(_folder_at, sys.path)) if _is_addition(folder)]
    package.__path__ = [*own, *added]
    described = {name: _described(name) for name in _names_in(own)}
    problems = []
    for name in _names_in(added):
        try:
            described[name] = _fitting(_described(name), described)
        except Exception as error:  # noqa: BLE001 - whatever an added module does, the other destinations work
            why = str(error) if isinstance(error, UnusableDestination) else type(error).__name__
            problems.append(f"The added destination {name!r} is left out ({why}); mend or remove its folder.")
    return _Found(MappingProxyType(dict(sorted(described.items()))), problems)


class UnusableDestination(Exception):
    """The error for an added folder whose destination cannot be used beside the other destinations."""


def _fitting(added: DestinationDescription, others: Mapping[str, DestinationDescription]) -> DestinationDescription:
    """Check the description of an added destination, and return the description.

    Raises ``UnusableDestination`` if the destination conflicts with the ``others``, for example by its name.
    """
    taken = {setting.name for each in others.values() for setting in each.settings()}
    if added.name in others:
        raise UnusableDestination("there is a destination of this name")
    if added.is_default:
        raise UnusableDestination("only one destination can be the default")
    if same := sorted(taken & {setting.name for setting in added.settings()}):
        raise UnusableDestination(f"another destination has the setting {same[0]}")
    return added


def _folder_at(place: str) -> str:
    return str(Path(place or os.curdir).absolute().joinpath(*PACKAGE.split(".")))


def _is_addition(folder: str) -> bool:
    """Say whether a folder can be read and may add destinations.

    A whole copy of this package adds no destinations.
    """
    is_copy = os.path.lexists(Path(folder).parent / "__init__.py")
    return not is_copy and os.access(folder, os.R_OK | os.X_OK)


def _names_in(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        with os.scandir(folder) as entries:
            yield from sorted(entry.name for entry in entries if (Path(entry.path) / f"{DESCRIPTION}.py").is_file())


def _described(name: str) -> DestinationDescription:
    described = load_part(f"{PACKAGE}.{name}.{DESCRIPTION}:DESTINATION")
    if not isinstance(described, DestinationDescription) or described.name != name:
        raise UnusableDestination("its module has no description of this name")
    return described
