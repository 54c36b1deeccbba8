"""Make all checks of ``onboard check``: settings, ledger, lock, output, routes, exports, exclusions, and the service.

The checks of credentials, region, endpoint, clock and account are in ``service``. ``findings`` has the answers, their
display and the exit code. The command itself is in ``onboarding.cli``.

A check changes nothing. It makes no ledger, takes no lock, and neither makes nor removes a sandbox. It removes the
folder that it makes to test the output.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from secrets import token_hex

from onboarding import exports, preparing
from onboarding.ledger import UnknownRequest, check_folder, find_holder, find_unknown_use, inspect_ledger
from onboarding.model.errors import LedgerBehind, OnboardingError
from onboarding.model.plan import Scope
from onboarding.model.values import dataclass
from onboarding.pipeline.check.findings import Check, Finding, bad, ok, refused, skipped, warn
from onboarding.pipeline.check.service import check_credentials, check_region, check_service
from onboarding.pipeline.ledger_age import check_ledger_age
from onboarding.pipeline.s3_access import s3_of
from onboarding.reports import open_folder
from onboarding.runtime.aws import LazyS3Client
from onboarding.runtime.descriptors import IS_POSIX
from onboarding.runtime.destination_registry import destinations
from onboarding.runtime.memory_limits import can_limit_memory
from onboarding.runtime.s3 import SCHEME
from onboarding.settings.options import account_flags
from onboarding.settings.receivers import check_services
from onboarding.settings.settings import Settings

ORIGIN_NAMES = {
    "flag": "flags",
    "environment": "the environment",
    "credentials": "credentials",
    "secret": "the AWS secret",  # a word for people  # nosec B105
    "file": "the file of settings",
}
"""The words for the origin of a setting. An origin that is not in this table is the name of a file."""

DEFAULT = "default"

NO_LIMITS = "this system cannot limit memory, so read no workbook or Parquet file of strangers"

GROUP_AND_OTHERS = 0o077
"""The mode bits of group and others. Neither may have access to a ledger, because a ledger contains addresses."""


@dataclass(frozen=True, slots=True)
class CheckedRoutes:
    """The findings about routes, the columns that the routes need, and the accounts that the routes name."""

    findings: Sequence[Finding] = ()
    columns: Sequence[str] = ()
    accounts: Sequence[str] = ()


def check_run(settings: Settings, origins: Mapping[str, str]) -> list[Finding]:
    """Check all that a run with these settings needs, and return the findings. A bad finding does not end the checks.

    ``origins`` has the origin of each setting that differs from its default: ``flag``, ``environment`` or the name of a
    file.
    """
    with s3_of(settings) as s3:
        credentials = check_credentials(settings)
        routed = check_routes(settings, s3)
        service = check_service(settings, credentials, routed.accounts)
        return [
            check_configuration(settings, origins),
            credentials,
            *check_region(settings),
            *service.findings,
            check_ledger(settings),
            check_lock(settings, service.scope),
            *check_scheduler(settings),
            check_output(settings, s3),
            *routed.findings,
            *check_exports(settings, s3, routing_columns=routed.columns),
            *check_exclusions(settings, s3),
        ]


def check_configuration(settings: Settings, origins: Mapping[str, str]) -> Finding:
    """Return a finding about the settings.

    The finding names the origins of the settings, and says whether the settings name one account, many accounts or the
    sandbox. It does not show values, since the URL of a ledger may contain a password.
    """
    parts = [
        f"{', '.join(sorted(names))} from {ORIGIN_NAMES.get(origin, origin)}"
        for origin in dict.fromkeys([*ORIGIN_NAMES, *sorted(origins.values())])
        if origin != DEFAULT and (names := [name for name, found in origins.items() if found == origin])
    ]
    parts.append("the rest are defaults" if parts else "all settings are defaults")
    message = "; ".join(parts if can_limit_memory() else [*parts, NO_LIMITS])
    if settings.account is None and not settings.sandbox and not settings.is_to_many_accounts:
        return bad(
            Check.CONFIGURATION,
            f"no account is named ({message})",
            f"name it with {account_flags()}, or add --sandbox",
        )
    try:
        if locks := settings.lock_folder():
            check_folder(locks)
        check_services(settings.notify)
    except OnboardingError as error:
        return refused(Check.CONFIGURATION, error, otherwise="name another folder with --locks")
    return ok(Check.CONFIGURATION, message)


def check_ledger(settings: Settings) -> Finding:
    """Return a finding that says whether the ledger can be used, and when a run last went well.

    The check does not make a missing ledger.
    """
    try:
        found = inspect_ledger(settings.ledger_place())
    except OnboardingError as error:
        return refused(Check.LEDGER, error, otherwise="see to it, or name another with --ledger")
    if not found.is_there:
        return ok(Check.LEDGER, f"none yet; the first run makes it: {found.name}")
    if found.file and (open_to_others := _open_to_others(found.file)):
        return warn(Check.LEDGER, f"others may get at {open_to_others}", "take it from them with chmod go=")
    last = f"last good run {found.last_good:%Y-%m-%d %H:%M} UTC" if found.last_good else "no good run yet"
    return ok(Check.LEDGER, f"{found.name}; {last}")


def check_lock(settings: Settings, scope: Scope | None) -> Finding:
    """Return a finding that says whether the destination is free, or which run holds it. The lock is not taken.

    ``scope`` is the destination, account and endpoint, or None if they are not known.
    """
    try:
        if scope is None:  # without a ledger, no run can hold a destination
            is_there = inspect_ledger(settings.ledger_place()).is_there
            why = "each account has its own" if settings.is_to_many_accounts else "the destination is not known"
            return skipped(Check.LOCK, why) if is_there else ok(Check.LOCK, "free")
        holder = find_holder(settings.ledger_place(), scope)
        locks = settings.lock_folder()
        found = find_unknown_use(settings.ledger_place(), scope, locks) if locks else None
    except OnboardingError:
        return skipped(Check.LOCK, "the ledger cannot be used")
    if holder:
        return bad(Check.LOCK, f"held by another run: {holder}", "wait until it has ended, or stop it")
    share = "let all runs to one account share one ledger (--ledger)"
    if found and found.holder:
        why = f"held by another run with another ledger: {found.holder}"
        return bad(Check.LOCK, why, f"wait until it ends; {share}")
    if found and found.request:
        return _unknown_request(found.request, settings, share)
    return ok(Check.LOCK, f"free; {share}" if locks else "free")


def _unknown_request(request: UnknownRequest, settings: Settings, share: str) -> Finding:
    """Return a finding about a request of this machine that the ledger lacks. ``share`` is advice about ledgers."""
    try:
        check_ledger_age(request, settings.resend_after_seconds)
    except LedgerBehind as error:
        return refused(Check.LOCK, error, otherwise=share)
    if request.is_own:
        return warn(Check.LOCK, "free, but the ledger is an older copy", "restore the latest copy, if there is one")
    return warn(Check.LOCK, "free, but the last run from this machine used another ledger", share)


def check_scheduler(settings: Settings) -> Sequence[Finding]:
    """Connect to the Dask scheduler, and return a finding about its workers, or no finding if no scheduler is named."""
    if settings.scheduler is None:
        return ()
    try:
        with preparing.dask_workers(settings.scheduler, settings.state_folder()) as workers:
            return (ok(Check.SCHEDULER, f"its workers have {_counted(workers.threads, 'thread')} and this code"),)
    except OnboardingError as error:
        return (refused(Check.SCHEDULER, error, otherwise="name another scheduler, or start its workers"),)


def check_output(settings: Settings, s3: LazyS3Client) -> Finding:
    """Test whether reports can be written, and return a finding about it.

    The test makes a folder and removes it. For a place in S3, it begins an upload and abandons it. If the folder of
    ``--out`` is missing, its nearest existing parent is tested, and no missing folder is made.
    """
    out = settings.out
    place = out if out.startswith(SCHEME) else str(_nearest(Path(out)))
    try:
        with open_folder(place, f"check-{token_hex(3)}", s3):
            pass
    except OnboardingError as error:
        return refused(Check.OUTPUT, error, otherwise="name another folder with --out")
    if place in (out, str(Path(out))):
        return ok(Check.OUTPUT, f"{out} takes reports")
    return ok(Check.OUTPUT, f"none yet; the first run makes it: {out}")


def check_routes(settings: Settings, s3: LazyS3Client) -> CheckedRoutes:
    """Read the table of routes, if the settings name one. Return its findings, accounts and columns.

    If the settings name no table, only the exports name the accounts.
    """
    if settings.account_column:
        return CheckedRoutes(columns=(settings.account_column,))
    if not settings.routes:
        return CheckedRoutes()
    pattern = destinations()[settings.destination].account.pattern
    try:
        found = exports.read_routes(settings.routes, s3=s3, account=pattern)
    except OnboardingError as error:
        advice = "mend that table, or name another with --routes"
        return CheckedRoutes((refused(Check.ROUTES, error, otherwise=advice),))
    counts = f"{_counted(len(found.table or ()), 'route')} to {_counted(len(found.accounts), 'account')}"
    return CheckedRoutes((ok(Check.ROUTES, f"{counts}, by {', '.join(found.columns)}"),), found.columns, found.accounts)


def check_exports(settings: Settings, s3: LazyS3Client, *, routing_columns: Sequence[str] = ()) -> Sequence[Finding]:
    """Open each export without reading its rows, and return a finding for each export.

    The finding says whether the export has a column of addresses and the ``routing_columns``.
    """
    if not settings.exports:
        return ()
    from onboarding.pipeline.named_exports import named_exports  # noqa: PLC0415 - loads pandas

    try:
        found = named_exports(settings, s3, routing_columns=routing_columns)
    except OnboardingError as error:
        return (refused(Check.EXPORTS, error, otherwise="mend that export, or name another"),)
    return (ok(Check.EXPORTS, f"{_counted(len(found), 'file')}, each with a column of addresses"),)


def check_exclusions(settings: Settings, s3: LazyS3Client) -> Sequence[Finding]:
    """Read the lists of exclusions, and return a finding. If the settings name no lists, return no finding."""
    if not settings.exclude:
        return ()
    try:
        found = preparing.ExclusionLists.read(settings.exclude, s3=s3).exclusions
    except OnboardingError as error:
        return (refused(Check.EXCLUSIONS, error, otherwise="mend that list, or name another with --exclude"),)
    addresses, ids = _counted(len(found.keys), "address", "es"), _counted(len(found.employee_ids), "employee id")
    return (ok(Check.EXCLUSIONS, f"{addresses} and {ids} to leave out"),)


def _open_to_others(file: Path) -> str:
    """Return the path and mode of the ledger's file or folder if group or others may open it, else an empty text.

    On Windows, modes do not say who may open a file, so the text is always empty there.
    """
    for path in (file, file.parent):
        mode = stat.S_IMODE(path.stat().st_mode)
        if IS_POSIX and mode & GROUP_AND_OTHERS:
            return f"{path} (mode {mode:04o})"
    return ""


def _nearest(folder: Path) -> Path:
    """Return ``folder`` or, if it is missing, its nearest parent that exists.

    The first run makes the missing folders in that parent.
    """
    # A broken link counts as existing, because no folder can be made in its place.
    return next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)


def _counted(count: int, noun: str, plural: str = "s") -> str:
    return f"{count:,} {noun}{'' if count == 1 else plural}"
