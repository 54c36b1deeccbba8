"""How does a run to many accounts end, of whom each ended in its own way, and do the sums hold over all of them?"""

from collections import Counter
from collections.abc import Mapping, Sequence

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.sent import stopped_by_signal
from onboarding.pipeline.admission import Inputs
from onboarding.pipeline.closing import nobody_usable
from onboarding.preparing import Census, guard
from onboarding.reports import Summary, Tally
from onboarding.settings.settings import Settings

WORST = (
    *(ExitCode.INTERNAL, ExitCode.USAGE, ExitCode.CLOSED, ExitCode.HELD, ExitCode.IN_DOUBT, ExitCode.GUARD),
    *(ExitCode.PARTIAL, ExitCode.STOPPED),
)
"""The whole run ends like the first of these that one of its accounts has ended with, else with 0.

An account without a usable row is no trouble of the run's, unless it is the only one: those rows say why themselves.
"""


def counts_by_source(parts: Sequence[Summary], inputs: Inputs) -> Mapping[str, Counter[Disposition]]:
    """Return how many rows of each source have which fate in all parts. Raises ``ReconciliationFailed``."""
    by_source: dict[str, Counter[Disposition]] = {str(one["source"]): Counter() for one in inputs}
    for part in parts:
        for source, counts in part.counts_by_source.items():
            by_source.setdefault(source, Counter()).update(counts)
    Tally.of(by_source).check({str(one["source"]): int(str(one["rows"])) for one in inputs})
    return by_source


def ending_of(
    parts: Sequence[Summary], counts: Mapping[Disposition, int], *, signalled: ExitCode | None, unconfirmed: str
) -> tuple[ExitCode, str]:
    """Return the exit code of the whole run, and the first account of which that is to be said.

    ``counts`` are of all rows; ``unconfirmed`` is what guards say of several accounts together.
    """
    if signalled is not None:
        return signalled, stopped_by_signal(signalled).message
    for code in WORST:
        alike = [part for part in parts if part.exit_code == code]
        if code is ExitCode.GUARD and unconfirmed:
            return code, unconfirmed
        if alike:
            others = len(alike) - 1
            more = f" (and {others} other account{'s' if others > 1 else ''})" if others else ""
            return code, f"{alike[0].destination} {alike[0].account}{more}: {alike[0].message or 'see manifest.json'}"
    if nobody := nobody_usable(counts):
        return nobody.exit_code, nobody.message
    if not any(part.account for part in parts):
        return ExitCode.INPUT_REFUSED, "No account is known for any row; the report says why, row by row."
    return ExitCode.SETTLED, ""


def too_many(settings: Settings, invites: int) -> str:
    """Say why nothing is sent to any account, if so: what those guards say that look at all of them together."""
    of_all = Census(invites=invites)
    guarded = guard(of_all, None, None, max_invites=settings.max_invites, confirm=settings.confirm)
    return f"A guard was hit: {guarded.message}" if guarded.is_stopped else ""


def unconfirmed(stopped: int, of: int, first: str, number: int) -> str:
    """Say that guards have stopped some accounts, and how many people to confirm. ``first`` is the first and why."""
    return (
        f"A guard was hit for {stopped} of {of} accounts, to which nothing is sent ({first})."
        f" If that is right, add --confirm {number}."
    )
