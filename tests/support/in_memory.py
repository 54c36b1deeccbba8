"""Exports in memory, for tests that touch no disk."""

from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from onboarding.exports.export import Export
from onboarding.exports.export_facts import ExportFacts
from onboarding.exports.layout.table_choice import readable_table
from onboarding.exports.sources.source import Digest
from onboarding.exports.text.text_table import TextTable
from onboarding.model.choices import USUAL_FOOTPRINT


@dataclass(frozen=True, slots=True)
class InMemory:
    """A source whose bytes are in memory."""

    content: bytes
    name: str = "staff.csv"
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def modified_at(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    @property
    def identity(self) -> Hashable:
        return self.name

    def head(self, size: int) -> bytes:
        return self.content[:size]

    def blocks(self, size: int, digest: Digest) -> Iterator[bytes]:
        digest.update(self.content)
        yield from (self.content[start : start + size] for start in range(0, len(self.content), size))

    def span(self, start: int, stop: int, size: int) -> Iterator[bytes]:
        stop = min(stop, len(self.content))
        yield from (self.content[at : min(at + size, stop)] for at in range(start, stop, size))

    def as_file(self) -> AbstractContextManager[Path]:
        raise NotImplementedError("text is read in order")


def export_of(
    source: InMemory,
    *,
    block_bytes: int = USUAL_FOOTPRINT.block_bytes,
    encoding: str | None = None,
    email_column: str | None = None,
) -> Export:
    """Return a text as an export that is read ``block_bytes`` at a time."""
    table = TextTable(source, encoding=encoding, block_bytes=block_bytes)
    return Export(source, *readable_table([table], email_column=email_column))


def read(
    text: str | bytes, *, encoding: str | None = None, email_column: str | None = None
) -> tuple[pd.DataFrame, ExportFacts]:
    """Return all rows of a text, and the facts of how it was read."""
    source = InMemory(text if isinstance(text, bytes) else text.encode())
    export = export_of(source, encoding=encoding, email_column=email_column)
    return pd.concat(export.batches(0)), export.facts
