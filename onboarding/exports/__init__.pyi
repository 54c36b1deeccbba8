"""Exports: what the files of HR systems say, row by row."""

from .export import Export, ExportFacts, open_exports
from .layout.columns import Role
from .lists import read_lists
from .opening import file_digests
from .route_table import read_routes
from .text.splitting import Span, SpanScan
from .words.dates import Dates, no_dates, read_dates
from .words.meanings import SENTINELS, Kind, Meaning, Meanings, meanings

__all__ = [
    "SENTINELS",
    "Dates",
    "Export",
    "ExportFacts",
    "Kind",
    "Meaning",
    "Meanings",
    "Role",
    "Span",
    "SpanScan",
    "file_digests",
    "meanings",
    "no_dates",
    "open_exports",
    "read_dates",
    "read_lists",
    "read_routes",
]
