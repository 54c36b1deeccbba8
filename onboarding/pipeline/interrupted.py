"""Find the interrupted run that ``onboard resume`` finishes, and its settings in the ledger.

So the operator need not name the account of the run again. A rehearsal with ``--sandbox`` has its own ledger.
"""

from collections.abc import Mapping

from onboarding.ledger import RunHistory
from onboarding.model.errors import ConfigurationError, NothingToResume, RunToBeginAgain, SeveralInterrupted
from onboarding.model.plan import Scope
from onboarding.model.run import Run, now
from onboarding.pipeline.history import endpoint_of, require_run, run_to_resume, went_elsewhere
from onboarding.runtime.endpoints import foreign_endpoint
from onboarding.settings.destination_options import ACCOUNT_OF, FURTHER
from onboarding.settings.settings import Settings, unusual

FROM_RECORD = (*FURTHER, "security_group_column", "region", "profile")
"""The settings that a resumed run copies from its record if the operator has not set them."""


OF_MANY_ACCOUNTS = ("account_column", "routes", "one_file")
"""Further settings that a resumed run to many accounts copies from its record."""


def as_interrupted(settings: Settings, run_id: str | None) -> tuple[Settings, Run | None]:
    """Return the settings for the run to resume, and this run.

    ``run_id`` names the run. None means the interrupted run in the ledger of the settings. The run's record gives its
    destination, account, endpoint, region, AWS profile, and the type or group of its new users. Settings that the
    operator has set do not change. If the settings name an account without an interrupted run, return the unchanged
    settings and None.

    Raises ``NothingToResume`` if no run was interrupted, and ``RunToBeginAgain`` if the only interrupted run has sent
    nothing. Raises ``ConfigurationError`` if the ledger has no run ``run_id``, if the account or endpoint of the run
    differs from the settings, or if several runs were interrupted.
    """
    with RunHistory.open(settings.ledger_place(), clock=now) as history:
        run = _interrupted_run(history, settings) if run_id is None else require_run(history, run_id)
    if run is None:
        return settings, None
    if not _may_be_meant(run.scope, settings):
        raise went_elsewhere(run)
    if run.scope.destination not in ACCOUNT_OF:
        raise ConfigurationError(
            f"Run {run.run_id} invited people to the destination {run.scope.destination!r}, which is not installed"
            " here; install it again, or name another run."
        )
    missing = {name: value for name, value in _place_of(run, settings).items() if name not in settings.model_fields_set}
    return settings.with_values(missing), run


def to_name_again(recorded: Mapping[str, object], settings: Settings) -> dict[str, object]:
    """Return the ``recorded`` settings of a run that a command must name to begin the run again.

    ``settings`` are the settings that the command has already. Equal values and defaults are left out.
    """
    present = settings.public()
    return {name: value for name, value in unusual(recorded).items() if value != present.get(name)}


def _interrupted_run(history: RunHistory, settings: Settings) -> Run | None:
    """Return the only interrupted run that fits the settings, or None if a named account has no interrupted run.

    Raises ``NothingToResume`` if no run was interrupted, and ``ConfigurationError`` if several runs were interrupted.
    """
    found: list[Run] = []
    refusals: list[NothingToResume] = []
    for scope in _scopes(history, settings):
        try:
            found.append(run_to_resume(history, scope, run_id=None))
        except NothingToResume as error:
            refusals.append(error)
    wholes = {run.run_id for run in found if not run.scope.account}
    found = [run for run in found if run.whole_id not in wholes]
    if len(found) > 1:
        named = ", ".join(f"{run.run_id} ({_words_for(run.scope)})" for run in found)
        several = SeveralInterrupted(f"Several runs were interrupted; name one of them: {named}.")
        several.run_id = found[0].run_id
        raise several
    waiting = {error.run_id: error for error in refusals if isinstance(error, RunToBeginAgain)}
    parts = [run_id for run_id in waiting if run_id.rpartition("-")[0] in waiting]
    if not found and (begun := [error for run_id, error in waiting.items() if run_id not in parts]):
        raise begun[0]
    if found or settings.account is not None:
        return next(iter(found), None)
    raise refusals[0] if refusals else NothingToResume("The ledger has no interrupted run; nothing to resume.")


def _scopes(history: RunHistory, settings: Settings) -> list[Scope]:
    """Return the accounts that fit the settings, the account of the latest run first.

    If there are runs to exactly the account and endpoint of the settings, other endpoints of this account are left out.
    """
    scopes = [scope for scope in dict.fromkeys(run.scope for run in history.runs()) if _may_be_meant(scope, settings)]
    if settings.account is None or settings.sandbox:
        return scopes
    exact = Scope(settings.destination, settings.account, endpoint_of(settings) or "")
    return [exact] if exact in scopes else scopes


def _may_be_meant(scope: Scope, settings: Settings) -> bool:
    """Return whether this account and endpoint fit the settings.

    If the settings leave out the account, the destination or the endpoint, any value fits.
    """
    is_named = settings.account is not None or "destination" in settings.model_fields_set
    endpoint = foreign_endpoint(settings.endpoint_url) if settings.endpoint_url else scope.endpoint
    return (
        settings.account in (None, scope.account)
        and endpoint == scope.endpoint
        and (not is_named or settings.destination == scope.destination)
    )


def _place_of(run: Run, settings: Settings) -> Mapping[str, object]:
    """Return the settings that name the account of a run and the way to reach it.

    If a variable of AWS named the endpoint of the run, the result has the endpoint of the record. The sandbox has its
    own endpoint.
    """
    scope, recorded = run.scope, run.settings
    endpoint = None if settings.sandbox else recorded.get("endpoint_url") or scope.endpoint
    place = {"destination": scope.destination, ACCOUNT_OF[scope.destination]: scope.account, "endpoint_url": endpoint}
    place |= {name: recorded.get(name) for name in (*FROM_RECORD, *(() if scope.account else OF_MANY_ACCOUNTS))}
    return {name: value for name, value in place.items() if value}


def _words_for(scope: Scope) -> str:
    return f"{scope.destination} {scope.account or 'accounts'}" + (f" at {scope.endpoint}" if scope.endpoint else "")
