"""Guards, which stop a plan that is suspiciously large, useless, or unlike the last good run.

Mails cannot be called back. So before the first mail leaves, the run counts the rows of the plan (``Census``). Some
limits hold for every plan, from the first run on. Other limits compare the plan with the last good run. If the operator
is sure, and confirms the exact number of people to invite, the guards let the plan pass.

A run that hit a guard is no measure for later runs, even if the operator confirmed it. But the guards do not ask for
the same confirmation again: a later plan also passes if it is like the confirmed run.
"""

from collections.abc import Iterable, Iterator

from onboarding.model.amounts import people, with_noun
from onboarding.model.guard_limits import GuardLimits
from onboarding.model.run import GuardFigures
from onboarding.preparing.guards.census import Census
from onboarding.preparing.guards.verdict import (
    NAMED,
    NO_NEW_DOMAINS,
    NO_RUNS,
    ApprovedPlan,
    GuardVerdict,
    HitGuard,
    LastRun,
    LastRuns,
    PeopleAtNewDomains,
    few_names,
)


def ask_guards(
    census: Census,
    limits: GuardLimits,
    *,
    confirm: int | None,
    last: LastRuns = NO_RUNS,
    new_domains: PeopleAtNewDomains = NO_NEW_DOMAINS,
    approved: ApprovedPlan | None = None,
    further: Iterable[HitGuard] = (),
) -> GuardVerdict:
    """Return the guards' verdict: whether a plan may be sent.

    ``confirm`` is the number that the operator confirms, or None. ``last`` are the runs to compare the plan with.
    ``approved`` is None if no plan was approved before. ``further`` are guards that the plan has hit for other reasons
    than its rows.

    People of an approved plan may have been invited since. So the number to confirm is the number in that plan. If the
    operator confirmed hits of guards with that plan, these hits stay confirmed, as long as no other guard is hit now.
    """
    approved = approved or ApprovedPlan(census.invites, (), confirmed=False)
    number = approved.invites
    compared, unlike = _compare(census, last, limits)
    hits = [*_too_many(census, limits), *unlike, *_at_new_domains(census, new_domains, limits), *further]
    found = {hit.guard for hit in hits}
    hits = [*_wrong_number(number, confirm), *hits, *(hit for hit in approved.hits if hit.guard not in found)]
    confirmed = confirm == number or (confirm is None and approved.covers(hits))
    held_back = new_domains.held if any(hit.guard == "new_domain" for hit in hits) and new_domains.pass_flags else 0
    remedy = (*(new_domains.pass_flags if held_back else ()), "--confirm", str(number + held_back))
    return GuardVerdict(
        invites=number,
        compared_with=compared.run_id if compared else "",
        knows_domains=new_domains.knows_domains,
        hits=tuple(hits),
        confirmed=confirmed,
        missing=last.missing,
        missing_is_news=last.missing_is_news,
        held_at_new_domains=new_domains.held,
        new_domains=tuple(new_domains.domains[:NAMED]),
        remedy_flags=remedy if hits and not confirmed else (),
        not_compared="" if compared else last.why_none,
        stopped_before=last.stopped_before,
    )


def _compare(census: Census, last: LastRuns, limits: GuardLimits) -> tuple[LastRun | None, list[HitGuard]]:
    """Return the run with which the plan is compared, and the guards that the plan hits in this comparison.

    If an operator has confirmed a run, a plan that is like this run hits no guard. If the confirmed run had no row that
    could be invited, it is no measure for other plans: in a corrected export, all people are new.
    """
    hits = _hits(census, last.good, limits)
    if last.confirmed is None or (last.good and not hits):
        return last.good, hits
    since = _hits(census, last.confirmed, limits, confirmed=last.confirmed.figures)
    figures = last.confirmed.figures
    is_measure = last.good is None and figures.rejected + figures.excluded < figures.people
    return (last.confirmed, since) if is_measure or len(since) < len(hits) else (last.good, hits)


def _hits(
    census: Census, last: LastRun | None, limits: GuardLimits, *, confirmed: GuardFigures | None = None
) -> list[HitGuard]:
    """Return the guards that a plan hits, alone or in comparison with the run ``last``.

    ``confirmed`` are the figures of the run ``last`` if an operator has confirmed it.
    """
    hits = list(_useless(census, limits, confirmed))
    if last is None:
        return hits
    told = {hit.guard for hit in hits}
    return [*hits, *(hit for hit in _unlike(census, last, limits) if hit.guard.removeprefix("more_") not in told)]


