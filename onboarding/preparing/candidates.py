"""What do the rows of an export, or of a part of one, come to by themselves?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from onboarding.addresses import MOST_DOMAINS, SuspicionScan, normalise
from onboarding.exports import Export
from onboarding.model.choices import DateOrder
from onboarding.model.dispositions import Reason
from onboarding.model.routes import Routes
from onboarding.model.rows import AS_READ
from onboarding.preparing.duplicates import Duplicates
from onboarding.preparing.policy import Policy, Wording, decide_candidates
from onboarding.preparing.routing import ACCOUNT, route
from onboarding.runtime.prefetch import prefetch

KEPT = (*AS_READ, "email", "key")
"""What is needed of rows from here on; the columns that policy asks for have told all they have to tell."""


@dataclass(frozen=True, slots=True)
class Rules:
    """By what rows are decided: whom policy keeps out, for which suspicions rows are held, and how dates are read.

    ``date_order`` is ``None`` where each export tells. ``routes`` say to which of many accounts a row goes.
    """

    policy: Policy
    holds: frozenset[Reason]
    date_order: DateOrder | None = None
    routes: Routes | None = None

    def of(self, export: Export) -> "Rules":
        """Return the rules with the date order of an export, which may be read for it. Raises ``InputRefused``."""
        return replace(self, date_order=self.date_order or export.date_order(today=self.policy.today))

    def suspicions(self, *, most_domains: float = MOST_DOMAINS) -> SuspicionScan:
        """Return what holds suspicious rows; ``most_domains`` of an export are counted."""
        return SuspicionScan(self.holds, allowed_domains=self.policy.allowed_domains, most_domains=most_domains)


def candidates(
    export: Export,
    rules: Rules,
    suspicions: SuspicionScan,
    duplicates: Duplicates,
    *,
    position: int = 0,
    rows_before: int = 0,
) -> Iterator[pd.DataFrame]:
    """Yield the rows of an export as frames of ``KEPT``, having noted what only the whole input can tell of them.

    Where there are routes, they have the column ``routing.ACCOUNT``, too.

    ``rules`` are those ``of`` the export. ``position`` is that of the first row; ``rows_before`` are those of its file
    before it. Raises ``InputRefused``.
    """
    wording = Wording(names=export.facts.columns, date_order=rules.date_order)
    for normalised in prefetch(map(normalise, export.batches(position, rows_before=rows_before))):
        frame = decide_candidates(normalised, rules.policy, wording)
        if rules.routes:
            frame = route(frame, rules.routes)
        frame = suspicions.note(frame)
        duplicates.note(frame)
        yield frame[list((*KEPT, ACCOUNT) if rules.routes else KEPT)]
