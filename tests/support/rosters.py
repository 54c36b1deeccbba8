"""Ordinary rosters of HR systems and directories, with the truth about each row: who is invited, and who is not.

``roster_systems`` has the columns of each system. ``roster_files`` writes a roster as a file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from roster_columns import DIVERSE, FURTHER
from roster_systems import SYSTEMS, State, System

TODAY = date(2026, 3, 2)
DOMAIN = "corp.example"

EXCLUDED, REJECTED, DUPLICATE = "excluded", "rejected", "duplicate"
"""What becomes of a row that is not planned."""

NAMES: Mapping[str, tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]] = {
    "latin": (
        tuple(
            (name, name)
            for name in (
                "Ana",
                "Ben",
                "Cem",
                "Dee",
                "Eve",
                "Gus",
                "Hana",
                "Ivo",
                "Jo",
                "Kim",
                "Lea",
                "Max",
                "Nia",
                "Rui",
                "Zoe",
            )
        ),
        (
            *(
                (name, name)
                for name in (
                    "Ruiz",
                    "Okafor",
                    "Kim",
                    "Ray",
                    "Berg",
                    "Elm",
                    "Sato",
                    "Lind",
                    "Paz",
                    "Fox",
                    "Roe",
                    "Moss",
                    "Day",
                )
            ),
            ("Sá", "Sa"),
            ("Weiß", "Weiss"),
            ("O'Neil", "Oneil"),
        ),
    ),
    "central": (
        (("Zoë", "Zoe"), ("Łukasz", "Lukasz"), ("Jiří", "Jiri"), ("Ana", "Ana")),
        (("Nowak", "Nowak"), ("Dvořák", "Dvorak"), ("Żak", "Zak"), ("Kiss", "Kiss")),
    ),
    "turkish": (
        (("Ayşe", "Ayse"), ("Çağrı", "Cagri"), ("Deniz", "Deniz")),
        (("Yıldız", "Yildiz"), ("Öz", "Oz"), ("Şahin", "Sahin")),
    ),
    "cyrillic": (
        (("Анна", "Anna"), ("Иван", "Ivan"), ("Ольга", "Olga")),
        (("Смирнова", "Smirnova"), ("Ким", "Kim"), ("Орлов", "Orlov")),
    ),
    "japanese": (
        (("花子", "Hanako"), ("太郎", "Taro"), ("健", "Ken")),
        (("佐藤", "Sato"), ("田中", "Tanaka"), ("表", "Omote")),
    ),
    "chinese": ((("伟", "Wei"), ("芳", "Fang"), ("敏", "Min")), (("王", "Wang"), ("李", "Li"), ("张", "Zhang"))),
    "korean": (
        (("민준", "Minjun"), ("서연", "Seoyeon"), ("지훈", "Jihun")),
        (("김", "Kim"), ("이", "Lee"), ("박", "Park")),
    ),
}
"""Given and family names by script, each with its spelling in an address."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a roster. ``work`` is the address at work; some people have none yet."""

    number: int
    given: str
    family: str
    work: str
    state: State
    starts: date
    ends: date | None

    @property
    def full(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def fate(self) -> str:
        """The address that is planned, or what becomes of the person's row instead."""
        if self.state in (State.GONE, State.FUTURE):
            return EXCLUDED
        return self.work or REJECTED


@dataclass(frozen=True, slots=True)
class Roster:
    """A table with the truth about each row: the address that is planned, or what becomes of the row instead.

    ``own`` is the index of the column of the people's addresses at work, and ``policy`` has the indices of the columns
    that say who works there.
    """

    system: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    own: int
    truth: tuple[str, ...]
    policy: frozenset[int] = frozenset()
    script: str = "latin"
    labels: tuple[str, ...] = field(default=())


Cell = Callable[[Person, Random], str]


def ordinary_roster(random: Random) -> Roster:
    """Return a roster of a random system, with random further columns in a random order."""
    name = random.choice(sorted(SYSTEMS))
    system = SYSTEMS[name]
    policy = _policy_columns(system, random)
    own = random.choice(system.work)
    columns: dict[str, Cell] = {title: _about(title, at, len(system.about)) for at, title in enumerate(system.about)}
    columns[own] = lambda person, _random: person.work
    columns |= policy
    columns |= {title: _private for title in system.home if random.random() < 0.7}
    columns |= {title: _superior for title in system.heads if random.random() < 0.5}
    columns |= _further(system, random, taken=columns)
    header = sorted(columns, key=lambda _title: random.random())
    people = _staff(system, random, states=_visible(system, policy))
    rows = [person for person in people for _ in range(1 + (random.random() < 0.03))]
    labels = tuple(title.replace("_", " ").title() for title in header) if system.has_labels else ()
    return Roster(
        name,
        tuple(header),
        tuple(tuple(columns[title](person, random) for title in header) for person in rows),
        header.index(own),
        tuple(_fates(rows)),
        frozenset(map(header.index, policy)),
        system.script,
        labels,
    )


def _fates(rows: list[Person]) -> list[str]:
    seen: set[str] = set()
    fates = []
    for person in rows:
        fates.append(DUPLICATE if person.fate in seen else person.fate)
        if "@" in person.fate:
            seen.add(person.fate)
    return fates


def _policy_columns(system: System, random: Random) -> dict[str, Cell]:
    """Return the columns of statuses and dates that this roster happens to have."""
    found: dict[str, Cell] = {}
    dates = random.choice(system.dates)
    for title, words in system.statuses.items():
        if random.random() < 0.7:
            found[title] = _status(words, random)
    if system.starts and random.random() < 0.6:
        found[random.choice(system.starts)] = lambda person, _random: dates(person.starts)
    if system.ends and random.random() < 0.6:
        endless = dates(date(9999, 12, 31))
        forever = random.choice(("", "", "", endless if "9999" in endless else ""))
        found[random.choice(system.ends)] = lambda person, _random: dates(person.ends) if person.ends else forever
    return found


def _status(words: Mapping[State, tuple[str, ...]], random: Random) -> Cell:
    chosen = {state: random.choice(listed) for state, listed in words.items()}
    return lambda person, _random: chosen.get(person.state, chosen[State.ACTIVE])


def _visible(system: System, policy: Mapping[str, Cell]) -> frozenset[State]:
    """Return the states that the columns can show."""
    shown = {state for title in policy if title in system.statuses for state in system.statuses[title]}
    shown |= {State.GONE} if any(title in system.ends for title in policy) else set()
    shown |= {State.FUTURE} if any(title in system.starts for title in policy) else set()
    return frozenset(shown)


def _staff(system: System, random: Random, *, states: frozenset[State]) -> list[Person]:
    """Return people; a few have no address at work yet."""
    given, family = NAMES[system.script]
    people = []
    for number in range(1000, 1000 + random.randint(5, 60)):
        first, last = random.choice(given), random.choice(family)
        state = random.choices(tuple(State), (80, 5, 12, 3))[0]
        state = state if state in states else State.ACTIVE
        starts = TODAY - timedelta(days=random.randint(30, 6000))
        ends = None
        if state is State.FUTURE:
            starts = TODAY + timedelta(days=random.randint(5, 90))
        elif state is State.GONE:
            ends = TODAY - timedelta(days=random.randint(2, 17))  # a day above 12 shows the order
        elif random.random() < 0.05:
            ends = TODAY + timedelta(days=random.randint(10, 400))
        if number == 1000:  # A day above 12 shows the order of day and month.
            starts = date(2019, 3, 20)
            state, ends = State.ACTIVE, None
        local = f"{first[1]}.{last[1]}{number}".casefold()
        work = f"{local}@{DOMAIN}" if random.random() > 0.03 else ""
        people.append(Person(number, first[0], last[0], work, state, starts, ends))
    return people


def _private(person: Person, random: Random) -> str:
    return f"me{person.number}@home.example" if random.random() > 0.1 else ""


def _superior(person: Person, random: Random) -> str:
    return f"head{person.number % random.choice((3, 4))}@{DOMAIN}"


def _about(title: str, position: int, columns: int) -> Cell:
    is_number = position == 0 and not any(part in title.casefold() for part in ("name", "first"))
    if title == "Worker" and columns == 1:
        return lambda person, _random: f"{person.full} ({person.number})"
    if columns - position == 1 and position < 2:  # the only column of a name
        return lambda person, _random: str(person.number) if is_number else person.full
    return lambda person, _random: (
        str(person.number) if is_number else (person.given, person.given, person.family)[position + (columns == 2)]
    )


def _further(system: System, random: Random, *, taken: Mapping[str, Cell]) -> dict[str, Cell]:
    """Return further columns, as any system has: departments, birthdays, marital statuses."""
    known = FURTHER | DIVERSE.get(system.language, {})
    titles = [title for title in random.sample(sorted(known), random.randint(0, 8)) if title not in taken]
    dates = random.choice(system.dates)
    return {title: known[title](dates) for title in titles}
