"""Settings that contradict each other: leave out the settings of a rehearsal, and name places in errors."""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace

from onboarding.model.errors import ConfigurationError
from onboarding.model.mistyped import blaming
from onboarding.settings.config_file import ConfigFile
from onboarding.settings.destination_options import ACCOUNT_OF
from onboarding.settings.options import OPTIONS, REPLACED_BY_SANDBOX, flag_of, off_flag_of
from onboarding.settings.sources import SettingsSource, is_on

_FLAG = re.compile(r"--[a-z][a-z-]*[a-z]")


def without_rehearsal(config: ConfigFile, word: str) -> ConfigFile:
    """Return the file of settings, without its ``sandbox`` if the job has found the file itself.

    ``word`` is the word of the command line that names a real account, a real endpoint or the plan of a real run. With
    this word, the operator asks for a real run, and may have forgotten the file. If a person has named the file, or if
    a variable sets ``sandbox``, the rehearsal stays.
    """
    if config.is_found:
        with suppress(ConfigurationError):  # the command itself says what is wrong with the file
            if config.overridden_by or is_on(config.read().get("sandbox")):
                return replace(config, overridden_by=word)
    return config


def without_replaced(sources: Sequence[SettingsSource]) -> Sequence[SettingsSource]:
    """Return the sources without the endpoint and the ledger that a rehearsal replaces.

    ``sources`` begin with the least important source. If a source switches the sandbox on, all less important sources
    lose these two settings. All other sources keep the settings, and a later check refuses them.
    """
    deciding = next((at for at in reversed(range(len(sources))) if "sandbox" in sources[at].values), 0)
    if not sources or not is_on(sources[deciding].values.get("sandbox")):
        return sources
    return [*(_without(source, REPLACED_BY_SANDBOX) for source in sources[:deciding]), *sources[deciding:]]


def without_other_destination(sources: Sequence[SettingsSource]) -> Sequence[SettingsSource]:
    """Return the sources without their ``destination`` if the last source, the command line, names only an account.

    An account belongs to one destination, so that a typed account alone says which destination is meant. A variable may
    be left over from other work, so that an account in a variable overrides no destination.
    """
    *others, typed = sources
    if typed.values.keys().isdisjoint(ACCOUNT_OF.values()) or "destination" in typed.values:
        return sources
    return [*(_without(source, {"destination"}) for source in others), typed]


def _without(source: SettingsSource, names: AbstractSet[str]) -> SettingsSource:
    return replace(source, values={name: source.values[name] for name in source.values.keys() - names})


def with_places(conflict: str, sources: Sequence[SettingsSource]) -> ConfigurationError:
    """Return an error about settings that contradict each other. Its message says where they are set.

    ``conflict`` is the message without its full stop. It names the settings by their flags. In the error, a setting of
    a file or a variable has its name in the file or the variable, since no person has typed its flag. The message
    leaves out the places of settings on the command line, since the operator has just typed these.

    A typed setting may contradict a switch of a file or a variable. Then the same command works with the flag that
    switches off this switch. If nothing was typed, the operator must choose first, and the error suggests no command.
    """
    names = {name for name in OPTIONS if flag_of(name) in _FLAG.findall(conflict)}
    holders = {name: source for name in names for source in sources if name in source.values}
    if holders and all(source.origin == "flag" for source in holders.values()):
        return blaming(ConfigurationError(f"{conflict}."), flag_of(min(holders)))
    if not holders:
        return ConfigurationError(f"{conflict}.")
    origins = {source.origin for source in holders.values()}
    conflict = _FLAG.sub(lambda found: _name_of(found[0], holders), conflict)
    if len(origins) == 1 and len(holders) > 1 and _is_file(next(iter(holders.values()))):
        return ConfigurationError(f"{origins.pop()}: {conflict}.")
    elsewhere = [name for name in OPTIONS if name in holders and holders[name].origin != "flag"]
    error = ConfigurationError(" ".join((f"{conflict}.", *(place_of(name, holders[name]) for name in elsewhere))))
    if "flag" in origins:
        error.remedy_flags = tuple(off_flag_of(name) for name in elsewhere if _is_switched_on(name, holders[name]))
    elif len(origins) > 1:
        error.next_command = ""
    return error


def place_of(name: str, source: SettingsSource) -> str:
    """Return a sentence that says where a setting is set, and which flag leaves the setting out."""
    where = source.origin if _is_file(source) else source.places[name]
    return f"{where} sets {name}{''.join(_ways_out(name, source))}."


def _name_of(flag: str, holders: Mapping[str, SettingsSource]) -> str:
    """Return the name of a setting in messages: the name in its file or its variable, or else its flag."""
    name = next((name for name in holders if flag_of(name) == flag), "")
    if name and _is_file(holders[name]):
        return name
    return holders[name].places[name] if name and holders[name].origin == "environment" else flag


def _ways_out(name: str, source: SettingsSource) -> Iterator[str]:
    if _is_switched_on(name, source):
        yield f": switch it off with {off_flag_of(name)}"
        yield ", or leave the file out with --no-config" if source.is_found else ""
    elif source.is_found:
        yield ": leave the file out with --no-config"


def _is_switched_on(name: str, source: SettingsSource) -> bool:
    return OPTIONS[name].value_type is bool and is_on(source.values[name])


def _is_file(source: SettingsSource) -> bool:
    return source.origin not in ("flag", "environment", "credentials", "secret")
