"""Write words and commands in the form for the operator's shell: a shell like bash, or cmd.exe on Windows."""

import os
import re
import shlex
from collections.abc import Iterable

from onboarding.model.printable import printable

_IS_CMD = os.name == "nt"
_PLAIN_IN_CMD = re.compile(r"[\w@+=:,./\\-]+")


def quoted(word: str) -> str:
    """Return a word with the quotes and escapes that the operator's shell needs.

    A word with invisible characters is in the form of bash: ``$'…'``. So each command is one line, and no name of a
    file steers the terminal. ``cmd.exe`` has no such form, so each invisible character becomes a visible escape there.
    """
    if _IS_CMD:
        return quoted_for_cmd(word)
    if printable(word) == word:
        return shlex.quote(word)
    signs = (sign if " " < sign < "\x7f" and sign not in "'\\" else _escaped(sign) for sign in word)
    return f"$'{''.join(signs)}'"


def quoted_for_cmd(word: str) -> str:
    """Return a word with the quotes that cmd.exe needs to pass the same word to a program.

    Each invisible character becomes a visible escape. Source: "Parsing C++ command-line arguments" in Microsoft's
    documentation of C.
    """
    shown = printable(word)
    if _PLAIN_IN_CMD.fullmatch(shown):
        return shown
    # A backslash is an ordinary character, except before a quotation mark.
    before_marks = re.sub(r'(\\*)"', r'\1\1\\"', shown)
    before_end = re.sub(r"(\\+)$", r"\1\1", before_marks)
    return f'"{before_end}"'


def shell_command(words: Iterable[str]) -> str:
    """Return the command of these words for the operator's shell."""
    return " ".join(map(quoted, words))


def in_folder(folder: str, command: str) -> str:
    """Return a shell command that changes to a folder first, or the command itself if ``folder`` is empty."""
    if not folder:
        return command
    return f"cd {'/d ' if _IS_CMD else ''}{quoted(folder)} && {command}"


def _escaped(sign: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(sign))
