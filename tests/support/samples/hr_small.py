"""Samples of the exports of smaller employers' HR systems."""

from collections.abc import Iterator

from samples.hr_large import MOVED
from samples.people import Person
from samples.sample import (
    AGAIN,
    BLANK_ROW,
    CONTRADICTION,
    ENDED,
    INACTIVE,
    NOT_STARTED,
    Fate,
    Line,
    Sample,
    header,
    row,
    word,
)
from samples.writing import Dialect

ALSO_CONTRACTORS = (206, 216, 226)
"""Numbers of people who are in Personio and in Okta too."""

CONTRADICTORY = 269
"""The number of a person with two contradictory statuses in BambooHR and no last day."""


def small() -> Iterator[Sample]:
    """Yield a sample for each of the systems."""
    yield Sample(
        "bamboohr_us.csv",
        "BambooHR",
        "comma, CRLF, every cell quoted, `Last, First`; `Status` and `Employment Status`, which may contradict",
        "Work Email",
        "`Home Email`, `Supervisor Email`",
        tuple(_bamboohr()),
        Dialect(line_end="\r\n", quote_all=True).write,
    )
    yield Sample(
        "personio_de.csv",
        "Personio",
        "`sep=;`, semicolon, LF, cp1252, German headers, words and dates, blank lines",
        "E-Mail",
        "`Private E-Mail`",
        tuple(_personio()),
        Dialect(delimiter=";", encoding="cp1252", opening="sep=;\n").write,
    )
    yield Sample(
        "gusto_people.csv",
        "Gusto",
        "comma, LF; people of all statuses, names that a spreadsheet would run, quotes and line breaks in cells",
        "Work email",
        "`Personal email`",
        tuple(_gusto()),
        Dialect().write,
    )
    yield Sample(
        "rippling_people.csv.gz",
        "Rippling",
        "gzip of comma, LF; dates like `Mar 15, 2019`; people who have not started",
        "Work email",
        "`Personal email`, `Manager - Work email`",
        tuple(_rippling()),
        Dialect().write_gzipped,
    )
    yield Sample(
        "keka_employees.txt",
        "Keka",
        "Excel's Unicode Text: tab, CRLF, UTF-16 with BOM; wordy statuses",
        "Work Email",
        "`Personal Email`, `Reporting Manager Email`",
        tuple(_keka()),
        Dialect(delimiter="\t", line_end="\r\n", encoding="utf-16").write,
    )


def _bamboohr() -> Iterator[Line]:
    yield header(
        "Employee #", "Last Name, First Name", "Work Email", "Home Email", "Supervisor Email", "Status",
        "Employment Status", "Hire Date", "Termination Date", "Job Title",
    )  # fmt: skip
    for number in range(260, 305):
        person = Person(number, "us.example.com")
        status, kind, has_left, instead = _employment_status(number)
        cell, fate = person.typed(instead)
        left = f"{person.left:%m/%d/%Y}" if has_left else ""
        title = 'Engineer, "Platform"' if number % 12 == 0 else "Clerk\r\nNight" if number % 25 == 0 else "Analyst"
        yield row(
            [f"{number}", f"{person.family}, {person.given}", cell, person.home, person.manager, status, kind,
             f"{person.hired:%m/%d/%Y}", left, title],
            fate,
        )  # fmt: skip
    cell, fate = MOVED.typed()
    about = ["340", f"{MOVED.family}, {MOVED.given}", cell, MOVED.home, MOVED.manager]
    yield row([*about, "Active", "Full-Time", f"{MOVED.hired:%m/%d/%Y}", "", "Analyst"], fate)


def _employment_status(number: int) -> tuple[str, str, bool, Fate | None]:
    """Return both statuses, whether there is a last day, and the fate that follows from them."""
    if number == CONTRADICTORY:
        return "Active", "Terminated", False, CONTRADICTION
    if number % 9 == 7:
        return "Inactive", "Terminated", True, INACTIVE
    if number % 22 == 5:
        # The columns contradict each other, and a last day that has passed decides.
        return "Active", "Terminated", True, ENDED
    return "Active", "Part-Time" if number % 9 == 4 else "Full-Time", False, None


