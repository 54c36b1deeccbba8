"""Write a new file of settings in TOML: chosen settings, common settings as comments, and the meaning of each setting.

The meanings are the help texts that ``--help`` shows, too.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from onboarding.model.errors import ConfigurationError
from onboarding.model.values import dataclass
from onboarding.settings.destination_options import DEFAULT_DESTINATION, DESCRIBED, DESTINATIONS_OF, OWN
from onboarding.settings.options import OPTIONS, flag_of
from onboarding.settings.settings import Settings

WIDTH = 100
"""The most characters in a line of a comment in the file."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_DEFAULT = re.compile(r" \[default: [^]]*]$")

_ACCOUNT = DESCRIBED[0].account.name

HEAD = f"""\
# Settings of onboarding, written by onboard init.
# Each line is an option of onboard run: its flag {flag_of(_ACCOUNT)} is {_ACCOUNT} here.
# A line that begins with # and a name is off. It shows the default, or an example.
# Relative paths are relative to this file. To see all settings: onboard guide settings"""

FROM_REHEARSAL = "To invite real people, put # before this line, and take # from the lines of your destination below."

EXPORTS_HELP = "The exports to read: files, folders, patterns such as hr/*.csv, or places such as s3://bucket/hr/."


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the file: its title, and the names of the settings that it shows, in their order."""

    title: str
    names: tuple[str, ...]


SECTIONS = (
    Section(
        "Where people are invited",
        (
            *("sandbox", "destination", *(name for name, setting in OWN.items() if setting.example)),
            *("region", "profile", "endpoint_url"),
        ),
    ),
    Section("What is read", ("exports", "max_export_age", "email_column", "status_column", "sheet", "exclude")),
    Section("Who is invited", ("only", "skip", "allow_domain", "roster", "carry_over")),
    Section(
        "What stops a run before anything is sent",
        ("max_invites", "max_new", "max_gone", "max_rejected", "max_held"),
    ),
    Section("How invitations leave", ("wave", "rate", "deadline")),
    Section("Where reports and the memory of runs are kept", ("out", "handoff", "state_dir", "ledger")),
    Section("Who is told how a run ended", ("notify", "notify_when", "ping_url")),
)
"""The parts of the file. The first part also shows, at its end, the chosen settings that are in no part."""

EXAMPLES: Mapping[str, object] = MappingProxyType(
    {
        **{name: setting.example for name, setting in OWN.items() if setting.example},
        "region": "eu-central-1",
        "profile": "onboarding",
        "endpoint_url": "https://service.example.com",
        "max_export_age": ["36h"],
        "email_column": "Work Email",
        "status_column": ["Status"],
        "sheet": ["Staff"],
        "exclude": ["leave-out.txt"],
        "only": ["Country=DE,AT"],
        "skip": ["Type=Contractor"],
        "allow_domain": ["example.com"],
        "max_invites": 2000,
        "wave": 500,
        "rate": 2,
        "deadline": "2h",
        "state_dir": "/var/lib/onboarding",
        "ledger": "postgresql://db.example.com/onboarding",
        "notify": ["arn:aws:sns:eu-central-1:123456789012:onboarding"],
        "ping_url": "https://monitor.example.com/ping/0a1b2c",
    }
)
"""The values that the file shows for settings without a default."""


def new_settings_file(chosen: Mapping[str, object]) -> str:
    """Return the text of a file of settings. ``chosen`` has the settings that are switched on, with their values.

    A line that begins with ``#`` and the name of a setting is switched off. If the setting has a default, the line
    shows the default. Raises ``ConfigurationError`` if a value has a control character, such as a line break.
    """
    shown = {name for section in SECTIONS for name in section.names}
    others = tuple(name for name in chosen if name not in shown)
    first, *rest = SECTIONS
    sections = (Section(first.title, (*first.names, *others)), *rest)
    return "\n".join(_lines(sections, chosen)) + "\n"


def _lines(sections: tuple[Section, ...], chosen: Mapping[str, object]) -> Iterator[str]:
    yield HEAD
    for section in sections:
        yield from ("", "", f"# {f' {section.title} ':-^{WIDTH - 2}}")
        for name in section.names:
            if name in chosen:
                yield from ("", *_comment(_meaning(name, chosen)), f"{name} = {_as_toml(name, chosen[name])}")
            elif _fits(name, chosen):
                yield from ("", *_comment(_meaning(name, chosen)), f"#{name} = {_usual(name)}")


def _fits(name: str, chosen: Mapping[str, object]) -> bool:
    """Return whether the file shows a setting that was not chosen.

    The file of a rehearsal shows the settings of all destinations, since a person replaces the rehearsal by a real
    account later.
    """
    having = DESTINATIONS_OF.get(name)
    return having is None or bool(chosen.get("sandbox")) or chosen.get("destination", DEFAULT_DESTINATION) in having


def _meaning(name: str, chosen: Mapping[str, object]) -> str:
    if name == "exports":
        return EXPORTS_HELP
    meaning = OPTIONS[name].help.removesuffix(" Repeatable.")
    if name == "sandbox" and chosen.get(name):
        return f"{meaning} {FROM_REHEARSAL}"
    # The line below the meaning shows the default, if the default is a value.
    return meaning if name in chosen or name in EXAMPLES else _DEFAULT.sub("", meaning)


def _usual(name: str) -> str:
    """Return the default of a setting in TOML, or an example if the setting has no default."""
    if name in EXAMPLES:
        return _as_toml(name, EXAMPLES[name])
    return _as_toml(name, Settings.model_construct().public()[name])


def _as_toml(name: str, value: object) -> str:
    """Return a value in TOML. Texts, lists, numbers and switches look the same as in JSON.

    The only difference is in escapes: JSON needs two escapes for a character beyond the first 65,536, and TOML needs
    one.
    """
    for text in value if isinstance(value, (list, tuple)) else (value,):
        check_one_line(name, str(text))
    written = json.dumps(value, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in written)


def check_one_line(name: str, text: str) -> None:
    """Raise ``ConfigurationError`` if a text does not fit on one line of a text file, such as a text with a line break.

    ``name`` is the name of the setting or file in the message.
    """
    if _CONTROL.search(text):
        raise ConfigurationError(f"{name}: leave out the line break or other control character.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConfigurationError(f"{name}: write text in UTF-8, without the other bytes.") from None


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False, break_on_hyphens=False
    )
