"""The verdict of the guards on a plan, and the plan that an operator has approved."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Self

from onboarding.model.amounts import people, with_noun
from onboarding.model.errors import ExitCode
from onboarding.model.sent import Ending
from onboarding.model.values import dataclass
from onboarding.preparing.guards.last_runs import EmptiedExport

NAMED = 3
"""The most domains or exports that a message names."""

SAME_BYTES = "same_bytes"
"""The name of the guard against exports that do not change from night to night."""

RUNS_UNTIL_USUAL = 3
"""After this number of runs in a row that are as unusual as a confirmed run, the guards treat such runs as usual."""


def few_names(named: Sequence[str]) -> str:
    """Return a text with a few of the names, and the number of further names."""
    more = f" and {len(named) - NAMED:,} more" if len(named) > NAMED else ""
    return ", ".join(named[:NAMED]) + more


@dataclass(frozen=True, slots=True)
class HitGuard:
    """A guard that a plan has hit, so that the operator must confirm the plan: the guard's name, and the reason.

    ``notice_why`` is the reason for notices, without names of exports. ``notice_why`` is empty if ``why`` names no
    export. ``setting`` is the setting that lets such rows pass on each night, such as ``--max-rejected``. ``setting``
    is empty if the guard compares the plan with an earlier run: then a confirmation is enough for later runs of the
    same kind, too.
    """

    guard: str
    why: str
    notice_why: str = ""
    setting: str = ""


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """The answer of the guards to a plan: the guards that the plan hit, and whether the operator confirmed its invites.

    - ``invites`` is the number of people that an operator may confirm.
    - ``compared_with`` is the id of the run with which the plan was compared, or empty without such a run.
    - ``knows_domains`` says whether the ledger knows the domains at which people were invited before.
    - ``missing`` are the exports of the last good runs that this plan lacks, or in which the plan has no people.
    - ``missing_is_news`` says whether the latest of these runs still had one of the missing exports.
    - ``emptied`` are the missing exports that were read, but have no people now.
    - ``held_at_new_domains`` is the number of people whom the run holds because their domains are new.
    - ``new_domains`` has a few of these domains.
    - ``remedy_flags`` are the words that let a stopped plan pass, or empty.
    - ``not_compared`` says why the plan was not compared with a run.
    - ``stopped_before`` is a sentence about the people whom the run before this one has left out, or empty.
    - ``accepted`` are the guards that let the plan pass only because an operator confirmed an earlier run that was as
      unusual.
    - ``runs_until_usual`` is the number of further runs of this kind after which the guards treat them as usual.
    """

    invites: int
    compared_with: str
    knows_domains: bool
    hits: tuple[HitGuard, ...]
    confirmed: bool
    missing: tuple[str, ...] = ()
    missing_is_news: bool = False
    emptied: tuple[EmptiedExport, ...] = ()
    held_at_new_domains: int = 0
    new_domains: tuple[str, ...] = ()
    remedy_flags: tuple[str, ...] = ()
    not_compared: str = ""
    stopped_before: str = ""
    accepted: tuple[HitGuard, ...] = ()
    runs_until_usual: int = 0

    @property
    def is_stopped(self) -> bool:
        """Whether the guards stop the plan, so that nothing may be sent."""
        return bool(self.hits) and not self.confirmed

    @property
    def message(self) -> str:
        """One line that says why nothing of the plan is sent, and what the operator can do."""
        return f"{self.stopped_because} {self.remedy}"

    @property
    def stopped_because(self) -> str:
        """A sentence that says why nothing of the plan is sent."""
        return f"Stopped, nothing sent: {self.why}."

    @property
    def stopped_in_notices(self) -> str:
        """The same sentence as ``stopped_because``, without the names of exports."""
        return self._without_exports().stopped_because

    @property
    def unread(self) -> tuple[str, ...]:
        """The missing exports that the plan has not read."""
        return self.missing[: len(self.missing) - len(self.emptied)]

    @property
    def missing_in_words(self) -> str:
        """One line that names a few of the missing exports, or an empty text if no export is missing."""
        sentences = [f"Read in the last good runs, and missing now: {few_names(self.unread)}."] if self.unread else []
        sentences += [export.in_words for export in self.emptied[:NAMED]]
        if (more := len(self.emptied) - NAMED) > 0:
            sentences.append(f"{with_noun(more, 'more export has', 'more exports have')} no rows now.")
        return " ".join(sentences)

    @property
    def remedy(self) -> str:
        """What the operator can do about a stopped plan, in words. The text does not contain a whole command.

        If the plan invites no person, an export is probably wrong. So the text begins with the export to correct.
        """
        is_dead_feed = any(hit.guard == SAME_BYTES for hit in self.hits)
        mend = "see that the job in the HR system writes the export again" if is_dead_feed else "correct the export"
        settings = " and ".join(dict.fromkeys(hit.setting for hit in self.hits if hit.setting))
        if number := int(self.remedy_flags[-1]) if self.remedy_flags else self.invites:
            right = f"If that is right, confirm the number of people to invite, {number:,}"
            later = f" The number counts for one run; for later runs, raise {settings}." if settings else ""
            return f"{right}; if not, {mend} and run again.{later}"
        accept = f"raise {settings}" if settings else "accept it in one run with --confirm 0"
        return self._remedy_without_people(mend, accept)

    def _remedy_without_people(self, mend: str, accept: str) -> str:
        """Return the remedy for a plan that invites no person.

        ``mend`` says how the operator corrects the export, and ``accept`` how the operator lets the plan pass.
        """
        return f"Nobody would be invited: {mend} and run again. If the export is right as it is, {accept}."

    @property
    def new_domains_in_words(self) -> str:
        """Two sentences about the people who are held because their domains are new, or an empty text.

        The sentences may name no domain, as for rows that HR has left empty in a workbook.
        """
        if not self.held_at_new_domains:
            return ""
        held = f"{people(self.held_at_new_domains)} {'is' if self.held_at_new_domains == 1 else 'are'} held"
        is_one = len(self.new_domains) == 1
        where = f"at {'a new domain' if is_one else 'new domains'}, where no run has invited people before"
        right = "it is right" if is_one else "they are right"
        names = f": {', '.join(self.new_domains)}" if self.new_domains else ""
        return f"{held} {where}{names}. If {right}, let the people pass with --no-hold new_domain."

    @property
    def confirmed_in_words(self) -> str:
        """A sentence about the guards that the plan hit, if the operator confirmed the plan; else an empty text."""
        return f"Confirmed by --confirm {self.invites}: {self.why}." if self.hits and self.confirmed else ""

    @property
    def confirmed_in_notices(self) -> str:
        """The same sentence as ``confirmed_in_words``, without the names of exports."""
        return self._without_exports().confirmed_in_words

    @property
    def accepted_in_words(self) -> str:
        """Sentences about guards that let the plan pass because an earlier run was confirmed, or an empty text."""
        if not self.accepted or self.is_stopped:
            return ""
        why = "; ".join(hit.why for hit in self.accepted)
        more = with_noun(self.runs_until_usual, "more such run", "more such runs")
        usual = f"{f'After {more}' if self.runs_until_usual else 'From now on'}, the guards take that for usual."
        return f"Let pass, since an earlier run that was like this was confirmed: {why}. {usual}"

    @property
    def ending(self) -> Ending | None:
        """The ending of the run if the guards stop the plan, or None if they do not."""
        return Ending(ExitCode.GUARD, self.message, remedy_flags=self.remedy_flags) if self.is_stopped else None

    @property
    def why(self) -> str:
        """The reasons of all guards that were hit, in words."""
        return "; ".join(hit.why for hit in self.hits)

    @property
    def notice_why(self) -> str:
        """The reasons of all guards that were hit, for notices, without the names of exports."""
        return "; ".join(hit.notice_why or hit.why for hit in self.hits)

    def lines(self) -> Iterator[str]:
        """Yield all lines about the verdict for people, except the message about a stopped plan."""
        if self.not_compared:
            yield self.not_compared
        elif not self.knows_domains:
            yield "The domains of people invited before are not known yet, so no guard looked at the domains."
        if self.missing:
            yield self.missing_in_words
        if self.stopped_before:
            yield self.stopped_before
        yield from filter(None, (self.new_domains_in_words, self.confirmed_in_words, self.accepted_in_words))

    def _without_exports(self) -> Self:
        hits = tuple(replace(hit, why=hit.notice_why or hit.why) for hit in self.hits)
        return replace(self, hits=hits)


@dataclass(frozen=True, slots=True)
class PeopleAtNewDomains:
    """The people of a plan at new domains: their number, their domains, and the number of people who are held.

    ``pass_flags`` are the words of the command line that let these people pass. ``pass_flags`` are empty if the next
    command does not accept these words.
    """

    people: int = 0
    domains: Sequence[str] = ()
    held: int = 0
    pass_flags: tuple[str, ...] = ()
    knows_domains: bool = True


NO_NEW_DOMAINS = PeopleAtNewDomains()


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """A plan that an operator has approved: its number of people to invite, and the guards that the plan had hit.

    ``confirmed`` says whether the operator confirmed this number although the plan had hit these guards.
    """

    invites: int
    hits: tuple[HitGuard, ...]
    confirmed: bool

    def covers(self, hits: Iterable[HitGuard]) -> bool:
        """Return whether the operator's confirmation of this plan is enough for the guards that are hit now.

        The confirmation is enough if the plan had hit each of these guards already. It is never enough if the plan had
        hit no guard.
        """
        known = {hit.guard for hit in self.hits}
        return self.confirmed and bool(known) and known.issuperset(hit.guard for hit in hits)
