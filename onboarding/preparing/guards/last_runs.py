"""The earlier runs with which the guards compare a plan, and the exports that have lost their people since."""

from onboarding.model.run import GuardFigures
from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class EmptiedExport:
    """An export in which a run has found no people, although an earlier good run found some.

    ``rows`` is the number of rows with people that the export had in the latest of these good runs. ``is_from_last``
    says whether this run was the last good run of all.
    """

    source: str
    rows: int
    is_from_last: bool

    @property
    def in_words(self) -> str:
        """A sentence that says how many rows the export had."""
        which = "the last good run" if self.is_from_last else "an earlier good run"
        return f"{self.source} has no rows; it had {self.rows:,} in {which}."


@dataclass(frozen=True, slots=True)
class LastRun:
    """A good run with which a plan is compared: its id, the numbers that guards checked, and the people of its exports.

    ``people`` is the number of people in the run's exports, and ``gone`` is the number of these people who are not in
    the exports of the plan. ``missing`` are the run's exports that the plan lacks, or in which the plan has no people.
    ``emptied`` are the missing exports that the plan has read. ``is_alike`` says whether the run had the same exports
    as the plan. ``has_same_rules`` says whether the run had the same rules of ``--only`` and ``--skip``.
    """

    run_id: str
    figures: GuardFigures
    people: int
    gone: int
    missing: tuple[str, ...] = ()
    emptied: tuple[EmptiedExport, ...] = ()
    is_alike: bool = True
    has_same_rules: bool = True

    @property
    def name(self) -> str:
        """The name of the run in messages."""
        return f"the last good run ({self.run_id}{'' if self.is_alike else ', which had other exports'})"


@dataclass(frozen=True, slots=True)
class LastRuns:
    """The runs with which a plan is compared: the last good run, and a later run that an operator has confirmed.

    ``good`` and ``confirmed`` are None if there is no such run. ``accepted`` is how many runs since the confirmed run
    passed only because of this confirmation. If there is no good run, ``why_none`` is the reason in words.
    ``missing_is_news`` says whether the last good run of all still had an export that the plan lacks.
    ``stopped_before`` is a sentence about the people whom a stopped run has left out, if partial exports do not list
    these people again. The sentence is empty if there are no such people.
    """

    good: LastRun | None = None
    confirmed: LastRun | None = None
    why_none: str = ""
    missing_is_news: bool = False
    stopped_before: str = ""
    accepted: int = 0

    @property
    def missing(self) -> tuple[str, ...]:
        """The exports of the last good run that the plan lacks, or in which the plan has no people."""
        return self.good.missing if self.good else ()

    @property
    def emptied(self) -> tuple[EmptiedExport, ...]:
        """The missing exports that the plan has read, but that have no people now."""
        return self.good.emptied if self.good else ()


NO_RUNS = LastRuns()
