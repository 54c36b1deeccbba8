"""Short ways to find what policy decides about the rows of an export, for tests of columns and words."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
from in_memory import InMemory

from onboarding.addresses.normalise import normalise
from onboarding.exports.export import Export
from onboarding.exports.layout.table_choice import readable_table
from onboarding.exports.text.text_table import TextTable
from onboarding.model.choices import ColumnOptions
from onboarding.preparing.policy import Policy, decide_candidates
from onboarding.preparing.wording import Wording

TODAY = date(2026, 11, 22)
OPTIONS = ColumnOptions(today=TODAY)


def export_of_text(text: str | bytes, options: ColumnOptions = OPTIONS) -> Export:
    """Return a text as an export. Raises ``Unreadable`` if there is a question about it."""
    source = InMemory(text if isinstance(text, bytes) else text.encode())
    table = TextTable(source, encoding=None, block_bytes=2**20)
    return Export(source, *readable_table([table], email_column=options.email, options=options))


def fates_of_text(text: str | bytes, options: ColumnOptions = OPTIONS) -> list[str]:
    """Return for each row ``planned``, or why the row is not planned."""
    return fates_of_export(export_of_text(text, options), options)


def fates_of_export(export: Export, options: ColumnOptions = OPTIONS) -> list[str]:
    """Return for each row of an export ``planned``, or why the row is not planned."""
    policy = Policy(today=TODAY, status_words=options.status_words)
    order = export.date_order(today=TODAY)
    frames: Sequence[pd.DataFrame] = [
        decide_candidates(
            normalise(frame), policy, Wording(names=export.facts.columns, date_order=order, codes=export.codes)
        )
        for frame in export.batches(0)
    ]
    decided = pd.concat(frames)
    return [reason or disposition or "planned" for disposition, reason in decided[["disposition", "reason"]].to_numpy()]
