"""Open the exports that the settings name, with the sheets and rows that the settings choose, and read the routes."""

from collections.abc import Sequence

from onboarding.exports import Export, SheetChoice, open_exports, read_routes
from onboarding.model.errors import ConfigurationError
from onboarding.model.filters import Filters, shortened_rule
from onboarding.model.routes import Routes
from onboarding.model.run import local_day, now
from onboarding.pipeline.answered_workbooks import is_workbook
from onboarding.pipeline.freshness import refuse_old_exports
from onboarding.runtime.aws import LazyS3Client
from onboarding.runtime.destination_registry import destinations
from onboarding.settings.options import account_flag
from onboarding.settings.settings import Settings


def named_exports(settings: Settings, s3: LazyS3Client, *, routing_columns: Sequence[str] = ()) -> tuple[Export, ...]:
    """Open the exports that the settings name. Each export must have the columns that ``routing_columns`` names.

    Each export must also have the column with the people's groups, if the settings name this column.

    Raises ``InputRefused`` and ``ConfigurationError``.
    """
    sheets = sheet_choice(settings)
    exports = open_exports(
        settings.exports,
        columns=settings.columns(local_day()),
        routing_columns=tuple(dict.fromkeys((*routing_columns, *group_columns(settings)))),
        sheets=sheets,
        encoding=settings.encoding,
        footprint=settings.footprint(),
        s3=s3,
    )
    sheets.check_files([export.source for export in exports])
    if not all(map(is_workbook, exports)):  # the nightly settings apply to workbooks, too
        check_files_of_rules(settings.filters(), [export.source for export in exports])
    refuse_old_exports(exports, settings.max_export_age, now())
    return exports


def named_routes(settings: Settings, s3: LazyS3Client) -> Routes:
    """Return the routes of a run, which choose each row's account by a table of routes or a column of the exports.

    Raises ``ConfigurationError`` if the settings name one account for all rows, and ``InputRefused`` if the table
    cannot be read.
    """
    if settings.account:
        flag = account_flag(settings.destination)
        raise ConfigurationError(f"{flag} is for a run to one account; drop it, or --account-column or --routes.")
    account = destinations()[settings.destination].account.pattern
    if settings.routes:
        return read_routes(settings.routes, s3=s3, account=account)
    return Routes((str(settings.account_column),), account)


def check_files_of_rules(filters: Filters, sources: Sequence[str]) -> None:
    """Raise ``ConfigurationError`` if a rule of ``--only`` or ``--skip`` names a file that is not among the exports."""
    for rule in filters.rules:
        if not any(map(rule.is_for, sources)):
            raise ConfigurationError(
                f"{rule.shown}: no export is called {shortened_rule(rule.file)!r}; correct the name."
            )


def group_columns(settings: Settings) -> tuple[str, ...]:
    """Return the name of the column with the people's groups, or no name if the settings name no such column."""
    return (settings.security_group_column,) if settings.security_group_column else ()


def check_exports_named(settings: Settings) -> None:
    """Raise ``ConfigurationError`` if the settings name no export, and no account whose members are to be moved."""
    if not settings.exports and not settings.move_from:
        raise ConfigurationError("no export was named: give a file, a folder, a pattern or an s3:// URI")


def sheet_choice(settings: Settings) -> SheetChoice:
    """Return the sheets and rows of workbooks that the settings choose."""
    return SheetChoice(settings.sheet, reads_hidden=settings.hidden_rows == "read")
