"""The guards of a run to many accounts: those over all rows together, and one message about accounts that were stopped.

The guards look at each account by itself, too, and stop only the accounts that hit a guard. ``onboarding.preparing``
has the guards.
"""

from collections.abc import Collection, Iterable, Mapping

from onboarding.model.dispositions import NOT_PEOPLE, Disposition
from onboarding.model.guard_limits import GuardLimits
from onboarding.model.run import GuardFigures, exports_of, latest_of_same_exports
from onboarding.pipeline.accounts.job import AccountsJob
from onboarding.pipeline.accounts.shares import AccountShare
from onboarding.preparing.guards import ApprovedPlan, Census, GuardVerdict, LastRun, LastRuns, ask_guards
from onboarding.reports import Summary
from onboarding.settings.settings import Settings


def last_whole_run(job: AccountsJob, accounts: Collection[str]) -> LastRuns:
    """Return the last good run to many accounts. ``missing`` in the result has that run's accounts without a row now.

    ``gone`` counts the people of these accounts. The guards look at each account by itself, so only an account without
    a single row would go unnoticed. ``accounts`` are the accounts that have rows now.
    """
    this = job.run
    good = [run for run in job.ledger.runs(this.scope) if run.went_well and run.is_partial == this.is_partial]
    last = latest_of_same_exports(good, this)
    if last is None or this.is_partial:
        return LastRuns()
    parts = job.ledger.runs_of_accounts(last.run_id)
    people = {run.scope.account: count_people(run.counts) for run in parts}
    gone = {account: count for account, count in people.items() if count and account not in accounts}
    missing = tuple(f"account {account}" for account in sorted(gone))
    is_alike = exports_of(last) == exports_of(this)
    of_last = LastRun(last.run_id, GuardFigures(), sum(people.values()), sum(gone.values()), missing, is_alike=is_alike)
    return LastRuns(good=of_last, missing_is_news=bool(gone))


def guard_total(
    settings: Settings,
    last: LastRuns,
    reviewed: Iterable[Census],
    reported: Iterable[Summary],
    approved: ApprovedPlan | None = None,
) -> GuardVerdict:
    """Ask the guards about all rows of a run together, and return their verdict.

    ``approved`` is what an operator has approved with a saved plan, or None without a plan. ``last`` comes from
    ``last_whole_run``. ``reviewed`` has the counts of the accounts with rows to send. ``reported`` are the summaries of
    the other accounts, and of the rows without an account.
    """
    total = Census()
    for census in (*reviewed, *map(census_of, reported)):
        total.invites += census.invites
        total.people += census.people
        total.rejected += census.rejected
        total.held += census.held
    limits = settings.guard_limits().for_all_accounts()
    return ask_guards(total, limits, confirm=settings.confirm, last=last, approved=approved)


def is_for_the_guards(share: AccountShare, limits: GuardLimits) -> bool:
    """Return whether so many of an account's rows (its share) are held or rejected that a guard stops the account.

    If no guard would stop the account, a share without a row to send needs no review.
    """
    counts, people = share.counts, count_people(share.counts)
    rejected, held = (counts.get(each, 0) for each in (Disposition.REJECTED, Disposition.HELD))
    return limits.rejected.is_exceeded(rejected, people) or limits.held.is_exceeded(held, people)


def census_of(part: Summary) -> Census:
    """Return the counts of a part of the report that the guards over all rows look at.

    Rows without an account do not count as held, since the routes may leave them out on purpose.
    """
    held = part.counts.get(Disposition.HELD, 0) if part.scope.account else 0
    return Census(
        invites=part.planned.invites if part.planned else 0,
        people=count_people(part.counts),
        rejected=part.counts.get(Disposition.REJECTED, 0),
        held=held - (part.guards.held_at_new_domains if part.guards else 0),
    )


def count_people(counts: Mapping[Disposition, int] | Mapping[str, int]) -> int:
    """Return how many rows are about a person, from the number of rows for each disposition."""
    return sum(count for disposition, count in counts.items() if disposition not in NOT_PEOPLE)
