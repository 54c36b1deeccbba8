"""Ordinary rosters of HR systems and directories, with the truth about whose address is whose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

Cell = Callable[["Person", Random], str]


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a roster. ``work`` is the address at work; some people have none yet."""

    number: int
    given: str
    family: str
    work: str

    @property
    def full(self) -> str:
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Roster:
    """A table and the address at work in each row; ``own`` is the column that has these."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    own: int
    truth: tuple[str, ...]


GIVEN = ("Ana", "Ben", "Cem", "Dee", "Eve", "Gus", "Hana", "Ivo", "Jo", "Kim", "Lea", "Max", "Nia", "Rui", "Zoe")
FAMILY = (
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
    "Sá",
    "Weiß",
)
DOMAIN = "corp.example"


def address(given: str, family: str, number: int) -> str:
    letters = f"{given}.{family}".casefold().encode("ascii", "ignore").decode()
    return f"{letters}{number}@{DOMAIN}"


def staff(random: Random, size: int) -> list[Person]:
    """Return people; a few have no address at work yet."""
    people = []
    for number in range(size):
        given, family = random.choice(GIVEN), random.choice(FAMILY)
        people.append(
            Person(1000 + number, given, family, address(given, family, number) if random.random() > 0.03 else "")
        )
    return people


def private(person: Person, random: Random) -> str:
    return f"{person.given}{person.number}@home.example".casefold() if random.random() > 0.1 else ""


def superior(person: Person, random: Random) -> str:
    return f"head{person.number % random.choice((3, 4))}@{DOMAIN}"


def one_of(*values: str) -> Cell:
    return lambda _person, random: random.choice(values)


COMMON: Mapping[str, Cell] = {
    "Department": one_of("Sales", "Finance", "IT"),
    "Location": one_of("Bern", "Oslo", "NY Office"),
    "Job Title": one_of("Clerk", "Team Lead", "Compliance Officer"),
    "Cost Center": one_of("C1", "C2"),
    "Phone": lambda person, _random: f"+41 44 {person.number}",
    "Company": one_of("Corp", "Corp GmbH"),
    "Manager": one_of("Pat Moss", "Quin Day"),
    "Mailing Address": one_of("1 Main Street", "2 Side Street"),
    "Email Verified": one_of("Yes", "No"),
    "Country": one_of("CH", "NO"),
}
"""Columns of any system that hold no address."""

SYSTEMS: Mapping[str, tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[str]]] = {
    "Workday": (
        ("Employee ID", "Worker"),
        ("Email - Primary Work", "Primary Work Email", "Work Email"),
        ("Email - Primary Home",),
        ("Manager Email",),
    ),
    "SuccessFactors": (("USERID", "FIRSTNAME", "LASTNAME"), ("EMAIL",), ("person email",), ("HR Email",)),
    "BambooHR": (("Employee #", "First Name", "Last Name"), ("Work Email",), ("Home Email",), ("Supervisor Email",)),
    "ADP": (
        ("Associate ID", "Legal Name"),
        ("Work Contact: Work Email", "Work Contact: Work Email (Personal Profile)"),
        ("Personal Contact: Personal Email",),
        ("Reports To Email",),
    ),
    "UKG": (
        ("Employee Number", "Employee Name"),
        ("Employee Email Address", "Primary Email"),
        ("Alternate Email", "Personal Email", "Secondary Email"),
        ("Supervisor Email",),
    ),
    "Gusto": (
        ("gusto_employee_id", "First name", "Last name"),
        ("Work email",),
        ("Personal email",),
        ("Manager email",),
    ),
    "Rippling": (("Employee - ID", "Full name"), ("Work email",), ("Personal email",), ("Manager - Work email",)),
    "Personio": (
        ("Personalnummer", "Vorname", "Nachname"),
        ("E-Mail", "Email"),
        ("Private E-Mail", "Private e-mail"),
        ("Vorgesetzte E-Mail",),
    ),
    "HiBob": (("Employee ID", "Display name"), ("Email",), ("Personal email",), ("Reports to email",)),
    "Keka": (
        ("Employee Number", "Full Name"),
        ("Work Email",),
        ("Home Email",),
        ("Reporting To Email", "L2 Manager Email"),
    ),
    "Google": (
        ("First Name [Required]", "Last Name [Required]"),
        ("Email Address [Required]",),
        ("Recovery Email", "Home Secondary Email", "Work Secondary Email", "New Primary Email [UPLOAD ONLY]"),
        ("Manager Email",),
    ),
    "Okta": (("firstName", "lastName"), ("email",), ("secondEmail",), ("managerEmail",)),
    "Zoom": (("First Name", "Last Name"), ("Email",), (), ()),
    "Webex": (("First Name", "Last Name"), ("User ID/Email (Required)",), (), ()),
    "Microsoft 365": (("First name", "Last name"), ("User Name",), ("Alternate email address",), ("Manager Email",)),
    "French": (
        ("Matricule", "Nom", "Prénom"),
        ("Adresse e-mail professionnelle", "E-mail"),
        ("Adresse e-mail personnelle",),
        ("E-mail du responsable",),
    ),
    "Spanish": (
        ("Número de empleado", "Nombre"),
        ("Correo electrónico", "Correo corporativo"),
        ("Correo electrónico personal",),
        ("Correo del jefe",),
    ),
    "Italian": (("Matricola", "Nome", "Cognome"), ("Email aziendale",), ("Email privata",), ("Email responsabile",)),
    "Dutch": (("Personeelsnummer", "Naam"), ("E-mailadres",), ("Privé e-mailadres",), ("E-mail leidinggevende",)),
    "Swedish": (("Anställningsnummer", "Förnamn", "Efternamn"), ("E-post",), ("Privat e-post",), ("Chefens e-post",)),
    "Polish": (("Numer", "Imię"), ("E-mail służbowy", "Adres e-mail"), ("E-mail prywatny",), ("E-mail przełożonego",)),
    "Portuguese": (("Matrícula", "Nome"), ("E-mail corporativo", "E-mail"), ("E-mail pessoal",), ("E-mail do gestor",)),
    "Japanese": (
        ("社員番号", "氏名"),
        ("会社メールアドレス", "メールアドレス"),
        ("個人メールアドレス",),
        ("上司メールアドレス",),
    ),
    "Chinese": (("工号", "姓名"), ("工作邮箱", "公司邮箱", "邮箱"), ("个人邮箱",), ("主管邮箱",)),
    "Korean": (("사번", "성명"), ("회사 이메일", "이메일"), ("개인 이메일",), ("팀장 이메일",)),
    "Russian": (("Табельный номер", "ФИО"), ("Рабочая почта", "Email"), ("Личная почта",), ("Почта руководителя",)),
    "Turkish": (("Sicil No", "Ad Soyad"), ("Kurumsal e-posta", "E-posta"), ("Kişisel E-posta",), ("Yönetici e-posta",)),
}
"""By system or language: columns of the id and name, of the address at work, of private and of superiors' addresses."""


def ordinary_roster(random: Random) -> Roster:
    """Return a roster of a random system, with random further columns in a random order."""
    about, work, home, heads = SYSTEMS[random.choice(sorted(SYSTEMS))]
    people = staff(random, random.randint(5, 60))
    own = random.choice(work)
    columns: dict[str, Cell] = {name: _about(name, position) for position, name in enumerate(about)}
    columns[own] = lambda person, _random: person.work
    columns |= {name: private for name in home if random.random() < 0.7}
    columns |= {name: superior for name in heads if random.random() < 0.5}
    columns |= {name: COMMON[name] for name in random.sample(sorted(COMMON), random.randint(0, 6))}
    header = sorted(columns, key=lambda _name: random.random())
    rows = [person for person in people for _ in range(1 + (random.random() < 0.03))]
    return Roster(
        tuple(header),
        tuple(tuple(columns[name](person, random) for name in header) for person in rows),
        header.index(own),
        tuple(person.work for person in rows),
    )


def _about(name: str, position: int) -> Cell:
    is_number = position == 0 and not any(part in name.casefold() for part in ("name", "first"))
    return lambda person, _random: (
        str(person.number) if is_number else (person.given, person.full, person.family)[position]
    )
