"""The guards of a run to many accounts: the guards over all rows together, and one message about stopped accounts.

The guards also check each account by itself, and stop only the accounts that hit a guard. ``onboarding.preparing`` has
the guards.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from onboarding.ledger import PeopleMemory
from onboarding.model.dispositions import NOT_PEOPLE, Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.guard_limits import GuardLimits
from onboarding.model.run import GuardFigures, Run, exports_of, have_same_exports, latest_of_same_exports
from onboarding.pipeline.baseline import RUNS_OF_THE_SAME_EXPORTS, Inputs, missing_exports
from onboarding.pipeline.review_result import ReviewResult
from onboarding.preparing.guards import ApprovedPlan, Census, GuardVerdict, LastRun, LastRuns, ask_guards
from onboarding.reports import Summary
from onboarding.settings.settings import Settings


def last_whole_run(history: PeopleMemory, run: Run, inputs: Inputs, accounts: Collection[str]) -> LastRuns:
    """Return the last good run to many accounts before ``run``, and the accounts and exports that are missing now.

    ``inputs`` are the facts of all exports of ``run``, and ``accounts`` are the accounts that have rows now.
    ``missing`` in the result has the accounts without a row now, and the exports that are missing or have lost their
    rows. ``gone`` counts the people of these accounts. This comparison is needed because the guards check only accounts
    with rows.

    A run is good even if guards stopped some of its accounts. Otherwise, if one account is stopped every night, all
    accounts would be compared with an old run.
    """
    this = replace(run, inputs=tuple(inputs))
    good = [each for each in history.runs(this.scope) if _is_measure(each) and each.is_partial == this.is_partial]
    last = latest_of_same_exports(good, this)
    if last is None or this.is_partial:
        return LastRuns()
    parts = history.runs_of_accounts(last.run_id)
    people = {part.scope.account: count_people(part.counts) for part in parts}
    gone = {account: count for account, count in people.items() if count and account not in accounts}
    alike = [each.inputs or () for each in good if have_same_exports(each, this)][:RUNS_OF_THE_SAME_EXPORTS]
    earlier = alike or [last.inputs or ()]
    exports, emptied = missing_exports(earlier, this)
    of_last = LastRun(
        last.run_id,
        GuardFigures(),
        sum(people.values()),
        sum(gone.values()),
        (*(f"account {account}" for account in sorted(gone)), *exports),
        emptied,
        is_alike=exports_of(last) == exports_of(this),
    )
    return LastRuns(good=of_last, missing_is_news=bool(gone) or any(missing_exports(earlier[:1], this)))


def _is_measure(run: Run) -> bool:
    """Return whether a run to many accounts went well, or was stopped by a guard for some of its accounts only."""
    return run.went_well or (run.command != "plan" and run.exit_code == ExitCode.GUARD and run.guards is not None)


def guard_total(
    settings: Settings,
    last: LastRuns,
    reviewed: Iterable[ReviewResult],
    reported: Iterable[Summary],
    approved: ApprovedPlan | None = None,
) -> GuardVerdict:
    """Ask the guards about all rows of a run together, and return their verdict.

    ``approved`` is the saved plan that an operator has approved, or None without a plan. ``last`` comes from
    ``last_whole_run``. ``reviewed`` has the results of the accounts that were reviewed. ``reported`` are the summaries
    of the other accounts, and of the rows without an account.
    """
    total = Census()
    for census in (*(_counted(result.census, result.verdict) for result in reviewed), *map(_census_of, reported)):
        total.invites += census.invites
        total.people += census.people
        total.rejected += census.rejected
        total.held += census.held
    limits = settings.guard_limits().for_all_accounts()
    return ask_guards(total, limits, confirm=settings.confirm, last=last, approved=approved)


def is_for_the_guards(counts: Mapping[Disposition, int], limits: GuardLimits) -> bool:
    """Return whether so many of an account's rows are held or rejected that a guard stops the account.

    ``counts`` has the number of the account's rows with each disposition. If no guard would stop the account, and it
    has no row to send, it needs no review.
    """
    people = count_people(counts)
    rejected, held = (counts.get(each, 0) for each in (Disposition.REJECTED, Disposition.HELD))
    return limits.rejected.is_exceeded(rejected, people) or limits.held.is_exceeded(held, people)


def _census_of(part: Summary) -> Census:
    """Return the counts of a part of the report for the guards over all rows.

    Rows without an account do not count as held, since the routes may leave them out on purpose.
    """
    held = part.counts.get(Disposition.HELD, 0) if part.scope.account else 0
    census = Census(
        invites=part.planned.invites if part.planned else 0,
        people=count_people(part.counts),
        rejected=part.counts.get(Disposition.REJECTED, 0),
        held=held - (part.guards.held_at_new_domains if part.guards else 0),
    )
    return _counted(census, part.guards)


def _counted(census: Census, verdict: GuardVerdict | None) -> Census:
    """Return the counts of an account without its useless rows, if a guard stops the account because of these rows.

    The verdict on the account names these rows already. So these rows need not stop the other accounts every night.
    """
    if verdict is None or not any(hit.setting for hit in verdict.hits if verdict.is_stopped):
        return census
    useful = census.people - census.rejected - census.held
    return Census(invites=census.invites, people=useful)


def count_people(counts: Mapping[Disposition, int] | Mapping[str, int]) -> int:
    """Return how many rows are about a person, from the number of rows for each disposition."""
    return sum(count for disposition, count in counts.items() if disposition not in NOT_PEOPLE)
