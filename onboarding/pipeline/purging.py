"""The command ``onboard purge``: remove names and addresses from old runs and rehearsals, and remove leftover files.

The operator decides which reports to keep or to delete. From the folders of reports, a purge removes only unfinished
files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import gettempdir

from onboarding.model.run import now
from onboarding.pipeline.record import open_ledger
from onboarding.reports import remove_unfinished_reports
from onboarding.runtime.scratch import remove_dead_scratch, remove_unfinished
from onboarding.sandbox import purge_sandbox
from onboarding.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class PurgeResult:
    """How many runs were purged, how many addresses became hashes, and how many people the sandbox no longer has."""

    runs: int
    addresses: int
    rehearsed: int


def purge_old_runs(settings: Settings, older_than: timedelta) -> PurgeResult:
    """Remove names and addresses from the runs that ended longer ago than ``older_than``, and from the sandbox's state.

    The ledger of rehearsals is purged too, even if the settings name another ledger. Temporary files that killed runs
    left are removed at any age. Later runs still know which people the purged runs invited, and do not invite them
    again. Raises ``ConfigurationError`` and ``DestinationHeld``.
    """
    before = now() - older_than
    rehearsal = settings.model_copy(update={"sandbox": True, "ledger": None})
    places = [settings] if settings.sandbox else [settings, rehearsal]
    purged = [_purge_ledger(each, before) for each in places if _is_there(each)]
    rehearsed = purge_sandbox(rehearsal.service_state(), before)
    for each in (settings, rehearsal):
        remove_dead_scratch(each.state_folder())
        remove_unfinished(each.state_folder())
    remove_dead_scratch(Path(gettempdir()))
    return PurgeResult(sum(runs for runs, _ in purged), sum(addresses for _, addresses in purged), rehearsed)


def _is_there(settings: Settings) -> bool:
    """Return whether to open the ledger: any ledger, except a rehearsal's ledger that does not exist."""
    place = settings.ledger_place()
    return not settings.sandbox or not isinstance(place, Path) or place.exists()


def _purge_ledger(settings: Settings, before: datetime) -> tuple[int, int]:
    """Purge the runs of one ledger that ended before ``before``. Return how many runs and addresses were purged.

    For all runs of the ledger, also remove unfinished files from the folders of their reports and of their saved plans.
    """
    with open_ledger(settings) as ledger:
        runs = [run.settings for run in ledger.runs()]
        for out in _values_of("out", [settings.public(), *runs]):
            remove_unfinished_reports(out)
        for plan in _values_of("save", runs):
            remove_unfinished(Path(plan).parent)
        done = ledger.purge(before)
        return done.runs, done.addresses


def _values_of(name: str, settings: Iterable[Mapping[str, object]]) -> set[str]:
    """Return the values of one setting in the settings of several runs."""
    return {value for each in settings if isinstance(value := each.get(name), str)}
