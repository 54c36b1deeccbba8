"""Samples of the exports of large employers' HR systems."""

from collections.abc import Iterator
from datetime import date, timedelta

from samples.people import Person
from samples.sample import (
    AGAIN,
    AGAIN_AS_ANOTHER,
    ENDED,
    FOOTER,
    INACTIVE,
    NOT_A_PERSON,
    PRIVATE_ADDRESS,
    REPEATED_HEADER,
    UNKNOWN_STATUS,
    Line,
    Sample,
    blank,
    header,
    row,
    word,
)
from samples.writing import Dialect

MOVED = Person(15, "emea.example.com")
"""A person who is in Workday and, under another number, in BambooHR."""

CAME_BACK = 160
"""The number of a person in UKG who left and was hired again."""


def large() -> Iterator[Sample]:
    """Yield a sample for each of the systems."""
    yield Sample(
        "workday_emea.csv",
        "Workday",
        "comma, CRLF, UTF-8 with BOM; two title rows, header on row 3, line breaks in cells, rows of empty cells, "
        "trailing `Total`",
        "Email - Primary Work",
        "`Email - Primary Home`, `Manager Email`",
        tuple(_workday()),
        Dialect(line_end="\r\n", encoding="utf-8-sig").write,
    )
    yield Sample(
        "successfactors_users.csv",
        "SAP SuccessFactors",
        "comma, LF; two header rows (keys, labels), data from row 3; `NO_MANAGER`, `NO_HR`",
        "EMAIL",
        "`PERSON_EMAIL`",
        tuple(_successfactors()),
        Dialect().write,
    )
    yield Sample(
        "oracle_hcm_emails.txt",
        "Oracle HCM",
        "`|`, LF; one row per address, `W1` at work and `H1` at home; header repeated half-way",
        "EmailAddress",
        "`EmailAddress` of type `H1`",
        tuple(_oracle()),
        Dialect(delimiter="|").write,
    )
    yield Sample(
        "ukg_employees.csv",
        "UKG",
        "semicolon, single quotes around every cell (`'O''Neill'`), CRLF; status codes",
        "Employee Email Address",
        "`Alternate Email`, `Supervisor Email`",
        tuple(_ukg()),
        Dialect(delimiter=";", quote="'", quote_all=True, line_end="\r\n").write,
    )


def _workday() -> Iterator[Line]:
    yield header("Workers - EMEA")
    yield header("Run as of 2026-01-09")
    yield header(
        "Employee ID", "Worker", "Email - Primary Work", "Email - Primary Home", "Manager Email", "Active Status",
        "Hire Date", "Termination Date", "Location",
    )  # fmt: skip
    for number in range(70):
        person = Person(number, "emea.example.com")
        status = word(number, [(13, "No")], "Yes")
        ended = number % 29 == 10
        instead = INACTIVE if status == "No" else ENDED if ended else AGAIN_AS_ANOTHER if person == MOVED else None
        cell, fate = person.typed(instead)
        left = person.left.isoformat() if status == "No" or ended else ""
        place = "Madrid\nCalle Mayor 1" if number % 20 == 7 else "Lisboa, Rua Nova" if number % 9 == 2 else "Paris"
        names = [f"{10000 + number}", f"{person.name} ({10000 + number})"]
        yield row([*names, cell, person.home, person.manager, status, person.hired.isoformat(), left, place], fate)
        if number % 30 == 29:
            yield blank(9)
    yield row(
        ["10004", "Élodie Lindqvist", "ELODIE.LINDQVIST@emea.example.com", "", "", "Yes", "2019-03-15", "", "Paris"],
        AGAIN,
    )
    yield row(["Total", "71", "", "", "", "", "", "", ""], FOOTER)


def _successfactors() -> Iterator[Line]:
    yield header(
        "STATUS", "USERID", "USERNAME", "FIRSTNAME", "LASTNAME", "EMAIL", "MANAGER", "HR", "DEPARTMENT", "HIREDATE",
        "EMPID", "PERSON_EMAIL",
    )  # fmt: skip
    yield header(
        "STATUS", "USERID", "Username", "First Name", "Last Name", "Email", "Manager", "Human Resource", "Department",
        "Hire Date", "Employee Id", "Person Email",
    )  # fmt: skip
    for number in range(70, 105):
        person = Person(number, "retail.example.com")
        status = word(number, [(9, "inactive")], "active")
        cell, fate = person.typed(INACTIVE if status == "inactive" else None)
        manager = "NO_MANAGER" if number == 70 else f"u{number - number % 7:05}"
        yield row(
            [status, f"u{number:05}", person.local_part, person.given, person.family, cell, manager, "NO_HR",
             "Filiale; Mitte" if number % 5 else "Logistics, East", f"{person.hired:%m/%d/%Y}", f"{number:08}",
             person.home],
            fate,
        )  # fmt: skip
    nobody = ["NO_MANAGER", "NO_MANAGER", "No", "Manager", "no.manager@managers.example", "", "", "", "", "NO_MANAGER"]
    yield row(["active", *nobody, ""], NOT_A_PERSON)


def _oracle() -> Iterator[Line]:
    names = (
        "Person Number", "Display Name", "EmailType", "EmailAddress", "Assignment Status", "Hire Date",
        "Actual Termination Date",
    )  # fmt: skip
    yield header(*names)
    for number in range(105, 135):
        person = Person(number, "foundry.example")
        suspended = number % 11 == 3
        status = "Suspended - Payroll Eligible" if suspended else "Active - Payroll Eligible"
        cell, fate = person.typed(INACTIVE if suspended else None)
        about = [f"{number:06}", f"{person.family}, {person.given}"]
        dates = [_with_month(person.hired, upper=number % 2 == 0), "31-Dec-4712" if number % 3 == 0 else ""]
        addresses = [
            row([*about, "W1", cell, status, *dates], fate),
            row([*about, "H1", person.home, status, *dates], INACTIVE if suspended else PRIVATE_ADDRESS),
        ]
        yield from addresses if number % 4 else reversed(addresses)
        if number == 120:
            yield row(names, REPEATED_HEADER)


def _ukg() -> Iterator[Line]:
    yield header(
        "Employee Number", "First Name", "Last Name", "Employee Email Address", "Alternate Email", "Supervisor Email",
        "Employee Status", "Employment Type", "Original Hire Date", "Last Hire Date", "Termination Date",
    )  # fmt: skip
    fates = {"T": INACTIVE, "Q": UNKNOWN_STATUS}
    for number in range(135, 170):
        person = Person(number, "depot.example")
        status = word(number, [(8, "T"), (12, "L"), (33, "Q")], "A")
        cell, fate = person.typed(fates.get(status))
        # In this column T is Temporary.
        kind = word(number, [(6, "T")], "F")
        left = person.left if status == "T" or number == CAME_BACK else None
        last_hired = person.left + timedelta(days=200) if number == CAME_BACK else person.hired
        dates = (f"{day:%m/%d/%Y}" if day else "" for day in (person.hired, last_hired, left))
        yield row(
            [f"{number:05}", person.given, person.family, cell, person.spare, person.manager, status, kind, *dates],
            fate,
        )


def _with_month(day: date, *, upper: bool) -> str:
    text = f"{day:%d-%b-%Y}"
    return f"{day:%d-%b-%y}".upper() if upper else text
