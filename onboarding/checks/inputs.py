"""Can be read what a run is to read?"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from onboarding.checks.finding import Check, Finding, ok, refused
from onboarding.errors import OnboardingError
from onboarding.exclusions import read_exclusions
from onboarding.exports import open_exports
from onboarding.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def exports(settings: Settings, s3: "Callable[[], S3Client]") -> Sequence[Finding]:
    """Look at each export as a run does before it reads on, if any is named."""
    if not settings.exports:
        return ()
    try:
        found = open_exports(
            settings.exports,
            email_column=settings.email_column,
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
