"""Settings that contradict each other: leave out those that a rehearsal replaces, and name their places in errors."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from onboarding.model.errors import ConfigurationError
from onboarding.model.mistyped import blaming
from onboarding.settings.options import OPTIONS, REPLACED_BY_SANDBOX, flag_of, off_flag_of
from onboarding.settings.sources import SettingsSource, is_on

_FLAG = re.compile(r"--[a-z][a-z-]*[a-z]")


def without_replaced(sources: Sequence[SettingsSource]) -> Sequence[SettingsSource]:
    """Return the sources without the endpoint and the ledger that a rehearsal replaces.

    ``sources`` begin with the least important source. If a source switches the sandbox on, the less important sources
    lose these two settings. The same source and more important sources keep them, and a later check refuses them.
    """
    deciding = next((at for at in reversed(range(len(sources))) if "sandbox" in sources[at].values), 0)
    if not sources or not is_on(sources[deciding].values.get("sandbox")):
        return sources
    return [*map(_without_replaced, sources[:deciding]), *sources[deciding:]]


def _without_replaced(source: SettingsSource) -> SettingsSource:
    return replace(source, values={name: source.values[name] for name in source.values.keys() - REPLACED_BY_SANDBOX})


def with_places(conflict: str, sources: Sequence[SettingsSource]) -> ConfigurationError:
    """Return an error about settings that contradict each other. Its message says where they are set.

    ``conflict`` is the message without its full stop. It names the settings by their flags. The message leaves out
    settings on the command line, since the operator has just typed these.
    """
    names = {name for name in OPTIONS if flag_of(name) in _FLAG.findall(conflict)}
    holders = {name: source for name in names for source in sources if name in source.values}
    if holders and all(source.origin == "flag" for source in holders.values()):
        return blaming(ConfigurationError(f"{conflict}."), flag_of(min(holders)))
    if not holders:
        return ConfigurationError(f"{conflict}.")
    origins = {source.origin for source in holders.values()}
    if len(origins) == 1 and len(holders) > 1 and _is_file(next(iter(holders.values()))):
        return ConfigurationError(f"{origins.pop()}: {conflict}.")
    elsewhere = [name for name in OPTIONS if name in holders and holders[name].origin != "flag"]
    return ConfigurationError(" ".join((f"{conflict}.", *(place_of(name, holders[name]) for name in elsewhere))))


def place_of(name: str, source: SettingsSource) -> str:
    """Return a sentence that says where a setting is set, and how to leave it out with the command line."""
    where = source.origin if _is_file(source) else source.places[name]
    return f"{where} sets {name}{''.join(_ways_out(name, source))}."


def _ways_out(name: str, source: SettingsSource) -> Iterator[str]:
    if is_on(source.values[name]) and OPTIONS[name].value_type is bool:
        yield f": switch it off with {off_flag_of(name)}"
        yield ", or leave the file out with --no-config" if source.is_found else ""
    elif source.is_found:
        yield ": leave the file out with --no-config"


def _is_file(source: SettingsSource) -> bool:
    return source.origin not in ("flag", "environment", "credentials", "secret")
