"""The verdict of the guards on a run to many accounts. The guards may stop only some of the accounts."""

from collections.abc import Mapping
from dataclasses import replace

from onboarding.model.amounts import with_noun
from onboarding.model.values import dataclass
from onboarding.preparing.guards.verdict import GuardVerdict, HitGuard

ACCOUNTS = "accounts"
"""The name of a guard that replaces, in the verdict on a whole run, all guards that have stopped single accounts."""


@dataclass(frozen=True, slots=True)
class AccountsVerdict(GuardVerdict):
    """The verdict on several accounts if guards stop some of them. People are invited to the other accounts."""

    @property
    def stopped_because(self) -> str:
        """A sentence that names the stopped accounts, and says why nothing is sent to them."""
        return f"Stopped, {self.why}."

    def _remedy_without_people(self, mend: str, accept: str) -> str:
        """Return the remedy for a plan that invites no person to the stopped accounts.

        ``mend`` says how the operator corrects the export, and ``accept`` how the operator lets the plan pass.
        """
        accept = f"{accept}, or leave out the rows of such an account with --skip"
        return f"Nobody would be invited there: {mend} and run again. If the export is right as it is, {accept}."


def verdict_on_accounts(
    total: GuardVerdict, verdicts: Mapping[str, GuardVerdict], of: int, *, confirm: int | None, counts_all: bool = False
) -> GuardVerdict:
    """Return one verdict about all accounts, which names the first account that a guard has stopped.

    ``total`` is the verdict on all rows together, which does not stop the run. ``verdicts`` has the verdict on each
    account whose rows were reviewed, and ``of`` is the number of accounts with rows to send. If ``confirm`` is the
    number of people to invite in all, the operator has confirmed all accounts. If ``counts_all``, the next command
    counts the people of all accounts again, as after a plan. Otherwise this run has invited people to the other
    accounts, and the next command counts only the people of the stopped accounts.
    """
    stopped = {account: verdict for account, verdict in verdicts.items() if verdict.is_stopped}
    invites = sum(verdict.invites for verdict in verdicts.values())
    accepted = tuple(
        replace(hit, why=f"{account}: {hit.why}") for account, verdict in verdicts.items() for hit in verdict.accepted
    )
    until_usual = max((verdict.runs_until_usual for verdict in verdicts.values()), default=0)
    if not stopped:
        return replace(total, accepted=accepted, runs_until_usual=until_usual)
    account, first = next(iter(stopped.items()))
    why = f"nothing sent to {len(stopped):,} of {with_noun(of, 'account', 'accounts')} ({account}: {first.why})"
    notice_why = why.replace(first.why, first.notice_why)
    settings = " and ".join(dict.fromkeys(hit.setting for each in stopped.values() for hit in each.hits if hit.setting))
    passing = next((verdict.remedy_flags[:-2] for verdict in stopped.values() if verdict.remedy_flags[2:]), ())
    number = invites if counts_all else sum(verdict.invites for verdict in stopped.values())
    if passing:
        number += sum(verdict.held_at_new_domains for verdict in verdicts.values())
    return AccountsVerdict(
        invites=number,
        compared_with="",
        knows_domains=True,
        hits=(HitGuard(ACCOUNTS, why, notice_why, settings),),
        confirmed=confirm == invites,
        missing=total.missing,
        missing_is_news=total.missing_is_news,
        emptied=total.emptied,
        remedy_flags=() if confirm == invites or not number else (*passing, "--confirm", str(number)),
        accepted=accepted,
        runs_until_usual=until_usual,
    )
