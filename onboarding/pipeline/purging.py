"""The command ``onboard purge``: remove names and addresses from old runs and rehearsals, and remove leftover files.

A purge deletes reports only if the operator asks for it (``retention``). Otherwise it removes only unfinished files
from the folders of reports. The operator sees a forecast before the purge, since removed names cannot be restored.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import gettempdir

from onboarding.ledger import ledger_to_read
from onboarding.model.run import Run, now
from onboarding.model.values import dataclass
from onboarding.pipeline.record import open_ledger
from onboarding.pipeline.retention import OldReports, find_old_reports
from onboarding.reports import remove_unfinished_reports
from onboarding.runtime.scratch import remove_dead_scratch, remove_unfinished
from onboarding.sandbox import purge_sandbox
from onboarding.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class PurgeResult:
    """The numbers of purged runs, of addresses that became hashes, and of people who were removed from the sandbox."""

    runs: int
    addresses: int
    rehearsed: int


@dataclass(frozen=True, slots=True)
class PurgeForecast:
    """The effects that a purge would have.

    ``runs`` is the number of runs that ended before the moment ``before`` and would be emptied. ``reports`` are the old
    reports, which the purge deletes only if the operator asks for it.
    """

    before: datetime
    runs: int
    reports: OldReports


def forecast_purge(settings: Settings, older_than: timedelta) -> PurgeForecast:
    """Return the effects of a purge of the runs that ended longer ago than ``older_than``. Nothing is changed.

    Raises ``ConfigurationError``.
    """
    before = now() - older_than
    runs: list[Run] = []
    for place in _places(settings):
        with ledger_to_read(place.ledger_place(), clock=now) as ledger:
            runs += ledger.runs() if ledger else []
    due = [run for run in runs if run.purged_at is None and run.last_sign_of_life < before]
    return PurgeForecast(before, len(due), find_old_reports(settings.out, runs, before))


def purge_old_runs(settings: Settings, forecast: PurgeForecast, *, reports: bool) -> PurgeResult:
    """Remove names and addresses from the runs that the forecast counts, and from the sandbox's state.

    If ``reports`` is true, delete the reports of the forecast too, once the runs are purged.

    The ledger of rehearsals is purged too, even if the settings name another ledger. Temporary files of killed runs are
    removed at any age. Later runs still know which people the purged runs invited, and do not invite them again. Raises
    ``ConfigurationError``, ``DestinationHeld`` and ``ReportNotWritten``.
    """
    before, rehearsal = forecast.before, _rehearsal(settings)
    purged = [_purge_ledger(each, before) for each in _places(settings) if _is_there(each)]
    rehearsed = purge_sandbox(rehearsal.service_state(), before)
    if reports:
        forecast.reports.delete()
    for each in (settings, rehearsal):
        remove_dead_scratch(each.state_folder())
        remove_unfinished(each.state_folder())
    remove_dead_scratch(Path(gettempdir()))
    return PurgeResult(sum(runs for runs, _ in purged), sum(addresses for _, addresses in purged), rehearsed)


def _places(settings: Settings) -> list[Settings]:
    """Return the settings twice: with the ledger that they name, and with the ledger of rehearsals."""
    return [settings] if settings.sandbox else [settings, _rehearsal(settings)]


def _rehearsal(settings: Settings) -> Settings:
    return settings.model_copy(update={"sandbox": True, "ledger": None})


def _is_there(settings: Settings) -> bool:
    """Return whether to open the ledger. Only a ledger of rehearsals that does not exist is left out."""
    place = settings.ledger_place()
    return not settings.sandbox or not isinstance(place, Path) or place.exists()


def _purge_ledger(settings: Settings, before: datetime) -> tuple[int, int]:
    """Purge a ledger's runs that ended before the moment ``before``. Return how many runs and addresses it purged.

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
