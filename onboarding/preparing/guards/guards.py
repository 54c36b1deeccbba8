"""Guards stop a plan that is suspiciously large, useless, or unlike the last good run.

Mails cannot be called back. So before the first mail leaves, the run counts the rows of the plan (``Census``). Some
limits apply to every plan, even in the first run. Other limits compare the plan with the last good run. If the operator
is sure, and confirms the exact number of people to invite, the guards let the plan pass.

A confirmation is for one run only. So the limits for every plan stop the next plan again, and later plans are still
compared with the good run before the confirmed run. But the limits of this comparison let a later plan pass if the plan
is no worse than the confirmed run. For example, people who have left the company stay away in later exports, too. Each
run that passes in this way says so. After three such runs, the guards treat the new level as usual.
"""

from collections.abc import Collection, Iterable, Iterator

from onboarding.model.amounts import people, with_noun
from onboarding.model.guard_limits import GuardLimits
from onboarding.model.run import GuardFigures
from onboarding.preparing.guards.census import Census
from onboarding.preparing.guards.last_runs import NO_RUNS, LastRun, LastRuns
from onboarding.preparing.guards.verdict import (
    NAMED,
    NO_NEW_DOMAINS,
    RUNS_UNTIL_USUAL,
    ApprovedPlan,
    GuardVerdict,
    HitGuard,
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
    ``approved`` is None if no plan was approved before. ``further`` are guards that the plan has hit for reasons other
    than its rows.

    Some people of an approved plan may have been invited since. So the number to confirm is the number in the approved
    plan. Guards that the operator confirmed for the approved plan stay confirmed, if no other guard is hit now.
    """
    approved = approved or ApprovedPlan(census.invites, (), confirmed=False)
    number = approved.invites
    compared, unlike, accepted = _compare(census, last, limits)
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
        emptied=last.emptied,
        held_at_new_domains=new_domains.held,
        new_domains=tuple(new_domains.domains[:NAMED]),
        remedy_flags=remedy if hits and not confirmed and number + held_back else (),
        not_compared="" if compared else last.why_none,
        stopped_before=last.stopped_before,
        accepted=tuple(accepted),
        runs_until_usual=max(RUNS_UNTIL_USUAL - last.accepted - 1, 0) if accepted else 0,
    )


def _compare(
    census: Census, last: LastRuns, limits: GuardLimits
) -> tuple[LastRun | None, list[HitGuard], list[HitGuard]]:
    """Return the run to compare the plan with, the guards that stop the plan, and the guards that let the plan pass.

    A guard may let a plan pass although the plan differs from the last good run. This needs two things: an operator has
    confirmed a later run that hit the same guard, and the plan does not hit the guard in a comparison with this run.

    Without a good run, the plan is compared with the confirmed run. There is one exception: no row of the confirmed run
    could be invited. In the corrected export of such a run, all people are new.
    """
    useless, confirmed = list(_useless(census, limits)), last.confirmed
    told = {hit.guard for hit in useless}
    if last.good is None:
        figures = confirmed.figures if confirmed else GuardFigures()
        measure = confirmed if figures.rejected + figures.excluded < figures.people else None
        return measure, [*useless, *_unlike(census, measure, limits, told)], []
    unlike = _unlike(census, last.good, limits, told)
    if confirmed is None or not unlike:
        return last.good, [*useless, *unlike], []
    still = {hit.guard for hit in _unlike(census, confirmed, limits, told)}
    known = {_kind(guard) for guard in (*confirmed.figures.hits, *confirmed.figures.accepted)}
    accepted = [hit for hit in unlike if hit.guard not in still and _kind(hit.guard) in known]
    hits = [*useless, *(hit for hit in unlike if hit not in accepted)]
    return confirmed if accepted else last.good, hits, accepted


def _kind(guard: str) -> str:
    """Return what a guard counts. For example, ``rejected`` and ``more_rejected`` both count rejected rows."""
    return guard.removeprefix("more_")


def _wrong_number(number: int, confirm: int | None) -> Iterator[HitGuard]:
    if confirm not in (None, number):
        yield HitGuard("confirm", f"{people(number)} would be invited, and not the {confirm:,} of --confirm")


def _too_many(census: Census, limits: GuardLimits) -> Iterator[HitGuard]:
    most = limits.max_invites
    if most is not None and census.invites > most:
        why = f"{people(census.invites)} would be invited, and --max-invites is {most:,}"
        yield HitGuard(f"max_invites {most}", why)


def _useless(census: Census, limits: GuardLimits) -> Iterator[HitGuard]:
    """Yield the guards that a plan hits by itself, without a comparison with earlier runs."""
    for guard, count, limit, words in (
        ("rejected", census.rejected, limits.rejected, "have no usable address"),
        ("held", census.held, limits.held, "are held for a person"),
    ):
        if limit.is_exceeded(count, census.people):
            why = f"{_of(count, census.people)} rows {words}, and at most {limit.share * 100:g}% may"
            yield HitGuard(guard, why, setting=f"--max-{guard}")
    if limits.same_address.is_exceeded(census.at_one_address, census.addresses):
        why = f"{_of(census.at_one_address, census.addresses)} rows have the same address"
        yield HitGuard("same_address", why, setting="--max-same-address")


def _unlike(census: Census, last: LastRun | None, limits: GuardLimits, told: Collection[str]) -> list[HitGuard]:
    """Return the guards that a plan hits because it differs from the run ``last``, or none if there is no such run.

    ``told`` has the names of the guards that the plan hits by itself. A guard that counts the same rows as one of these
    is left out.
    """
    return [hit for hit in _differences(census, last, limits) if _kind(hit.guard) not in told] if last else []


def _differences(census: Census, last: LastRun, limits: GuardLimits) -> Iterator[HitGuard]:
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
        unread, emptied = len(last.missing) - len(last.emptied), len(last.emptied)
        found = ((unread, "missing"), (emptied, "without rows"))
        lacks = ", ".join(f"{with_noun(number, 'source', 'sources')} {what}" for number, what in found if number)
        why = f"{_of(last.gone, last.people)} people of {last.name} are not in the exports"
        yield HitGuard("people_gone", f"{why} ({lacks})" if lacks else why)


def _at_new_domains(census: Census, new: PeopleAtNewDomains, limits: GuardLimits) -> Iterator[HitGuard]:
    if limits.new_domains.is_exceeded(new.people, census.people):
        where = f"at new domains, where no run has invited people before: {few_names(new.domains)}"
        yield HitGuard("new_domain", f"{_of(new.people, census.people)} people are {where}")


def _share(count: int, of: int) -> float:
    return count / of if of else 0.0


def _of(count: int, of: int) -> str:
    return f"{count:,} of {of:,}"
