"""A small export is read once, though the order of its dates must be known before its first row is decided."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import pandas as pd
from in_memory import InMemory, export_of

from onboarding.exports.export import FEW_BYTES
from onboarding.exports.sources.source import Digest

HEADER = "email,employee id,start date\n"


@dataclass(frozen=True, slots=True)
class CountedReadings(InMemory):
    """A source that counts how often it is read from its start to its end."""

    readings: list[str] = field(default_factory=list)

    def blocks(self, size: int, digest: Digest) -> Iterator[bytes]:
        self.readings.append(self.name)
        yield from InMemory.blocks(self, size, digest)


def test_small_export_is_read_once():
    source = CountedReadings(f"{HEADER}ana@example.com,1,13/05/2026\n".encode())
    export = export_of(source)

    order = export.date_order(today=date(2026, 11, 27))
    (rows,) = export.batches(0)

    assert order == "dmy"
    assert rows["email_as_given"].tolist() == ["ana@example.com"]
    assert export.facts.rows == 1
    assert len(source.readings) == 1


def test_second_reading_of_a_small_export_has_its_rows_again():
    export = export_of(CountedReadings(f"{HEADER}ana@example.com,1,13/05/2026\n".encode()))
    export.date_order(today=date(2026, 11, 27))

    first, second = (pd.concat(export.batches(0)) for _ in range(2))

    assert first.equals(second)


def test_large_export_is_not_held_in_memory():
    lines = "".join(f"ana{number}@example.com,{number},13/05/2026\n" for number in range(FEW_BYTES // 20))
    source = CountedReadings((HEADER + lines).encode())
    export = export_of(source)

    export.date_order(today=date(2026, 11, 27))
    rows = sum(map(len, export.batches(0)))

    assert rows == FEW_BYTES // 20
    assert len(source.readings) == 2
