"""A word or two for each exit code, and the possible exit codes of each command."""

from collections.abc import Mapping, Sequence

from onboarding.model.errors import ExitCode

END_WORDS: Mapping[int, str] = {
    ExitCode.SETTLED: "settled",
    ExitCode.INTERNAL: "error",
    ExitCode.USAGE: "settings",
    ExitCode.PARTIAL: "partial",
    ExitCode.INPUT_REFUSED: "bad input",
    ExitCode.GUARD: "guard",
    ExitCode.IN_DOUBT: "in doubt",
    ExitCode.CLOSED: "no access",
    ExitCode.STOPPED: "not done",
    ExitCode.HELD: "kept out",
    ExitCode.INTERRUPTED: "stopped",
    ExitCode.TERMINATED: "stopped",
}
"""A word or two for each exit code, short enough for a table. Help and the list of runs show these words."""

_OPENS_THE_LEDGER = (ExitCode.SETTLED, ExitCode.INTERNAL, ExitCode.USAGE, ExitCode.CLOSED, ExitCode.STOPPED)
"""The exit codes of a command that opens the ledger. AWS may refuse the secret that names the ledger."""

_CHECKS = (*_OPENS_THE_LEDGER[:3], ExitCode.INPUT_REFUSED, *_OPENS_THE_LEDGER[3:], ExitCode.HELD)

CODES_OF_COMMAND: Mapping[str, Sequence[ExitCode]] = {
    **dict.fromkeys(("run", "apply", "resume", "nightly", "migrate"), tuple(ExitCode)),
    "plan": tuple(code for code in ExitCode if code != ExitCode.PARTIAL),
    **dict.fromkeys(("runs", "who", "answers", "purge", "report", "handoff"), _OPENS_THE_LEDGER),
    "inspect": (*_OPENS_THE_LEDGER[:3], ExitCode.INPUT_REFUSED, *_OPENS_THE_LEDGER[3:]),
    "check": _CHECKS,
    "init": (*_CHECKS, ExitCode.INTERRUPTED),
}
"""The possible exit codes of each command. A command that is not listed has the exit codes ``_OF_OTHER_COMMANDS``."""

_OF_OTHER_COMMANDS = (ExitCode.SETTLED, ExitCode.INTERNAL, ExitCode.USAGE)


def exit_codes_in_words(command: str) -> str:
    """Return the exit codes of a command, each with its word, as in ``0 settled, 1 error, 130 or 143 stopped``."""
    by_word: dict[str, list[str]] = {}
    for code in CODES_OF_COMMAND.get(command, _OF_OTHER_COMMANDS):
        by_word.setdefault(END_WORDS[code], []).append(str(int(code)))
    return ", ".join(f"{' or '.join(codes)} {word}" for word, codes in by_word.items())
