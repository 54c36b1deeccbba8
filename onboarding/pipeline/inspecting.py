"""Inspect exports offline: how each export is read, and which dispositions its rows would get.

An inspection opens no ledger and asks no service. It reads each export alone. Only a plan shows that a person is also
in another export, or is invited already. ``onboard inspect`` prints the results of this module.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, field, replace
from itertools import islice
from pathlib import Path
from tempfile import gettempdir

import pandas as pd

from onboarding.exports import find_sources, open_exports
from onboarding.model.choices import STANDARD_INPUT
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import InputRefused
from onboarding.model.values import dataclass
from onboarding.pipeline.deciding import exclusion_lists, policy_of
from onboarding.pipeline.named_exports import check_files_of_rules, sheet_choice
from onboarding.pipeline.s3_access import s3_of
from onboarding.preparing import EngineContext, FilterMatches, Policy, Rules, choose_engine
from onboarding.runtime.aws import LazyS3Client
from onboarding.runtime.files import STANDARD_INPUT_NAME
from onboarding.runtime.scratch import private_scratch
from onboarding.settings.settings import Settings

ROWS_SHOWN = 10
"""The number of first rows of an export that an inspection shows with their dispositions."""


MOST_RULES = 5
"""The most rules without a fitting row that an inspection names."""


@dataclass(frozen=True, slots=True)
class InspectedRow:
    """A row, with the ``disposition`` that a plan would give it: ``planned`` for a row that may be invited."""

    row: int
    email_as_given: str = field(repr=False)
    disposition: Disposition
    reason: str
    detail: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedExport:
    """The result of inspecting an export. ``source`` is the export's path or URI.

    ``refused`` is the message with which a run would refuse the export, or empty for an export that can be read.
    ``facts`` has the fields of ``exports.ExportFacts``. ``address_columns`` has a sentence about each column that may
    contain addresses, with the reason why the column is used or not. ``counts`` has the number of rows for each
    disposition. ``rows`` has the first rows. A refused export has no facts, no counts and no rows.
    """

    source: str
    refused: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    address_columns: tuple[str, ...] = ()
    counts: Mapping[Disposition, int] = field(default_factory=dict)
    rows: tuple[InspectedRow, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes about the export: the entry ``notes`` of its facts."""
        notes = self.facts.get("notes", ())
        return tuple(map(str, notes)) if isinstance(notes, tuple) else ()


def inspect_exports(settings: Settings) -> Iterator[InspectedExport]:
    """Inspect the exports that the settings name, one export after the other, and yield the results.

    Raises ``InputRefused`` if a location has no file, or if a list of exclusions cannot be read. Also raises
    ``ConfigurationError``.
    """
    with s3_of(settings) as s3, private_scratch(Path(gettempdir())) as scratch:
        sources = find_sources(settings.exports, s3)
        sheet_choice(settings).check_files([source.name for source in sources])
        check_files_of_rules(settings.filters(), [source.name for source in sources])
        policy = policy_of(settings, exclusion_lists(settings, s3))
        for source in sources:
            try:
                found = _inspected(source.name, settings, policy, s3, scratch)
                notes = (*source.notes, *found.notes)
                yield replace(found, facts={**found.facts, "notes": notes})
            except InputRefused as error:
                yield InspectedExport(source=source.name, refused=str(error))


def _inspected(source: str, settings: Settings, policy: Policy, s3: LazyS3Client, scratch: Path) -> InspectedExport:
    (export,) = open_exports(
        [STANDARD_INPUT if source == STANDARD_INPUT_NAME else source],
        columns=settings.columns(policy.today),
        sheets=sheet_choice(settings),
        encoding=settings.encoding,
        s3=s3,
    )
    prepare = choose_engine("local", None)
    policy = replace(policy, matches=FilterMatches())
    rules = Rules(policy, settings.suspicions(), settings.date_order)
    counts: Counter[Disposition] = Counter()
    first: list[InspectedRow] = []
    for frame in prepare([export], rules, EngineContext(scratch, settings.footprint())):
        fates = frame["disposition"].replace("", Disposition.PLANNED.value)
        counts.update(map(Disposition, fates.tolist()))
        first += islice(_rows(frame.assign(disposition=fates)), ROWS_SHOWN - len(first))
    return InspectedExport(
        source=source,
        facts=asdict(export.facts) | {"notes": (*export.facts.notes, *_about_rules(policy, source))},
        address_columns=tuple(column.in_words for column in export.address_columns),
        counts=dict(counts),
        rows=tuple(first),
    )


def _about_rules(policy: Policy, source: str) -> Iterator[str]:
    """Yield a sentence if values of ``--only`` and ``--skip`` fit no row of the export with the name ``source``."""
    filters = policy.filters.for_source(source)
    unmatched = [entry.shown for entry in policy.matches.unmatched(policy.filters) if entry.rule in filters.rules]
    if unmatched:
        yield f"No row fits {', '.join(unmatched[:MOST_RULES])}{' …' if len(unmatched) > MOST_RULES else ''}."


def _rows(frame: pd.DataFrame) -> Iterator[InspectedRow]:
    columns = ["row", "email_as_given", "disposition", "reason", "detail"]
    for row, email, disposition, reason, detail in frame[columns].itertuples(index=False, name=None):
        yield InspectedRow(row, email, Disposition(disposition), reason, detail)
