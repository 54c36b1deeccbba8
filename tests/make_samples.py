"""What is in ``sample_data``?

Run it to write the made-up exports again, byte for byte: ``python tests/make_samples.py``. Every person is invented
and every domain reserved. Each file has the habits of the system it is named for, and the usual dirt: other case,
outer space, invisible characters, ``mailto:``, repeats within and across files, missing and impossible addresses,
blank lines, names that a spreadsheet would take for formulas, line breaks inside cells, and decoy columns.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# ruff: noqa: SIM905  names in a row read better than as many quoted ones

FOLDER = Path(__file__).parent.parent / "sample_data"

GIVEN = (
    "Ana Björn Chiara Dmitri Élodie Farid Greta Hélène Ismaël Jürgen Katarzyna Luís Małgorzata Nuno Ørjan Paula "
    "Quentin Rosa Søren Tomás Ulrike Věra Wanda Xenia Yusuf Zoë"
).split()
FAMILY = (
    "Ruiz Müller Okafor Nowak Lindqvist Moreau Rossi Schäfer Øvergård Jansen Novák Costa Weiß Dubois Ferrari "
    "Kowalska O'Neill"
).split()
ASCII = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ø": "O", "ø": "o", "å": "a", "ł": "l", "É": "E", "é": "e", "è": "e"}
    | {"ë": "e", "í": "i", "á": "a", "ě": "e", "'": ""}
)
FORMULAS = ('=HYPERLINK("http://example.com","click")', "+1 Team", "-Ana Ruiz", "@home")


@dataclass(frozen=True, slots=True)
class Person:
    """An invented employee. ``number`` sets everything about them."""

    number: int
    domain: str

    @property
    def given(self) -> str:
        """The given name."""
        return GIVEN[self.number % len(GIVEN)]

    @property
    def family(self) -> str:
        """The family name; given and family name together repeat only after 442 people."""
        return FAMILY[self.number % len(FAMILY)]

    @property
    def name(self) -> str:
        """Both names, or once in a while what a spreadsheet would run."""
        return FORMULAS[self.number // 37 % 4] if self.number % 37 == 36 else f"{self.given} {self.family}"

    @property
    def local_part(self) -> str:
        """What stands before the @."""
        return f"{self.given}.{self.family}".translate(ASCII).lower()

    @property
    def address(self) -> str:
        """The work address."""
        return f"{self.local_part}@{self.domain}"

    @property
    def home(self) -> str:
        """The private address, which nobody may ever invite."""
        return f"{self.local_part}@home.example"

    @property
    def manager(self) -> str:
        """The manager's address, which repeats and must not be taken for this person's."""
        return f"head.of.team{self.number % 7}@managers.example"

    @property
    def as_typed(self) -> str:
        """The work address as people and systems type it."""
        typed = {
            3: self.address.upper(),
            5: f"  {self.address} ",
            8: f"mailto:{self.address}",
            11: f"{self.given} <{self.address}>",
            14: f"\u00a0{self.address}",
            17: f"{self.address}\u200b",
            20: "",
            22: self.address.title(),
            25: f"{self.local_part}(at){self.domain}",
            28: f"{self.given} {self.address}@",
        }
        return typed.get(self.number % 31, self.address)


def samples() -> dict[str, bytes]:
    """Return the content of every sample by file name."""
    return {
        "workday_emea.csv": _text(_workday(), delimiter=",", line_end="\r\n", mark=True),
        "personio_de.csv": _text(_personio(), delimiter=";", line_end="\n"),
        "bamboohr_us.csv": _text(_bamboohr(), delimiter=",", line_end="\r\n", quoting=csv.QUOTE_ALL),
        "okta_contractors.tsv": _text(_okta(), delimiter="\t", line_end="\n"),
    }


def _workday() -> Iterator[list[str]]:
    yield ["Employee ID", "Worker", "Email - Primary Work", "Email - Primary Home", "Manager Email", "Location"]
    for number in range(150):
        person = Person(number, "emea.example.com")
        place = "Madrid\nCalle Mayor 1" if number % 40 == 7 else "Lisboa, Rua Nova" if number % 9 == 2 else "Paris"
        yield [f"{10000 + number}", person.name, person.as_typed, person.home, person.manager, place]
        if number % 60 == 59:
            yield [""] * 6
    yield ["10004", "Élodie Lindqvist", "ELODIE.LINDQVIST@emea.example.com", "", "", "Paris"]


def _personio() -> Iterator[list[str]]:
    yield ["Personalnummer", "Vorname", "Nachname", "E-Mail", "Private E-Mail", "Abteilung"]
    for number in range(150, 260):
        person = Person(number, "de.example.org")
        given, family = ("=1+1", "Weiß") if number % 50 == 49 else (person.given, person.family)
        yield [f"P{number:05}", given, family, person.as_typed, person.home, "Vertrieb; Süd" if number % 8 else "IT"]
        if number % 45 == 0:
            yield []


def _bamboohr() -> Iterator[list[str]]:
    yield ["Employee #", "Last Name, First Name", "Work Email", "Home Email", "Supervisor Email", "Job Title"]
    for number in range(260, 340):
        person = Person(number, "us.example.com")
        title = (
            'Engineer, "Platform"' if number % 12 == 0 else "Clerk\r\nNight shift" if number % 25 == 0 else "Analyst"
        )
        yield [f"{number}", f"{person.family}, {person.given}", person.as_typed, person.home, person.manager, title]
    moved = Person(12, "emea.example.com")
    yield ["340", f"{moved.family}, {moved.given}", moved.address.upper(), moved.home, moved.manager, "Analyst"]


def _okta() -> Iterator[list[str]]:
    yield ["login", "firstName", "lastName", "email", "secondEmail", "department"]
    for number in range(340, 400):
        person = Person(number, "contractors.example.net")
        yield [person.address, person.given, person.family, person.as_typed, person.home, "Delivery"]
        if number % 20 == 0:
            # Also on the payroll: the same address stands in another file.
            twice = Person(number - 180, "de.example.org")
            yield [twice.address, twice.given, twice.family, twice.address, twice.home, "Delivery"]


def _text(
    rows: Iterator[list[str]], *, delimiter: str, line_end: str, mark: bool = False, quoting: int = csv.QUOTE_MINIMAL
) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")


if __name__ == "__main__":
    for name, content in samples().items():
        (FOLDER / name).write_bytes(content)