def _wrong_number(number: int, confirm: int | None) -> Iterator[HitGuard]:
    if confirm not in (None, number):
        yield HitGuard("confirm", f"{people(number)} would be invited, and not the {confirm:,} of --confirm")


def _too_many(census: Census, limits: GuardLimits) -> Iterator[HitGuard]:
    most = limits.max_invites
    if most is not None and census.invites > most:
        why = f"{people(census.invites)} would be invited, and --max-invites is {most:,}"
        yield HitGuard(f"max_invites {most}", why)


def _useless(census: Census, limits: GuardLimits, confirmed: GuardFigures | None = None) -> Iterator[HitGuard]:
    """Yield the guards that a plan hits whatever earlier runs were like.

    ``confirmed`` are the figures of a run that an operator has confirmed. A plan that is no worse hits no guard.
    """
    before = confirmed or GuardFigures()
    for guard, count, limit, more, earlier, words in (
        ("rejected", census.rejected, limits.rejected, limits.more_rejected, before.rejected, "have no usable address"),
        ("held", census.held, limits.held, limits.more_held, before.held, "are held for a person"),
    ):
        is_as_confirmed = confirmed and _share(count, census.people) <= _share(earlier, before.people) + more.share
        if limit.is_exceeded(count, census.people) and not is_as_confirmed:
            yield HitGuard(guard, f"{_of(count, census.people)} rows {words}, and at most {limit.share * 100:g}% may")
    is_known = "same_address" in before.hits
    if limits.same_address.is_exceeded(census.at_one_address, census.addresses) and not is_known:
        yield HitGuard("same_address", f"{_of(census.at_one_address, census.addresses)} rows have the same address")


def _unlike(census: Census, last: LastRun, limits: GuardLimits) -> Iterator[HitGuard]:
    if not limits.is_partial:
        yield from _gone(last, limits)
        for guard, count, limit, earlier, words in (
            ("rejected", census.rejected, limits.more_rejected, last.figures.rejected, "have no usable address"),
            ("held", census.held, limits.more_held, last.figures.held, "are held for a person"),
            ("excluded", census.excluded, limits.more_excluded, last.figures.excluded, "are left out by policy"),
        ):
            share, before = _share(count, census.people), _share(earlier, last.figures.people)
            if count > limit.number and share > before + limit.share:
                why = f"{share:.0%} of the rows {words}, and it was {before:.0%} in {last.name}"
                yield HitGuard(f"more_{guard}", why)
        yield from _more_filtered(census, last, limits)
    if limits.new.is_exceeded(census.invites, census.people):
        invited = f"{_of(census.invites, census.people)} people would be invited"
        most = f"{limits.new.share * 100:g}% of the people, or {limits.new.number} if that is more"
        yield HitGuard("new_people", f"{invited}, and a run after the first may invite {most}")


def _more_filtered(census: Census, last: LastRun, limits: GuardLimits) -> Iterator[HitGuard]:
    """Yield the guard that a plan hits if the same rules of ``--only`` and ``--skip`` leave out far more rows.

    The words of a column may have changed in the export. After a change of the rules, nothing can be compared.
    """
    rows, rows_before = census.people + census.filtered, last.figures.people + last.figures.filtered
    share, before = _share(census.filtered, rows), _share(last.figures.filtered, rows_before)
    more = limits.more_excluded
    if last.has_same_rules and census.filtered > more.number and share > before + more.share:
        why = f"--only and --skip leave out {share:.0%} of the rows, and it was {before:.0%} in {last.name}"
        yield HitGuard("more_filtered", why)


def _gone(last: LastRun, limits: GuardLimits) -> Iterator[HitGuard]:
    if limits.gone.is_exceeded(last.gone, last.people):
        # Notices repeat this text, and they name no export.
        lacks = f" ({with_noun(len(last.missing), 'source', 'sources')} missing)" if last.missing else ""
        yield HitGuard(
            "people_gone", f"{_of(last.gone, last.people)} people of {last.name} are not in the exports{lacks}"
        )


def _at_new_domains(census: Census, new: PeopleAtNewDomains, limits: GuardLimits) -> Iterator[HitGuard]:
    if limits.new_domains.is_exceeded(new.people, census.people):
        where = f"at new domains, where no run has invited people before: {few_names(new.domains)}"
        yield HitGuard("new_domain", f"{_of(new.people, census.people)} people are {where}")


def _share(count: int, of: int) -> float:
    return count / of if of else 0.0


def _of(count: int, of: int) -> str:
    return f"{count:,} of {of:,}"
