"""The columns of HR systems and directories that matter: ids, names, addresses, statuses and dates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto

Dates = Callable[[date], str]


class State(Enum):
    """Whether a person works there: yes, away for a while, no longer, or not yet."""

    ACTIVE = auto()
    LEAVE = auto()
    GONE = auto()
    FUTURE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The columns of one system, by use; where several names are listed, a roster has one of them.

    ``about`` has the columns of the id and the name, ``work`` of the people's addresses, ``home`` of private addresses
    and ``heads`` of superiors' addresses. ``statuses`` has the words of each column of statuses. ``has_labels`` says
    that a second row of names stands below the first.
    """

    about: Sequence[str]
    work: Sequence[str]
    home: Sequence[str] = ()
    heads: Sequence[str] = ()
    statuses: Mapping[str, Mapping[State, tuple[str, ...]]] = field(default_factory=dict)
    starts: Sequence[str] = ()
    ends: Sequence[str] = ()
    dates: Sequence[Dates] = (date.isoformat,)
    language: str = "en"
    script: str = "latin"
    has_labels: bool = False


def written_as(pattern: str) -> Dates:
    # Python's strftime leaves the zeros of years before 1000 to the platform; these years are later.
    return lambda day: day.strftime(pattern)


def american(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


AMERICAN = (american, written_as("%m/%d/%Y"), date.isoformat, lambda day: f"{american(day)} 0:00")
DOTS = (written_as("%d.%m.%Y"), date.isoformat)
SLASHES = (written_as("%d/%m/%Y"), date.isoformat)
EAST = (written_as("%Y/%m/%d"), date.isoformat, written_as("%Y%m%d"))


def words(active: str, leave: str, gone: str, future: str = "") -> Mapping[State, tuple[str, ...]]:
    """Return the words of a column of statuses; ``|`` separates the words for one state."""
    listed = zip(State, (active, leave, gone, future), strict=True)
    return {state: tuple(text.split("|")) for state, text in listed if text}


ENGLISH = words("Active", "On Leave|Leave|Leave of Absence", "Terminated|Inactive", "")
SWITCH = words("True|TRUE|true", "", "False|FALSE|false")

SYSTEMS: Mapping[str, System] = {
    "Workday": System(
        about=("Employee ID", "Worker"),
        work=("Email - Primary Work", "Primary Work Email", "Work Email"),
        home=("Email - Primary Home",),
        heads=("Manager Email", "Worker's Manager Email"),
        statuses={"Active Status": words("Yes|Active|1", "", "No|Terminated|0")},
        starts=("Hire Date",),
        ends=("Termination Date",),
        dates=AMERICAN,
    ),
    "Workday worker": System(
        about=("Worker",),
        work=("Email - Primary Work",),
        home=("Email - Primary Home",),
        statuses={"Active Status": words("Yes", "", "No")},
        dates=AMERICAN,
    ),
    "SuccessFactors": System(
        about=("USERID", "FIRSTNAME", "LASTNAME"),
        work=("EMAIL",),
        home=("person email",),
        heads=("HR_EMAIL",),
        statuses={"STATUS": words("active|active_external_suite", "", "inactive")},
        starts=("HIREDATE",),
        dates=AMERICAN,
        has_labels=True,
    ),
    "Oracle": System(
        about=("Person Number", "First Name", "Last Name"),
        work=("Work Email", "Email Address"),
        home=("Home Email",),
        heads=("Line Manager Email",),
        statuses={
            "Assignment Status": words(
                "Active - Payroll Eligible|Active - Process",
                "",
                "Inactive - Payroll Eligible|Suspended - Payroll Eligible",
            )
        },
        starts=("Hire Date",),
        ends=("Actual Termination Date",),
        dates=(written_as("%d-%b-%Y"), lambda day: day.strftime("%d-%b-%y").upper()),
    ),
    "BambooHR": System(
        about=("Employee #", "First Name", "Last Name"),
        work=("Work Email",),
        home=("Home Email",),
        heads=("Supervisor Email", "Supervisor's Email"),
        statuses={
            "Status": words("Active", "", "Inactive"),
            "Employment Status": words("Full-Time|Part-Time|Contractor", "", "Terminated"),
        },
        starts=("Hire Date",),
        ends=("Termination Date",),
        dates=(*AMERICAN, written_as("%d %b %Y"), written_as("%b %d, %Y")),
    ),
    "ADP": System(
        about=("Associate ID", "Legal Name"),
        work=("Work Contact: Work Email", "Work Contact: Work Email (Personal Profile)"),
        home=("Personal Contact: Personal Email",),
        heads=("Reports To Email",),
        statuses={"Position Status": words("Active|A", "Leave|L", "Terminated|T")},
        starts=("Hire Date", "Hire/Rehire Date"),
        ends=("Termination Date",),
        dates=AMERICAN,
    ),
    "UKG": System(
        about=("Employee Number", "Employee Name"),
        work=("Employee Email Address", "Primary Email"),
        home=("Alternate Email", "Personal Email", "Secondary Email"),
        heads=("Supervisor Email",),
        statuses={"Employee Status": words("Active|A", "Leave of absence|L", "Terminated|T")},
        starts=("Last Hire Date",),
        ends=("Termination Date",),
        dates=AMERICAN,
    ),
    "Gusto": System(
        about=("gusto_employee_id", "First name", "Last name"),
        work=("Work email",),
        home=("Personal email",),
        heads=("Manager email",),
        statuses={"Status": words("Active", "", "Terminated|Dismissed", "Onboarding")},
        starts=("Start date",),
        ends=("Termination date",),
        dates=AMERICAN,
    ),
    "Rippling": System(
        about=("Employee - ID", "Full name"),
        work=("Work email",),
        home=("Personal email",),
        heads=("Manager - Work email",),
        statuses={"Employment status": words("Active", "", "Terminated", "Hired|Accepted")},
        starts=("Start date",),
        ends=("Last day of work",),
        dates=AMERICAN,
    ),
    "Personio": System(
        about=("Personalnummer", "Vorname", "Nachname"),
        work=("E-Mail", "Email"),
        home=("Private E-Mail", "Private e-mail"),
        heads=("Vorgesetzte E-Mail", "E-Mail Vorgesetzter"),
        statuses={
            "Status": words("active|aktiv|Aktiv", "leave|beurlaubt|Elternzeit", "inactive|inaktiv", "onboarding")
        },
        starts=("Eintrittsdatum", "Hire date"),
        ends=("Austrittsdatum", "Termination date"),
        dates=DOTS,
        language="de",
    ),
    "HiBob": System(
        about=("Employee ID", "Display name"),
        work=("Email",),
        home=("Personal email",),
        heads=("Reports to email",),
        statuses={
            "Status": words("Active", "", "Inactive"),
            "Lifecycle status": words("Employed", "Parental leave", "Terminated", "Hired"),
        },
        starts=("Start date",),
        ends=("Termination date",),
        dates=SLASHES,
    ),
    "Paylocity": System(
        about=("Employee Id", "First Name", "Last Name"),
        work=("Work Email",),
        home=("Home Email",),
        statuses={"Employee Status": words("A|Active", "L|Paid leave", "T|Not on payroll|Deceased")},
        starts=("Hire Date",),
        ends=("Termination Date",),
        dates=AMERICAN,
    ),
    "Keka": System(
        about=("Employee Number", "Full Name"),
        work=("Work Email",),
        home=("Home Email",),
        heads=("Reporting To Email", "L2 Manager Email"),
        statuses={"Employment Status": words("Working|Active", "", "Relieved|Resigned")},
        starts=("Date of Joining",),
        ends=("Last Working Day",),
        dates=(written_as("%d-%b-%Y"), date.isoformat),
    ),
    "Google": System(
        about=("First Name [Required]", "Last Name [Required]"),
        work=("Email Address [Required]",),
        home=("Recovery Email", "Home Secondary Email", "Work Secondary Email", "New Primary Email [UPLOAD ONLY]"),
        heads=("Manager Email",),
        statuses={"Status [READ ONLY]": words("Active", "", "Suspended")},
    ),
    "Entra": System(
        about=("displayName",),
        work=("mail", "userPrincipalName"),
        home=("otherMails",),
        statuses={"accountEnabled": SWITCH},
        dates=(lambda day: day.strftime("%Y-%m-%dT00:00:00Z"),),
    ),
    "Microsoft 365": System(
        about=("First name", "Last name"),
        work=("User Name", "User principal name", "Username"),
        home=("Alternate email address",),
        heads=("Manager Email",),
        statuses={"Block credential": words("False", "", "True"), "Block sign in": words("No", "", "Yes")},
    ),
    "Okta": System(
        about=("firstName", "lastName"),
        work=("email", "login"),
        home=("secondEmail",),
        heads=("managerEmail",),
        statuses={"status": words("ACTIVE|PASSWORD_EXPIRED", "", "DEPROVISIONED|SUSPENDED", "STAGED")},
    ),
    "Slack": System(
        about=("username", "fullname"),
        work=("email",),
        statuses={"status": words("Member|Admin|Owner", "", "Deactivated")},
    ),
    "Zoom": System(
        about=("First Name", "Last Name"),
        work=("Email",),
        statuses={"User Status": words("Active", "", "Inactive")},
    ),
    "Webex": System(
        about=("First Name", "Last Name"),
        work=("User ID/Email (Required)",),
        statuses={"Active": words("TRUE", "", "FALSE")},
    ),
    "French": System(
        about=("Matricule", "Prénom", "Nom"),
        work=("Adresse e-mail professionnelle", "E-mail"),
        home=("Adresse e-mail personnelle",),
        heads=("E-mail du responsable",),
        statuses={"Statut": words("Actif|En poste", "En congé|Congé parental", "Inactif|Sorti", "À venir")},
        starts=("Date d'embauche", "Date d'entrée"),
        ends=("Date de départ", "Date de sortie"),
        dates=SLASHES,
        language="fr",
    ),
    "Spanish": System(
        about=("Número de empleado", "Nombre"),
        work=("Correo electrónico", "Correo corporativo"),
        home=("Correo electrónico personal",),
        heads=("Correo del jefe",),
        statuses={"Estado": words("Activo|Alta", "Excedencia", "Baja|Inactivo")},
        starts=("Fecha de alta", "Fecha de ingreso"),
        ends=("Fecha de baja",),
        dates=SLASHES,
        language="es",
    ),
    "Italian": System(
        about=("Matricola", "Nome", "Cognome"),
        work=("Email aziendale", "E-mail"),
        home=("Email privata",),
        heads=("Email responsabile",),
        statuses={"Stato": words("Attivo|In forza", "In aspettativa", "Cessato|Inattivo")},
        starts=("Data di assunzione",),
        ends=("Data di cessazione",),
        dates=SLASHES,
        language="it",
    ),
    "Dutch": System(
        about=("Personeelsnummer", "Naam"),
        work=("E-mailadres", "Zakelijk e-mailadres"),
        home=("Privé e-mailadres",),
        heads=("E-mail leidinggevende",),
        statuses={"Status": words("Actief|In dienst", "Met verlof", "Uit dienst|Inactief")},
        starts=("Datum in dienst",),
        ends=("Datum uit dienst",),
        dates=(written_as("%d-%m-%Y"), date.isoformat),
        language="nl",
    ),
    "Swedish": System(
        about=("Anställningsnummer", "Förnamn", "Efternamn"),
        work=("E-post", "E-postadress"),
        home=("Privat e-post",),
        heads=("Chefens e-post",),
        statuses={"Status": words("Aktiv|Anställd", "Tjänstledig", "Slutat|Inaktiv")},
        starts=("Anställningsdatum",),
        ends=("Slutdatum",),
        language="sv",
    ),
    "Polish": System(
        about=("Numer pracownika", "Imię", "Nazwisko"),
        work=("E-mail służbowy", "Adres e-mail"),
        home=("E-mail prywatny",),
        heads=("E-mail przełożonego",),
        statuses={"Status": words("Aktywny|Zatrudniony", "Na urlopie", "Nieaktywny|Zwolniony")},
        starts=("Data zatrudnienia",),
        ends=("Data zwolnienia",),
        dates=DOTS,
        language="pl",
        script="central",
    ),
    "Portuguese": System(
        about=("Matrícula", "Nome"),
        work=("E-mail corporativo", "E-mail"),
        home=("E-mail pessoal",),
        heads=("E-mail do gestor",),
        statuses={"Situação": words("Ativo", "Afastado|Em licença", "Desligado|Demitido")},
        starts=("Data de admissão",),
        ends=("Data de demissão", "Data de desligamento"),
        dates=SLASHES,
        language="pt",
    ),
    "Japanese": System(
        about=("社員番号", "氏名"),
        work=("会社メールアドレス", "メールアドレス"),
        home=("個人メールアドレス",),
        heads=("上司メールアドレス",),
        statuses={"在籍区分": words("在職|在籍", "休職|育休", "退職|退社")},
        starts=("入社日",),
        ends=("退職日",),
        dates=EAST,
        language="ja",
        script="japanese",
    ),
    "Chinese": System(
        about=("工号", "姓名"),
        work=("工作邮箱", "公司邮箱", "邮箱"),
        home=("个人邮箱",),
        heads=("主管邮箱",),
        statuses={"在职状态": words("在职|正式", "产假", "离职|已离职")},
        starts=("入职日期",),
        ends=("离职日期",),
        dates=EAST,
        language="zh",
        script="chinese",
    ),
    "Korean": System(
        about=("사번", "성명"),
        work=("회사 이메일", "이메일"),
        home=("개인 이메일",),
        heads=("팀장 이메일",),
        statuses={"재직상태": words("재직", "휴직", "퇴직|퇴사")},
        starts=("입사일",),
        ends=("퇴사일", "퇴직일"),
        dates=EAST,
        language="ko",
        script="korean",
    ),
    "Russian": System(
        about=("Табельный номер", "ФИО"),
        work=("Рабочая почта", "Email"),
        home=("Личная почта",),
        heads=("Почта руководителя",),
        statuses={"Статус": words("Работает|Активен", "В отпуске", "Уволен|Уволена")},
        starts=("Дата приема", "Дата приёма на работу"),
        ends=("Дата увольнения",),
        dates=DOTS,
        language="ru",
        script="cyrillic",
    ),
    "Turkish": System(
        about=("Sicil No", "Ad Soyad"),
        work=("Kurumsal e-posta", "E-posta"),
        home=("Kişisel E-posta",),
        heads=("Yönetici e-posta",),
        statuses={"Durum": words("Aktif|Çalışıyor", "İzinli", "Pasif|Ayrıldı")},
        starts=("İşe giriş tarihi",),
        ends=("İşten çıkış tarihi",),
        dates=DOTS,
        language="tr",
        script="turkish",
    ),
}
