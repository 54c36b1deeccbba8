"""The decisions about rows that need no service: policy, lists of exclusions, HR's answers, duplicates and routes.

A run to one account and a run to many accounts decide their rows with the same function.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import pandas as pd

from onboarding.exports import Export
from onboarding.ledger import Ledger
from onboarding.model.dispositions import Reason
from onboarding.model.routes import Routes
from onboarding.model.run import Run, local_day
from onboarding.pipeline.answered_workbooks import WorkbookRows
from onboarding.preparing import Engine, EngineContext, ExclusionLists, Policy, Rules
from onboarding.runtime.aws import LazyS3Client
from onboarding.runtime.logs import get_logger
from onboarding.runtime.progress import ProgressBars
from onboarding.runtime.signals import StopSignal
from onboarding.settings.settings import Settings

log = get_logger()


class DecidingJob(Protocol):
    """The parts of a run's job that the decisions about rows need, in a run to one account or to many accounts."""

    @property
    def run(self) -> Run:
        """The run whose rows are decided."""

    @property
    def settings(self) -> Settings:
        """The settings of the run."""

    @property
    def ledger(self) -> Ledger:
        """The ledger that remembers HR's answers."""

    @property
    def stop(self) -> StopSignal:
        """The request to stop the run."""

    @property
    def bars(self) -> ProgressBars:
        """The progress bars of the run."""


def decided_rows(
    job: DecidingJob, prepare: Engine, exports: Sequence[Export], policy: Policy, *, routes: Routes | None = None
) -> Iterator[pd.DataFrame]:
    """Yield all rows in frames, after the decisions by policy, by HR's answers and by the search for duplicates.

    The rows to send are open. ``routes`` find the account of each row; None is for a run to one account. The ledger
    first remembers the answers in hand-off workbooks among the exports.
    """
    settings = job.settings
    scratch, reading = settings.state_folder(), job.bars.bar("reading")
    context = EngineContext(scratch, settings.footprint(), reading, job.stop.raise_if_stopped)
    workbooks = WorkbookRows.read(exports, job.ledger, job.run.run_id)
    rules = Rules(
        policy,
        settings.suspicions(),
        settings.date_order,
        routes=routes,
        answers=workbooks.book,
        may_be_empty=settings.roster == "partial",
        group_column=settings.security_group_column,
    )
    yield from workbooks.behind_exports(prepare(exports, rules, context))


def exclusion_lists(settings: Settings, s3: LazyS3Client) -> ExclusionLists:
    """Read the lists of exclusions that the settings name. Raises ``InputRefused`` if a list cannot be read."""
    lists = ExclusionLists.read(settings.exclude, s3=s3)
    if settings.exclude:
        exclusions = lists.exclusions
        log.info("exclusions.read", addresses=len(exclusions.keys), employee_ids=len(exclusions.employee_ids))
    return lists


def policy_of(settings: Settings, lists: ExclusionLists) -> Policy:
    """Return the policy from the settings: the rules that choose the people to invite."""
    return Policy(
        today=local_day(),
        starts_before=settings.starts_before,
        filters=settings.filters(),
        allowed_domains=settings.allow_domain,
        denied_domains=settings.deny_domain,
        exclusions=lists.exclusions,
        holds_spellings=Reason.LOOK_ALIKE in settings.suspicions(),
        status_words=settings.status_words,
    )
