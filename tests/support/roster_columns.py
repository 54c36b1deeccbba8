"""Columns that rosters have beside those that matter: departments, birthdays, marital statuses, salaries."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Protocol

Dates = Callable[[date], str]
"""Writes a date as the system does."""


class Numbered(Protocol):
    """A person as these columns know one."""

    @property
    def number(self) -> int: ...


Cell = Callable[[Numbered, Random], str]
Column = Callable[[Dates], Cell]


def one_of(*values: str) -> Column:
    return lambda _dates: lambda _person, random: random.choice(values)


def some_day(first: int, last: int, *, filled: float = 1.0) -> Column:
    """Return a column of dates between two years; not all cells are filled."""

    def column(dates: Dates) -> Cell:
        span = (date(last, 12, 31) - date(first, 1, 1)).days
        return lambda _person, random: (
            dates(date(first, 1, 1) + timedelta(days=random.randint(0, span))) if random.random() < filled else ""
        )

    return column


def counted(text: str) -> Column:
    return lambda _dates: lambda person, _random: text.format(person.number)


FURTHER: Mapping[str, Column] = {
    "Department": one_of("Sales", "Finance", "IT"),
    "Location": one_of("Bern", "Oslo", "NY Office"),
    "Job Title": one_of("Clerk", "Team Lead", "Compliance Officer"),
    "Cost Center": one_of("C1", "C2"),
    "Phone": counted("+41 44 {}"),
    "Company": one_of("Corp", "Corp GmbH"),
    "Manager": one_of("Pat Moss", "Quin Day"),
    "Manager ID": one_of("1001", "1002"),
    "Mailing Address": one_of("1 Main Street", "2 Side Street"),
    "Email Verified": one_of("Yes", "No"),
    "Country": one_of("CH", "NO", "NA"),
    "Date of Birth": some_day(1961, 2004),
    "Birthday": some_day(1961, 2004, filled=0.8),
    "Marital Status": one_of("Single", "Married", "Divorced", ""),
    "Gender": one_of("F", "M", "X", ""),
    "Visa Status": one_of("Citizen", "Permanent Resident", "Expired", ""),
    "Visa Expiry Date": some_day(2023, 2028, filled=0.2),
    "Last Review Date": some_day(2023, 2025, filled=0.7),
    "Next Review Date": some_day(2026, 2027, filled=0.7),
    "Last Promotion Date": some_day(2015, 2025, filled=0.3),
    "Last Login": some_day(2025, 2025, filled=0.9),
    "Last Modified": some_day(2025, 2025),
    "Probation End Date": some_day(2016, 2025, filled=0.6),
    "Benefits Start Date": some_day(2016, 2025, filled=0.6),
    "Salary": one_of("54000", "61,500.00", "48000"),
    "Pay Rate": one_of("25.50", "31.00"),
    "Pay Grade": one_of("1", "2", "3"),
    "FTE": one_of("1", "1.0", "0.5"),
    "Standard Hours": one_of("40", "20"),
    "Full/Part Time": one_of("Full-Time", "Part-Time"),
    "Employment Type": one_of("Full-Time", "Part-Time", "Contract"),
    "Job Level": one_of("L1", "L2", "M1"),
    "FLSA Status": one_of("Exempt", "Non-Exempt"),
    "Veteran Status": one_of("Not a veteran", "Veteran", ""),
    "Remote": one_of("Yes", "No"),
    "Union Member": one_of("Y", "N"),
    "Is Manager": one_of("TRUE", "FALSE"),
    "Order Status": one_of("Shipped", "Open", ""),
    "Training Status": one_of("Completed", "Not started", "In progress"),
    "Review Status": one_of("Completed", "Pending", ""),
    "Onboarding Status": one_of("Completed", "In progress"),
    "Background Check Status": one_of("Cleared", "Pending"),
    "Emergency Contact Name": one_of("Pat Moss", "Quin Day", ""),
    "Website": one_of("https://corp.example", ""),
    "Notes": one_of("", "", "ask Pat, please", 'says "hello"'),
    "Nationality": one_of("Swiss", "Norwegian"),
    "Seniority Date": some_day(2001, 2024),
    "Tenure": one_of("3.2", "11.0"),
}
"""Columns of any system that hold no address and say nothing about who works there."""

DIVERSE: Mapping[str, Mapping[str, Column]] = {
    "de": {
        "Abteilung": one_of("Vertrieb", "Einkauf", "Finanzen"),
        "Kostenstelle": one_of("4711", "4712"),
        "Geburtsdatum": some_day(1961, 2004),
        "Familienstand": one_of("ledig", "verheiratet", "geschieden", ""),
        "Gehalt": one_of("4.200,00", "5.100,50"),
        "Telefon geschäftlich": counted("+49 30 {}"),
        "Standort": one_of("München", "Köln"),
        "Probezeitende": some_day(2016, 2025, filled=0.6),
        "Letzte Beurteilung": some_day(2022, 2025, filled=0.6),
        "Beschäftigungsgrad": one_of("100", "80"),
    },
    "fr": {
        "Service": one_of("Ventes", "Achats"),
        "Date de naissance": some_day(1961, 2004),
        "Situation familiale": one_of("Célibataire", "Marié", "Divorcé", ""),
        "Fin de période d'essai": some_day(2016, 2025, filled=0.6),
        "Établissement": one_of("Lyon", "Orléans"),
    },
    "es": {
        "Departamento": one_of("Ventas", "Compras"),
        "Fecha de nacimiento": some_day(1961, 2004),
        "Estado civil": one_of("Soltero", "Casada", ""),
        "Puesto": one_of("Técnico", "Analista"),
    },
    "it": {
        "Reparto": one_of("Vendite", "Acquisti"),
        "Data di nascita": some_day(1961, 2004),
        "Stato civile": one_of("Celibe", "Coniugata", ""),
    },
    "nl": {
        "Afdeling": one_of("Verkoop", "Inkoop"),
        "Geboortedatum": some_day(1961, 2004),
        "Burgerlijke staat": one_of("Ongehuwd", "Gehuwd", ""),
    },
    "sv": {"Avdelning": one_of("Försäljning", "Inköp"), "Födelsedatum": some_day(1961, 2004)},
    "pl": {
        "Dział": one_of("Sprzedaż", "Księgowość"),
        "Data urodzenia": some_day(1961, 2004),
        "Stan cywilny": one_of("Kawaler", "Mężatka", ""),
    },
    "pt": {
        "Departamento": one_of("Vendas", "Compras"),
        "Data de nascimento": some_day(1961, 2004),
        "Estado civil": one_of("Solteiro", "Casada", ""),
    },
    "ja": {
        "部署": one_of("営業部", "総務部"),
        "生年月日": some_day(1961, 2004),
        "役職": one_of("課長", "主任", ""),
        "性別": one_of("男", "女"),
    },
    "zh": {
        "部门": one_of("销售部", "财务部"),
        "出生日期": some_day(1961, 2004),
        "婚姻状况": one_of("已婚", "未婚", ""),
        "性别": one_of("男", "女"),
    },
    "ko": {"부서": one_of("영업팀", "재무팀"), "생년월일": some_day(1961, 2004), "직급": one_of("과장", "대리")},
    "ru": {
        "Отдел": one_of("Продажи", "Закупки"),
        "Дата рождения": some_day(1961, 2004),
        "Семейное положение": one_of("женат", "не замужем", ""),
        "Должность": one_of("Инженер", "Аналитик"),
    },
    "tr": {"Departman": one_of("Satış", "İdari İşler"), "Doğum Tarihi": some_day(1961, 2004)},
}
"""Such columns in other languages."""
