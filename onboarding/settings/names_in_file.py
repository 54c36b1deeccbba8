"""Say how the file of settings writes the settings that a message names by their flags.

Messages name a setting by its flag, such as ``--profile``. A ready-made job has no such flags: all its settings are in
the file.
"""

import re
from pathlib import Path

from onboarding.model.destinations import in_words
from onboarding.settings.invocation import NEVER_REPEATED
from onboarding.settings.options import OPTIONS, flag_of

_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
_OTHER_COMMAND = re.compile(r"\brun aws [^;,]*|\bonboard [a-z]+ [^;,]*")
"""A command in a message. Its flags are right as they are."""


def names_in_file(message: str, config: Path) -> str:
    """Return a sentence with the names that the flags in a message have in a file, or an empty text without such flags.

    ``config`` is the path of the file of settings. Flags for one run only, such as ``--confirm``, are left out.
    """
    flags = set(_FLAG.findall(_OTHER_COMMAND.sub("", message)))
    named = [name for name in OPTIONS if flag_of(name) in flags and name not in NEVER_REPEATED]
    if not named:
        return ""
    if len(named) == 1:
        return f"In {config}, {flag_of(named[0])} is the setting {named[0]}."
    return f"In {config}, these are the settings {in_words(named, 'and')}."
