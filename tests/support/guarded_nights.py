"""A model of the guards for made-up histories: whom a run may mail, when it must be stopped, and when it must pass.

The model counts people and rows by itself. It knows nothing of how the guards find out.
"""

import shlex
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Self

from onboarding.settings.invocation import Invocation

PEOPLE = [f"person{number}@example.com" for number in range(130)]
NEWCOMERS = [f"newcomer{number}@new.example" for number in range(4)]
"""People at a new domain, few enough to wait while all others are invited."""

STRANGERS = [f"stranger{number}@strange.example" for number in range(20)]
"""People at another new domain, so many that nobody is invited until an operator confirms them."""

WRONG_COLUMN = [*(f"Person {number}" for number in range(60)), *PEOPLE[60:]]
"""Cells of an export of which many have a name where the address should be."""

SLACK = 8
"""How many people HR may leave out or have back between two runs."""

FEW_NEW = 50
FEW = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What an operator types: a command, and the words that change what the guards let pass."""

    command: str = "run"
    run_id: str | None = None
    roster: str = "full"
    confirm: int | None = None
    no_hold: tuple[str, ...] = ()
    reinvite_after: str = ""

    @classmethod
    def read(cls, line: str) -> Self:
        """Return what an operator types who follows the line that a run has printed."""
        program, command, *words = shlex.split(line)
        assert program == "onboard"
        parser = ArgumentParser(exit_on_error=False)
        parser.add_argument("argument", nargs="?")
        parser.add_argument("--roster", default="full")
        parser.add_argument("--confirm", type=int)
        parser.add_argument("--no-hold", action="append", default=[])
        parser.add_argument("--reinvite-after", default="")
        found, _ = parser.parse_known_args(words)
        return cls(
            command=command,
            run_id=found.argument if command == "resume" else None,
            roster=found.roster,
            confirm=found.confirm,
            no_hold=tuple(found.no_hold),
            reinvite_after=found.reinvite_after,
        )

    @property
    def settings(self) -> dict[str, object]:
        """The settings of a run with these words, in the form of JSON."""
        again = {"reinvite_after": self.reinvite_after, "reinvite_times": 1} if self.reinvite_after else {}
        return {"roster": self.roster, "no_hold": list(self.no_hold), **again}

    @property
    def invocation(self) -> Invocation:
        """The words themselves."""
        options = {"roster": ("--roster", self.roster)} if self.roster != "full" else {}
        options |= {"reinvite_after": ("--reinvite-after", self.reinvite_after)} if self.reinvite_after else {}
        options |= {"no_hold": tuple(word for reason in self.no_hold for word in ("--no-hold", reason))}
        named = {name: words for name, words in options.items() if words}
        return Invocation(command=self.command, arguments=("staff.csv",), options=named)


@dataclass(frozen=True, slots=True)
class Night:
    """What one run had before it, and what the service and the ledger knew: enough to say what must become of it."""

    cells: tuple[str, ...]
    typed: Typed
    unknown: AbstractSet[str]
    """The domains at which no run has invited people. It is empty before the first run."""

    members: AbstractSet[str]
    """The people who are in the account."""

    asked_for: AbstractSet[str]
    """The people whom a request has named, whether or not the service got it."""

    @property
    def people(self) -> frozenset[str]:
        """The addresses in the export."""
        return frozenset(cell for cell in self.cells if "@" in cell)

    @property
    def waiting(self) -> frozenset[str]:
        """The people who must not be invited, since their domain is new and no operator has let it pass."""
        if "new_domain" in self.typed.no_hold:
            return frozenset()
        return frozenset(one for one in self.people if one.partition("@")[2] in self.unknown)


@dataclass(slots=True)
class GuardModel:
    """What the runs of one history mean for the guards of the next run."""

    nights: dict[str, Night] = field(default_factory=dict)
    good: frozenset[str] | None = None
    """The people of the last run that hit no guard, or None if that is not certain."""

    has_confirmed: bool = False
    """Whether an operator has confirmed a number since the last certain good run, also in a run that crashed."""

    stopped: set[str] = field(default_factory=set)
    """The runs that a guard stopped, or must have stopped before they crashed. They may never send."""

    def begin(self, run_id: str, night: Night) -> None:
        """Take note of a run that is about to begin."""
        self.nights[run_id] = night
        if self.must_stop(night):
            self.stopped.add(run_id)
        if night.typed.command == "run" and night.typed.confirm is not None:
            self.has_confirmed = True

    def must_stop(self, night: Night) -> bool:
        """Say whether a guard must stop a run. If not, it may stop the run all the same."""
        if night.typed.confirm is not None:
            return False
        if night.cells == tuple(WRONG_COLUMN):
            return True
        if night.people.issuperset(STRANGERS) and "strange.example" in night.unknown:
            return night.asked_for.isdisjoint(STRANGERS)
        if self.good is None or self.has_confirmed or night.typed.roster == "partial":
            return False
        gone = len(self.good - night.people) - SLACK
        return gone > FEW and gone > 0.2 * len(self.good)

    def must_pass(self, night: Night) -> bool:
        """Say whether no guard may stop a run: its export is that of the last good run, with few people changed."""
        is_usual = set(night.cells) == night.people and max(Counter(night.cells).values(), default=0) <= FEW
        if self.good is None or night.typed.confirm is not None or night.typed.roster == "partial" or not is_usual:
            return False
        is_known = len(night.people & night.members) >= len(night.people) - FEW_NEW
        are_few = night.members.issuperset(STRANGERS) or night.people.isdisjoint(STRANGERS)
        return is_known and are_few and len(self.good - night.people) + SLACK <= FEW

    def forget_good(self) -> None:
        """Take note that the last good run is not certain any more."""
        self.good = None

    def end_good(self, night: Night) -> None:
        """Take note of a run that went well and hit no guard."""
        if night.typed.roster == "full":
            self.good, self.has_confirmed = night.people, False
