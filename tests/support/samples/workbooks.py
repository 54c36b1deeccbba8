"""Samples of the exports of systems that write workbooks."""

from collections.abc import Iterator
from datetime import date

from samples.people import Person
from samples.sample import (
    AGAIN,
    FOOTER,
    INACTIVE,
    REPEATED_HEADER,
    Cell,
    Line,
    Sample,
    blank,
    header,
    row,
    word,
)
from samples.writing import OldWorkbook, Workbook

EXCEL_DAY_0 = date(1899, 12, 30)
HOW_TO = (
    "How to use this report",
    "Each row of the sheet People is one person. Do not rename columns.",
    "Questions? Write to people.team@spare.example",
)
LISTS = ("Site", "Berlin", "Porto", "site.lead@spare.example")


def workbooks() -> Iterator[Sample]:
    """Yield a sample for each of the systems."""
    yield Sample(
        "adp_workforce_now.xlsx",
        "ADP Workforce Now",
        "workbook with a sheet `1`; one row per position; dates as dates, serials and text, ids as text and numbers",
        "Work Contact: Work Email",
        "`Personal Contact: Personal Email (Personal Profile)`",
        tuple(_adp()),
        Workbook("1").write,
        sheet="1",
    )
    yield Sample(
        "hibob_people.xlsx",
        "HiBob",
        "workbook that opens with `How To`; merged title, header on row 3, links, `#N/A`, a hidden sheet",
        "Email",
        "`Personal email`, `Reports to email`, the other sheets",
        tuple(_hibob()),
        Workbook("People", before={"How To": HOW_TO}, hidden={"Lists": LISTS}).write,
        sheet="People",
    )
    yield Sample(
        "paylocity_census.xls",
        "Paylocity",
        "old workbook; title and run stamp, `Page 1 of 2` and the header again half-way, `TOTAL, 30 employees`",
        "Work Email",
        "`Home Email`",
        tuple(_paylocity()),
        OldWorkbook("Census").write,
        sheet="Census",
    )


def _adp() -> Iterator[Line]:
    yield header(
        "Associate ID", "File Number", "Position ID", "Legal First Name", "Legal Last Name", "Work Contact: Work Email",
        "Personal Contact: Personal Email (Personal Profile)", "Position Status", "Hire/Rehire Date",
        "Termination Date", "Worker Category Description",
    )  # fmt: skip
    for number in range(430, 465):
        person = Person(number, "kestrel.example")
        status = word(number, [(7, "Terminated"), (11, "Leave")], "Active")
        cell, fate = person.typed(INACTIVE if status == "Terminated" else None)
        ids: list[Cell] = [f"{number:09}", float(number), f"KST{number:06}"]
        names = [person.given, person.family, cell, person.home, status]
        left: Cell = person.left if status == "Terminated" else ""
        rest: list[Cell] = [
            _as_excel_has_it(person.hired, number),
            left,
            "Temporary" if number % 5 == 0 else "Full Time",
        ]
        yield row([*ids, *names, *rest], fate)
        if number % 12 == 0 and fate.address:
            yield row([*ids[:2], f"KST{number + 900:06}", *names, *rest], AGAIN)


def _as_excel_has_it(day: date, number: int) -> Cell:
    """Return a date as a date, a serial number or text: all three meet in one column."""
    return (day, (day - EXCEL_DAY_0).days, f"{day:%m/%d/%Y}")[number % 3]


def _hibob() -> Iterator[Line]:
    yield header("People directory")
    yield header()
    yield header(
        "Employee ID", "Display name", "Email", "Personal email", "Reports to email", "Status", "Lifecycle status",
        "Start date", "Termination date", "Site",
    )  # fmt: skip
    kinds = {0: ("Inactive", "Terminated"), 1: ("Active", "Leave of absence")}
    for number in range(465, 495):
        person = Person(number, "lumen.example")
        kind = kinds.get(number % 8, ("Active", "Employed"))
        cell, fate = person.typed(INACTIVE if kind[0] == "Inactive" else None)
        if number == 480:  # the person has left, so that no one has to look for the address
            cell, fate = "#N/A", INACTIVE
        left: Cell = person.left if kind[0] == "Inactive" else ""
        site = "#N/A" if number % 9 == 0 else "Porto"
        yield row(
            [f"{number:05}", person.name, cell, person.home, person.manager, *kind, person.hired, left, site], fate
        )


def _paylocity() -> Iterator[Line]:
    names = (
        "Employee Id", "Last Name", "First Name", "Work Email", "Home Email", "Employee Status", "Employee Type",
        "Hire Date",
    )  # fmt: skip
    yield header("Employee Census")
    yield header("Run: 01/09/2026 08:15 AM by hr.reports")
    yield header()
    yield header(*names)
    for number in range(495, 525):
        person = Person(number, "clinic.example")
        status = word(number, [(9, "T"), (10, "L")], "A")
        cell, fate = person.typed(INACTIVE if status == "T" else None)
        kind = word(number, [(7, "PT"), (8, "T")], "FT")
        yield row([f"{number:06}", person.family, person.given, cell, person.home, status, kind, person.hired], fate)
        if number == 510:
            yield row(["Page 1 of 2"], FOOTER)
            yield row(names, REPEATED_HEADER)
    yield blank(0)
    yield row(["TOTAL, 30 employees"], FOOTER)
    yield row(["Page 2 of 2"], FOOTER)
