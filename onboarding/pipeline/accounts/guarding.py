"""The guards of a run to many accounts: those over all rows together, and one message about accounts that were stopped.

The guards look at each account by itself, too, and stop only the accounts that hit a guard. ``onboarding.preparing``
has the guards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onboarding.model.amounts import with_noun
from onboarding.model.dispositions import NOT_PEOPLE, Disposition
from onboarding.preparing.guards import Census, GuardVerdict, HitGuard, ask_guards
from onboarding.reports import Summary
from onboarding.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class AccountsVerdict(GuardVerdict):
    """The verdict on several accounts, of which some are stopped. People are invited to the other accounts."""

    @property
    def message(self) -> str:
        """One line that says to which accounts nothing is sent, and what the operator can do."""
        return f"Stopped, {self.why}. {self.remedy}"


def guard_total(settings: Settings, reviewed: Iterable[Census], reported: Iterable[Summary]) -> GuardVerdict:
    """Ask the guards about all rows of a run together, and return their verdict.

    ``reviewed`` has the counts of the accounts with rows to send. ``reported`` are the summaries of the other accounts,
    and of the rows without an account.
    """
    total = Census()
    for census in (*reviewed, *map(census_of, reported)):
        total.invites += census.invites
        total.people += census.people
        total.rejected += census.rejected
        total.held += census.held
    return ask_guards(total, settings.guard_limits(), confirm=settings.confirm)


def census_of(part: Summary) -> Census:
    """Return the counts of a part of the report that the guards over all rows look at.

    Rows without an account do not count as held, since the routes may leave them out on purpose.
    """
    held = part.counts.get(Disposition.HELD, 0) if part.scope.account else 0
    return Census(
        invites=part.planned.invites if part.planned else 0,
        people=sum(count for disposition, count in part.counts.items() if disposition not in NOT_PEOPLE),
        rejected=part.counts.get(Disposition.REJECTED, 0),
        held=held - (part.guards.held_at_new_domains if part.guards else 0),
    )


def verdict_on_accounts(verdicts: Mapping[str, GuardVerdict], of: int, *, confirm: int | None) -> GuardVerdict:
    """Return one verdict about all accounts, which names the first account that a guard has stopped.

    ``verdicts`` has the verdict on each account whose rows were reviewed, and ``of`` is the number of accounts with
    rows to send. All accounts are confirmed together if ``confirm`` is the number of people to invite in all.
    """
    stopped = {account: verdict for account, verdict in verdicts.items() if verdict.is_stopped}
    invites = sum(verdict.invites for verdict in verdicts.values())
    if not stopped:
        return GuardVerdict(invites, "", knows_domains=True, hits=(), confirmed=confirm == invites)
    account, first = next(iter(stopped.items()))
    why = f"nothing sent to {len(stopped):,} of {with_noun(of, 'account', 'accounts')} ({account}: {first.why})"
    passing = next((verdict.remedy_flags[:-2] for verdict in stopped.values() if verdict.remedy_flags[2:]), ())
    number = sum(verdict.invites for verdict in stopped.values())
    if passing:
        number += sum(verdict.held_at_new_domains for verdict in verdicts.values())
    return AccountsVerdict(
        invites=number,
        compared_with="",
        knows_domains=True,
        hits=(HitGuard("accounts", why),),
        confirmed=confirm == invites,
        missing=tuple(dict.fromkeys(name for verdict in verdicts.values() for name in verdict.missing)),
        remedy_flags=() if confirm == invites else (*passing, "--confirm", str(number)),
    )