def _personio() -> Iterator[Line]:
    yield header(
        "Personalnummer", "Vorname", "Nachname", "E-Mail", "Private E-Mail", "Status", "Eintrittsdatum",
        "Austrittsdatum", "Abteilung",
    )  # fmt: skip
    for number in range(190, 240):
        person = Person(number, "de.example.org")
        status = word(number, [(10, "inaktiv"), (16, "beurlaubt")], "aktiv")
        instead = INACTIVE if status == "inaktiv" else AGAIN if number in ALSO_CONTRACTORS else None
        cell, fate = person.typed(instead)
        given, family = ("=1+1", "Weiß") if number % 25 == 24 else (_western(person.given), person.family)
        left = f"{person.left:%d.%m.%Y}" if status == "inaktiv" else ""
        about = [f"P{number:05}", given, family, _western(cell), person.home, status, f"{person.hired:%d.%m.%Y}", left]
        yield row([*about, "Vertrieb; Süd" if number % 8 else "IT"], fate)
        if number % 20 == 0:
            yield row([], BLANK_ROW)


def _gusto() -> Iterator[Line]:
    yield header(
        "gusto_employee_id", "First name", "Last name", "Work email", "Personal email", "Status", "Start date",
        "Termination date", "Note",
    )  # fmt: skip
    for number in range(340, 370):
        person = Person(number, "bakery.example")
        status = word(number, [(5, "Terminated"), (13, "On leave")], "Active")
        cell, fate = person.typed(INACTIVE if status == "Terminated" else None)
        given, _, family = person.name.partition(" ")
        hired, left = person.hired, person.left
        note = 'Called "Bee",\nmornings only' if number % 14 == 0 else ""
        yield row(
            [f"7757{number}", given, family, cell, person.home, status, f"{hired.month}/{hired.day}/{hired:%y}",
             f"{left.month}/{left.day}/{left:%y}" if status == "Terminated" else "", note],
            fate,
        )  # fmt: skip


def _rippling() -> Iterator[Line]:
    yield header(
        "Employee - ID", "Employee - Full name", "Work email", "Personal email", "Manager - Work email",
        "Employment status", "Employment type", "Start date", "Last day of work",
    )  # fmt: skip
    for number in range(370, 400):
        person = Person(number, "rocket.example")
        status = word(number, [(9, "Terminated"), (14, "Accepted")], "Active")
        cell, fate = person.typed({"Terminated": INACTIVE, "Accepted": NOT_STARTED}.get(status))
        hired = "Jan 15, 2099" if status == "Accepted" else f"{person.hired:%b} {person.hired.day}, {person.hired:%Y}"
        left = f"{person.left:%b} {person.left.day}, {person.left:%Y}" if status == "Terminated" else ""
        kind = word(number, [(4, "Temporary"), (7, "Contractor")], "Salaried, full-time")
        yield row(
            [f"{number:04}", person.name, cell, person.home, person.manager, status, kind, hired, left],
            fate,
        )


def _keka() -> Iterator[Line]:
    yield header(
        "Employee Number", "Full Name", "Work Email", "Personal Email", "Reporting Manager Email", "Employment Status",
        "Date of Joining", "Last Working Day",
    )  # fmt: skip
    gone = ("Not on payroll", "Deceased")
    for number in range(400, 430):
        person = Person(number, "pune.example")
        status = word(number, [(11, gone[0]), (17, gone[1]), (7, "Paid leave")], "Active")
        cell, fate = person.typed(INACTIVE if status in gone else None)
        left = f"{person.left:%d-%b-%Y}" if status in gone else ""
        yield row(
            [f"KEK{number:04}", person.name, cell, person.home, person.manager, status, f"{person.hired:%d-%b-%Y}",
             left],
            fate,
        )  # fmt: skip


def _western(text: str) -> str:
    """Return text as it comes where cp1252 has no letter for it; a soft hyphen is as invisible as any."""
    return text.translate(str.maketrans("łě\u200b", "le\u00ad"))
