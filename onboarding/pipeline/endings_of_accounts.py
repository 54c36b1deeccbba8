"""How a run to many accounts ends: its exit code and its message, from the ends of the runs to its accounts."""

from collections.abc import Mapping, Sequence

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.sent import Ending, stopped_by_signal
from onboarding.pipeline.endings import ending_of, exit_code
from onboarding.reports import Summary

WORST_FIRST = (
    *(ExitCode.INTERNAL, ExitCode.USAGE, ExitCode.CLOSED, ExitCode.HELD, ExitCode.IN_DOUBT, ExitCode.GUARD),
    *(ExitCode.PARTIAL, ExitCode.STOPPED),
)
"""The exit codes of accounts that decide the exit code of the whole run, the worst first.

The whole run ends with the first code in this list with which any account has ended. If no account has ended with a
code in this list, ``_ending_of_rows`` decides. An account without a usable row ends with ``INPUT_REFUSED``, which is
not in this list: the report says why each row is not usable. The whole run ends with ``INPUT_REFUSED`` only if no
account has a usable row.
"""


def ending_of_parts(
    parts: Sequence[Summary],
    counts: Mapping[Disposition, int],
    *,
    signalled: ExitCode | None,
    stopped: Ending | None,
    is_partial: bool = False,
) -> tuple[ExitCode, str]:
    """Return the exit code of the whole run, and a message that names the first account with that exit code.

    ``parts`` are the summaries of the report's parts. ``counts`` has the number of rows for each disposition.
    ``signalled`` is the exit code if a signal stopped the whole run, else None. ``stopped`` says which accounts
    guards stopped, or is None. If ``is_partial``, the exports list only some of the people.
    """
    if signalled is not None:
        return signalled, stopped_by_signal(signalled).message
    for code in WORST_FIRST:
        if code is ExitCode.GUARD and stopped:
            return code, stopped.message
        if alike := [part for part in parts if part.exit_code == code]:
            return code, _message_of(alike)
    return _ending_of_rows(parts, counts, is_partial=is_partial)


def _ending_of_rows(
    parts: Sequence[Summary], counts: Mapping[Disposition, int], *, is_partial: bool
) -> tuple[ExitCode, str]:
    """Return the exit code and message of the whole run if no account has ended with a code of ``WORST_FIRST``."""
    ending = ending_of(counts, None, is_partial=is_partial)
    if ending is None and counts and not any(part.scope.account for part in parts):
        return ExitCode.INPUT_REFUSED, "No account is known for any row; the report says why, row by row."
    return exit_code(counts, ending), ending.message if ending else ""


def _message_of(alike: Sequence[Summary]) -> str:
    """Return a message about accounts that ended with the same exit code.

    The text is the message of the first account in ``alike``. If ``alike`` has more accounts, the text also says how
    many.
    """
    first, others = alike[0], len(alike) - 1
    more = f" (and {others} other account{'s' if others > 1 else ''})" if others else ""
    return f"{first.scope.destination} {first.scope.account}{more}: {first.message or 'see manifest.json'}"
