"""Find exports of HR systems, read their columns, rows, dates and status words, and read files that operators write."""

from .export import Export
from .export_facts import ExportFacts
from .layout.column_roles import Role
from .open_exports import open_exports
from .open_tables import file_digests, find_sources
from .operator_files import read_lists, read_routes
from .sheet_choice import SheetChoice
from .text.splitting import Span, SpanScan
from .words.codes import CodeSystem, breaks_system, column_words
from .words.dates import ColumnDates, read_dates
from .words.meanings import WordKind, WordMeaning, WordMeanings, word_meanings

__all__ = [
    "CodeSystem",
    "ColumnDates",
    "Export",
    "ExportFacts",
    "Role",
    "SheetChoice",
    "Span",
    "SpanScan",
    "WordKind",
    "WordMeaning",
    "WordMeanings",
    "breaks_system",
    "column_words",
    "file_digests",
    "find_sources",
    "open_exports",
    "read_dates",
    "read_lists",
    "read_routes",
    "word_meanings",
]
