"""Open the exports of a run, find their layouts, and refuse exports that lack a column that a setting names."""

from collections.abc import Mapping, Sequence

from onboarding.exports.export import Export
from onboarding.exports.layout.filter_columns import refuse_missing_columns
from onboarding.exports.layout.table_choice import readable_table
from onboarding.exports.open_tables import find_sources, open_tables
from onboarding.exports.sheet_choice import NO_CHOICE, SheetChoice
from onboarding.exports.tables import refusing_unreadable
from onboarding.model.choices import NO_OPTIONS, USUAL_FOOTPRINT, ColumnOptions, Footprint
from onboarding.runtime.aws import OpenS3


def open_exports(
    locations: Sequence[str] | Mapping[str, str],
    *,
    columns: ColumnOptions = NO_OPTIONS,
    routing_columns: Sequence[str] = (),
    sheets: SheetChoice = NO_CHOICE,
    encoding: str | None = None,
    footprint: Footprint = USUAL_FOOTPRINT,
    s3: OpenS3 | None = None,
) -> tuple[Export, ...]:
    """Open each export at the given locations and find its layout.

    The function reads only the beginning of a text file. A location is a file, a folder, a pattern or an ``s3://`` URI,
    and ``s3`` opens a client of S3. ``find_sources`` finds the files, and its errors reach the caller.

    The further parameters are the same for all files. ``columns`` are the columns that the user named; the job chooses
    the other columns. ``routing_columns`` are the names of the columns that decide about a row's account
    (``rows.ROUTING_PREFIX``). ``sheets`` says which sheets and rows of workbooks the job reads. ``encoding`` is the
    encoding of text files; with ``None``, the job detects the encoding. ``footprint`` is the size of the blocks in
    which the job reads text files, and the number of threads that parse these blocks.

    Raises ``InputRefused`` if a file cannot be read safely, or lacks a column that a rule of ``--only`` or ``--skip``
    names. Raises ``ConfigurationError`` for an unknown encoding.
    """
    exports: list[Export] = []
    filtering = []
    for source in find_sources(locations, s3):
        with refusing_unreadable(source.name):
            tables = open_tables(source, sheets=sheets, encoding=encoding, footprint=footprint)
            table, layout = readable_table(
                tables,
                email_column=columns.email,
                routing_columns=routing_columns,
                options=columns.for_source(source.name),
            )
            exports.append(Export(source, table, layout))
            filtering.append((source.name, layout.header.names, layout.filter_columns))
    refuse_missing_columns(filtering)
    return tuple(exports)
