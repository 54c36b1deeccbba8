"""Save a plan for ``onboard apply``: make the first line of the plan file, and save the plan of a run to many accounts.

``saved_plan`` has the file itself. A run to one account writes the rows into the file while it reports them. A run to
many accounts takes the rows of all accounts from the ledger, after their review.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from onboarding.exports import file_digests
from onboarding.ledger import PeopleMemory
from onboarding.model.dispositions import Disposition
from onboarding.model.rows import ACCOUNT_COLUMN, DECIDED, TEXT
from onboarding.pipeline.report_lines import plain_counts
from onboarding.pipeline.saved_plan import Header, PlannedAccount, PlanRows
from onboarding.preparing.guards import ACCOUNTS
from onboarding.reports import Summary
from onboarding.runtime.aws import LazyS3Client
from onboarding.runtime.files import make_private_folder
from onboarding.runtime.scratch import unnamed_file
from onboarding.settings.settings import Settings

NOT_SAVED = "The plan was not saved, since not every account could be asked who is there."


def header_of_plan(summary: Summary, settings: Settings, s3: LazyS3Client, parts: Sequence[Summary] = ()) -> Header:
    """Return the header for the plan file, from the settings of the plan and its summary.

    ``parts`` are the summaries of the accounts' runs, or empty for a run to one account. Raises ``InputRefused`` if a
    list of exclusions or the table of routes cannot be read.
    """
    planned, guards = summary.planned, summary.guards
    lists = [*settings.exclude, *filter(None, [settings.routes])]
    return Header(
        run_id=summary.run_id,
        made_at=summary.ended_at.isoformat(),
        version=summary.version,
        destination=summary.scope.destination,
        account="" if parts else summary.scope.account,
        endpoint=summary.scope.endpoint,
        account_name=summary.account_name,
        invites=planned.invites if planned else 0,
        requests=planned.requests if planned else 0,
        seconds=planned.seconds if planned else None,
        counts=plain_counts(summary.counts),
        guards=tuple(hit for hit in guards.hits if hit.guard != ACCOUNTS) if guards else (),
        confirmed=bool(guards and guards.confirmed),
        inputs=summary.inputs,
        lists=file_digests(lists, s3) if lists else {},
        settings=settings.public(),
        accounts=tuple(
            PlannedAccount(part.scope.account, part.planned.invites, part.guards.hits if part.guards else ())
            for part in parts
            if part.planned
        ),
    )


def may_be_saved(counts: Mapping[Disposition, int]) -> bool:
    """Return whether the plan of a run to many accounts may be saved, by its numbers of rows.

    If the service could not be asked who is there in an account, the plan defers the people of this account. Then no
    person can approve the plan, since the deferred people may be there already.
    """
    return not counts.get(Disposition.DEFERRED)


def save_accounts(
    ledger: PeopleMemory, summary: Summary, settings: Settings, s3: LazyS3Client, parts: Sequence[Summary]
) -> None:
    """Save the plan of a run to many accounts, if it may be saved, and if the settings name a file for the plan.

    The ledger has the rows. ``summary`` is the summary of the whole plan, and ``parts`` are the summaries of the
    report's parts. Raises ``InputRefused`` and ``ReportNotWritten``.
    """
    if not settings.save or not may_be_saved(summary.counts):
        return
    rows = (
        frame.assign(**{ACCOUNT_COLUMN: pd.Series(part.scope.account, frame.index, dtype=TEXT)})
        for part in parts
        for frame in ledger.rows(part.run_id)
    )
    with unnamed_file(make_private_folder(settings.state_folder())) as scratch:
        saved = PlanRows(scratch, (*DECIDED, ACCOUNT_COLUMN))
        deque(saved.over(rows), maxlen=0)
        header = header_of_plan(summary, settings, s3, parts)
        saved.write(Path(settings.save), header, ledger.secret)
