"""How HR systems call the columns that say who works there, and their words, in each language that the job knows."""

from collections.abc import Mapping
from dataclasses import dataclass

# ruff: noqa: RUF001  words in their own letters


@dataclass(frozen=True, slots=True)
class Language:
    """The names of columns for statuses, last days and first days, and the words for people at work and people gone."""

    status: tuple[str, ...]
    end: tuple[str, ...]
    start: tuple[str, ...]
    active: tuple[str, ...]
    gone: tuple[str, ...]


LANGUAGES: Mapping[str, Language] = {
    "en": Language(
        (
            "Emp Status",
            "Job Status",
            "EmployeeHRStatus",
            "Employment Status Code",
            "HR_STATUS",
            "EMPSTATUS",
            "Worker Status",
        ),
        (
            "Term Date",
            "TERM_DT",
            "Date Left",
            "LWD",
            "DOL",
            "companyExitDate",
            "Date of Separation",
            "Last Day Worked",
            "TermDate",
            "Exit Date",
            "Leaving Date",
            "Contract End Date",
            "Soft deletion time stamp",
            "Employee Relieving Date",
        ),
        ("Date Hired", "HIRE_DT", "DOJ", "Joining Date", "Original Hire Date"),
        ("Active", "A", "On leave", "Employed"),
        ("Terminated", "T", "Inactive", "Resigned", "Retired", "Left"),
    ),
    "de": Language(
        ("Mitarbeiterstatus", "Beschäftigungsstatus", "Status Mitarbeiter", "Personalstatus"),
        ("Austrittsdatum", "Austritt", "Datum Austritt", "Letzter Arbeitstag", "Vertragsende", "Ausscheidedatum"),
        ("Eintrittsdatum", "Eintritt", "Einstellungsdatum", "Vertragsbeginn"),
        ("aktiv", "Elternzeit"),
        ("ausgeschieden", "gekündigt", "inaktiv"),
    ),
    "fr": Language(
        ("Statut du salarié", "Statut employé", "Situation"),
        ("Date de sortie", "Date de départ", "Date de fin de contrat", "Date de sortie des effectifs", "Dernier jour"),
        ("Date d'embauche", "Date d'entrée", "Date de début"),
        ("actif", "Congé maternité"),
        ("sorti", "Inactif", "démissionnaire"),
    ),
    "es": Language(
        ("Estado", "Situación laboral", "Estatus del empleado"),
        ("Fecha de baja", "Fecha de salida", "Fecha de egreso", "Fecha fin de contrato", "Último día"),
        ("Fecha de alta", "Fecha de ingreso", "Fecha de inicio"),
        ("Activo", "Vacaciones"),
        ("Inactivo", "Despedido", "Baja"),
    ),
    "it": Language(
        ("Stato dipendente", "Stato", "Status dipendente"),
        ("Data cessazione", "Data di uscita", "Data fine rapporto", "Data fine contratto"),
        ("Data assunzione", "Data inizio rapporto"),
        ("Attivo", "In forza"),
        ("Cessato", "Dimesso"),
    ),
    "nl": Language(
        ("Medewerkerstatus", "Status medewerker", "Dienstverbandstatus"),
        ("Datum uit dienst", "Uitdienstdatum", "Einddatum contract", "Laatste werkdag"),
        ("Datum in dienst", "Indienstdatum"),
        ("Actief", "In dienst"),
        ("Uit dienst", "Inactief"),
    ),
    "pt": Language(
        ("Situação", "Status do colaborador", "Situação do funcionário"),
        ("Data de demissão", "Data de desligamento", "Data de saída", "Data de rescisão"),
        ("Data de admissão", "Data de início"),
        ("Ativo", "Afastado"),
        ("Demitido", "Desligado"),
    ),
    "pl": Language(
        ("Status pracownika", "Status zatrudnienia"),
        ("Data zwolnienia", "Data zakończenia umowy", "Data rozwiązania umowy", "Data ustania zatrudnienia"),
        ("Data zatrudnienia", "Data rozpoczęcia pracy"),
        ("Aktywny", "Zatrudniony"),
        ("Nieaktywny", "Zwolniony"),
    ),
    "sv": Language(
        ("Anställningsstatus", "Status"),
        ("Slutdatum", "Sista anställningsdag", "Avgångsdatum", "Anställning upphörde datum"),
        ("Anställningsdatum", "Startdatum"),
        ("Anställd", "Tjänstledig"),
        ("Slutat", "Avslutad"),
    ),
    "da": Language(
        ("Ansættelsesstatus", "Medarbejderstatus"),
        ("Fratrædelsesdato", "Slutdato", "Sidste arbejdsdag", "Fratrådt dato"),
        ("Ansættelsesdato", "Startdato"),
        ("Ansat", "Orlov"),
        ("Fratrådt", "Opsagt"),
    ),
    "no": Language(
        ("Ansattstatus", "Ansettelsesstatus"),
        ("Sluttdato", "Fratredelsesdato", "Siste arbeidsdag"),
        ("Ansettelsesdato", "Startdato"),
        ("Ansatt", "Permisjon"),
        ("Sluttet", "Oppsagt"),
    ),
    "fi": Language(
        ("Työsuhteen tila", "Status"),
        ("Päättymispäivä", "Työsuhteen päättymispäivä", "Työsuhteen päättymispvm", "Viimeinen työpäivä"),
        ("Aloituspäivä", "Työsuhteen alkamispäivä"),
        ("Aktiivinen", "Perhevapaalla"),
        ("Irtisanottu", "Päättynyt"),
    ),
    "cs": Language(
        ("Stav", "Stav zaměstnance", "Status"),
        ("Datum ukončení", "Datum ukončení pracovního poměru", "Datum odchodu", "Konec pracovního poměru"),
        ("Datum nástupu",),
        ("Aktivní", "Na mateřské"),
        ("Neaktivní", "Ukončen"),
    ),
    "hu": Language(
        ("Státusz", "Állapot"),
        ("Kilépés dátuma", "Munkaviszony vége", "Kilépési dátum", "Munkaviszony megszűnésének dátuma"),
        ("Belépés dátuma", "Munkaviszony kezdete"),
        ("Aktív", "Szabadságon"),
        ("Kilépett", "Inaktív"),
    ),
    "ro": Language(
        ("Status angajat", "Stare"),
        ("Data încetării", "Data încetării contractului", "Data plecării", "Dată încetare"),
        ("Data angajării",),
        ("Activ", "În concediu"),
        ("Inactiv", "Concediat"),
    ),
    "el": Language(
        ("Κατάσταση", "Κατάσταση εργαζομένου"),
        ("Ημερομηνία αποχώρησης", "Ημερομηνία λήξης", "Ημερομηνία λύσης σύμβασης"),
        ("Ημερομηνία πρόσληψης",),
        ("Ενεργός", "Σε άδεια"),
        ("Ανενεργός", "Αποχώρησε"),
    ),
    "tr": Language(
        ("Durum", "Çalışma Durumu"),
        ("İşten Çıkış Tarihi", "Ayrılış Tarihi", "İşten Ayrılma Tarihi", "Çıkış Tarihi"),
        ("İşe Giriş Tarihi",),
        ("Aktif", "İzinli"),
        ("Pasif", "İşten ayrıldı"),
    ),
    "ru": Language(
        ("Статус", "Статус сотрудника", "Состояние"),
        ("Дата увольнения", "Дата окончания договора", "Дата прекращения трудового договора"),
        ("Дата приема", "Дата приёма на работу"),
        ("Работает", "В отпуске"),
        ("Уволен", "Уволена"),
    ),
    "he": Language(
        ("סטטוס", "סטטוס עובד", "מצב"),
        ("תאריך סיום", "תאריך סיום העסקה", "תאריך עזיבה"),
        ("תאריך תחילת עבודה",),
        ("פעיל", "בחופשת לידה"),
        ("לא פעיל", "עזב"),
    ),
    "ar": Language(
        ("الحالة", "حالة الموظف", "حالة التوظيف"),
        ("تاريخ انتهاء الخدمة", "تاريخ نهاية العقد", "تاريخ ترك العمل"),
        ("تاريخ التعيين", "تاريخ الالتحاق"),
        ("على رأس العمل", "نشط"),
        ("مستقيل", "منتهي الخدمة"),
    ),
    "ja": Language(
        ("在籍状況", "雇用状態", "在職区分", "ステータス", "状態"),
        ("退職日", "退職年月日", "退社日", "契約終了日", "最終出勤日"),
        ("入社日", "入社年月日"),
        ("在職", "休職中"),
        ("退職", "退職済み"),
    ),
    "ko": Language(
        ("재직상태", "재직구분", "재직여부", "상태"),
        ("퇴사일", "퇴직일자", "퇴사 날짜", "계약종료일"),
        ("입사일", "입사일자"),
        ("재직", "육아휴직"),
        ("퇴사", "퇴직"),
    ),
    "zh": Language(
        ("员工状态", "在职状态", "状态", "在職狀態"),
        ("离职日期", "离职时间", "合同终止日期", "離職日"),
        ("入职日期", "入职时间"),
        ("在职", "试用期"),
        ("离职", "已离职"),
    ),
}
"""The languages by their codes."""

