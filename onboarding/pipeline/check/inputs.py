"""Can be read what a run is to read?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onboarding.exports import open_exports, read_routes
from onboarding.model.errors import OnboardingError
from onboarding.model.routes import ACCOUNT_PATTERNS
from onboarding.pipeline.check.finding import Check, Finding, ok, refused
from onboarding.preparing import read_exclusions
from onboarding.settings.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Routed:
    """What was found out about routes, if any are wanted: the columns they need, and the accounts they lead to."""

    findings: Sequence[Finding] = ()
    columns: Sequence[str] = ()
    accounts: Sequence[str] = ()


def routes(settings: Settings, s3: "Callable[[], S3Client]") -> Routed:
    """Read the table of routes, if there is one. A column with accounts names these in the exports alone."""
    if settings.account_column:
        return Routed(columns=(settings.account_column,))
    if not settings.routes:
        return Routed()
    try:
        found = read_routes(settings.routes, s3=s3, account=ACCOUNT_PATTERNS[settings.destination])
    except OnboardingError as error:
        return Routed((refused(Check.ROUTES, error, otherwise="mend that table, or name another with --routes"),))
    told = f"{_counted(len(found.table or ()), 'route')} to {_counted(len(found.accounts), 'account')}"
    return Routed((ok(Check.ROUTES, f"{told}, by {', '.join(found.columns)}"),), found.columns, found.accounts)


def exports(settings: Settings, s3: "Callable[[], S3Client]", *, also: Sequence[str] = ()) -> Sequence[Finding]:
    """Look at each export as a run does before it reads on, if any is named, and for the columns of ``also``."""
    if not settings.exports:
        return ()
    try:
        found = open_exports(
            settings.exports,
            email_column=settings.email_column,
            also=also,
            sheet=settings.sheet,
            encoding=settings.encoding,
            block_bytes=settings.footprint().block_bytes,
            s3=s3,
        )
    except OnboardingError as error:
        return (refused(Check.EXPORTS, error, otherwise="mend that export, or name another"),)
    return (ok(Check.EXPORTS, f"{_counted(len(found), 'file')}, each with a column of addresses"),)


def exclusions(settings: Settings, s3: "Callable[[], S3Client]") -> Sequence[Finding]:
    """Read the lists of whom to leave out, if any is named."""
    if not settings.exclude:
        return ()
    try:
        found = read_exclusions(settings.exclude, s3=s3)
    except OnboardingError as error:
        return (refused(Check.EXCLUSIONS, error, otherwise="mend that list, or name another with --exclude"),)
    addresses, ids = _counted(len(found.keys), "address", "es"), _counted(len(found.employee_ids), "employee id")
    return (ok(Check.EXCLUSIONS, f"{addresses} and {ids} to leave out"),)


def _counted(count: int, one: str, many: str = "s") -> str:
    return f"{count:,} {one}{'' if count == 1 else many}"