ABOUT_SOMETHING_ELSE: Mapping[str, tuple[str, ...]] = {
    "Marital Status": ("Married", "Single", "Separated"),
    "Visa Status": ("Active", "Expired", ""),
    "Order Status": ("Closed", "Active", "Cancelled"),
    "Probation end date": ("2019-03-31", "", "2020-01-31"),
    "Review date": ("2024-05-02", "", ""),
    "Vacation end": ("2025-08-15", "", ""),
    "Date of Birth": ("1980-02-03", "1991-11-12", ""),
    "State": ("NY", "CA", "TX"),
    "Remote": ("Yes", "No", ""),
    "Handedness": ("Left", "Right", ""),
    "Last Login": ("2025-11-01", "", "2025-10-01"),
    "License Status": ("Active", "Inactive", ""),
    "Familienstand": ("ledig", "verheiratet", ""),
    "Probezeitende": ("2019-03-31", "", ""),
    "Date de naissance": ("1980-02-03", "", ""),
    "Stato civile": ("coniugato", "separato", ""),
    "Дата рождения": ("1980-02-03", "", ""),
    "生年月日": ("1980-02-03", "", ""),
    "Badge Issued": ("2024-02-03", "", ""),
    "Training Completed": ("2024-02-03", "", ""),
    "Postal Code": ("20095", "43540", ""),
    "Previous Employment End": ("2019-01-31", "2018-06-30", "2020-12-31"),
    "Prior Employer End Date": ("2019-01-31", "", "2020-12-31"),
    "Vesting End": ("2024-12-31", "2025-06-30", "2025-01-31"),
    "Dependents End Date": ("2024-12-31", "", ""),
    "Left Handed": ("Yes", "No", "No"),
    "Work Pattern": ("Active", "Active", "Part-Time"),
}
"""Columns that say nothing about who works there, with some of their cells."""
