"""The column of addresses is found, or the export is refused without guessing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.exports.layout.column_names import plain_words
from onboarding.exports.layout.column_roles import Role, choose_columns, choose_list_columns
from onboarding.exports.tables import Unreadable

ANA, BEN, HOME, HEAD = "ana@corp.example", "ben@corp.example", "ana@home.example", "head@corp.example"


def email_of(header, *rows, email_column=None):
    """Return the name of the column that was chosen for the address."""
    return header[choose_columns(header, rows, email_column=email_column)[Role.EMAIL]]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Email - Primary Home", "Email - Primary Work"], "Email - Primary Work"),
        (["Manager - Work email", "Work email"], "Work email"),
        (["Email", "Personal email"], "Email"),
        (["EMAIL", "person email"], "EMAIL"),
        (["E-Mail", "Private E-Mail"], "E-Mail"),
        (["login", "email", "secondEmail"], "email"),
        (["userPrincipalName", "mail"], "mail"),
        (["User Name", "Alternate email address"], "User Name"),
        (["Recovery Email", "Email Address [Required]", "New Primary Email [UPLOAD ONLY]"], "Email Address [Required]"),
        (["Work Secondary Email", "Primary Email"], "Primary Email"),
        (
            ["Work Contact: Work Email (Personal Profile)", "Personal Contact: Personal Email"],
            "Work Contact: Work Email (Personal Profile)",
        ),
        (["Email (Personal)", "Email (Work)"], "Email (Work)"),
        (["Private E-Mail-Adresse", "Geschäftliche E-Mail-Adresse"], "Geschäftliche E-Mail-Adresse"),
        (["Adresse e-mail personnelle", "Adresse e-mail professionnelle"], "Adresse e-mail professionnelle"),
        (["Correo electrónico personal", "Correo electrónico"], "Correo electrónico"),
        (["Indirizzo e-mail privato", "Indirizzo e-mail aziendale"], "Indirizzo e-mail aziendale"),
        (["Privé e-mailadres", "Zakelijk e-mailadres"], "Zakelijk e-mailadres"),
        (["Email", "Work Email"], "Work Email"),
        (["Email", "Email status"], "Email"),
    ],
)
def test_work_address_is_found_among_decoys(header, expected):
    """Every column is full of different addresses, so the names alone decide."""
    rows = [[f"{person}{column}@corp.example" for column in range(len(header))] for person in "abc"]
    if "Email status" in header:
        rows = [[row[0], "verified"] for row in rows]

    assert email_of(header, *rows) == expected


@pytest.mark.parametrize("decoy", ["Manager Email", "Home Email", "Recovery Email", "E-Mail Vorgesetzte", "HOMEEMAIL"])
def test_only_a_decoy_is_refused(decoy):
    """The job never falls back on a manager's address or a private mailbox."""
    with pytest.raises(Unreadable, match="--email-column") as refusal:
        choose_columns(["Employee ID", decoy], [["1", HEAD], ["2", "x@corp.example"]], email_column=None)

    assert decoy in refusal.value.why


@pytest.mark.parametrize("header", [["Email", "Email Label"], ["E-mail 1 - Value", "E-mail 1 - Type"]])
def test_label_beside_the_only_column_of_addresses_is_its_type(header):
    """Otherwise private addresses go by that only the label calls private."""
    assert choose_columns(header, [[ANA, "Work"], [HOME, "Home"]], email_column=None)[Role.ADDRESS_TYPE] == 1


def test_two_close_candidates_are_both_named():
    """Nothing tells them apart, so the user must choose."""
    with pytest.raises(Unreadable, match=r'"Email", "E-mail address" may each .* --email-column'):
        choose_columns(["Email", "E-mail address"], [[ANA, HOME], [BEN, "ben@home.example"]], email_column=None)


def test_an_empty_work_column_beside_a_full_one_is_not_guessed():
    """The full column may be private."""
    with pytest.raises(Unreadable, match='"Work Email", "Email"'):
        choose_columns(["Work Email", "Email"], [["", ANA], ["", BEN]], email_column=None)


def test_the_fuller_of_two_equal_names_wins():
    """Content decides between equal claims."""
    assert choose_columns(["Email", "Mail"], [["", ANA], ["", BEN]], email_column=None)[Role.EMAIL] == 1


def test_a_repeating_column_is_not_close_to_a_unique_one():
    """A column that repeats belongs to managers or teams."""
    people = [[HEAD, f"p{n}@corp.example"] for n in range(10)]

    assert email_of(["Mail", "Email"], *people) == "Email"


def test_an_unknown_name_is_taken_if_it_alone_holds_addresses():
    """Customers rename columns, and reports use the company's language."""
    assert email_of(["Kontakt", "Ort"], [ANA, "Bern"], [BEN, "Genf"]) == "Kontakt"


def test_an_unknown_name_beside_a_decoy_is_refused():
    """Two columns of addresses and no good name leave only a guess."""
    with pytest.raises(Unreadable, match="Kontakt"):
        choose_columns(["Kontakt", "Manager Email"], [[ANA, HEAD], [BEN, HEAD]], email_column=None)


def test_an_unknown_name_that_repeats_is_refused():
    """It looks like a manager's address."""
    with pytest.raises(Unreadable, match="Kontakt"):
        choose_columns(["Kontakt"], [[HEAD]] * 10, email_column=None)


def test_a_column_of_bad_addresses_is_still_the_address_column():
    """Its rows are rejected one by one; the file is accepted."""
    assert email_of(["Name", "Email"], ["Ana", "ana at corp"]) == "Email"


def test_the_flag_overrules_names():
    """A user may mean a private address."""
    assert email_of(["Email", "Home Email"], [ANA, HOME], email_column="home email") == "Home Email"


def test_a_flag_that_names_no_column_lists_the_columns():
    """The user can correct a typing mistake from the message alone."""
    with pytest.raises(Unreadable, match=r'no column "Mial" .* the columns are "Name", "Email"'):
        choose_columns(["Name", "Email"], [], email_column="Mial")


def test_a_flag_that_names_two_columns_is_refused():
    """Header names may repeat."""
    with pytest.raises(Unreadable, match=r"columns A and C are both .* --email-column A or --email-column C"):
        choose_columns(["Email", "Name", "Email"], [], email_column="Email")


def test_a_long_list_of_columns_is_cut_short():
    """A message is one readable line."""
    header = ["Name", *(f"Field {number}" for number in range(500))]

    with pytest.raises(Unreadable, match="and 489 more") as refusal:
        choose_columns(header, [], email_column=None)

    assert len(refusal.value.why) < 400


def test_a_first_row_that_is_a_person_is_not_shown():
    """Without a header, the first row is personal data."""
    with pytest.raises(Unreadable) as refusal:
        choose_columns(["1001", "Ana Ruiz", ""], [["1002", "Ben Okafor", ""]], email_column=None)

    assert "Ana" not in refusal.value.why


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Employee #", "Name"], {Role.EMPLOYEE_ID: "Employee #", Role.NAME: "Name"}),
        (["Employee - ID", "Full Name", "First Name"], {Role.EMPLOYEE_ID: "Employee - ID", Role.NAME: "Full Name"}),
        (
            ["USERID", "firstName", "lastName"],
            {Role.EMPLOYEE_ID: "USERID"} | {Role.GIVEN_NAME: "firstName"} | {Role.FAMILY_NAME: "lastName"},
        ),
        (
            ["Personalnummer", "Vorname", "Name"],
            {Role.EMPLOYEE_ID: "Personalnummer"} | {Role.GIVEN_NAME: "Vorname"} | {Role.FAMILY_NAME: "Name"},
        ),
        (
            ["Matricule", "Nom", "Prénom"],
            {Role.EMPLOYEE_ID: "Matricule"} | {Role.GIVEN_NAME: "Prénom"} | {Role.FAMILY_NAME: "Nom"},
        ),
        (
            ["Matricola", "Nome", "Cognome"],
            {Role.EMPLOYEE_ID: "Matricola"} | {Role.GIVEN_NAME: "Nome"} | {Role.FAMILY_NAME: "Cognome"},
        ),
        (["Número de empleado", "Nombre"], {Role.EMPLOYEE_ID: "Número de empleado", Role.NAME: "Nombre"}),
        (
            ["Personeelsnummer", "Voornaam", "Achternaam"],
            {Role.EMPLOYEE_ID: "Personeelsnummer"} | {Role.GIVEN_NAME: "Voornaam"} | {Role.FAMILY_NAME: "Achternaam"},
        ),
        *(
            ([number, given, family], {Role.EMPLOYEE_ID: number, Role.GIVEN_NAME: given, Role.FAMILY_NAME: family})
            for number, given, family in [
                ("Matrícula", "Nome", "Sobrenome"),
                ("Nr pracownika", "Imię", "Nazwisko"),
                ("Ansattnr.", "Fornavn", "Etternavn"),
                ("Medarbejdernr.", "Fornavn", "Efternavn"),
                ("Osobní číslo", "Jméno", "Příjmení"),
                ("Törzsszám", "Keresztnév", "Vezetéknév"),
                ("Marcă", "Prenume", "Nume"),
                ("Αριθμός μητρώου", "Όνομα", "Επώνυμο"),
                ("Sicil No", "Ad", "Soyad"),
                ("Табельный номер", "Имя", "Фамилия"),
                ("מספר עובד", "שם פרטי", "שם משפחה"),
                ("社員番号", "名", "姓"),
                ("工号", "名", "姓"),
            ]
        ),
        *(
            ([number, full], {Role.EMPLOYEE_ID: number, Role.NAME: full})
            for number, full in [
                ("社員コード", "氏名"),
                ("사번", "성명"),
                ("员工编号", "姓名"),
                ("الرقم الوظيفي", "اسم الموظف"),
                ("Код сотрудника", "Полное имя"),
                ("Personel No", "Ad Soyad"),
                ("Osobní číslo", "Jméno"),
            ]
        ),
        (["Manager ID", "Manager Name"], {}),
    ],
)
def test_id_and_name_are_found_where_present(header, expected):
    """They are found in several languages, and never the id or name of a manager."""
    columns = choose_columns([*header, "Email"], [], email_column=None)

    assert {role: header[index] for role, index in columns.items() if role is not Role.EMAIL} == expected


@given(st.text(max_size=600))
def test_any_text_has_plain_words(name):
    """Header text is arbitrary."""
    assert plain_words(name) == " ".join(plain_words(name).split())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("HRBPEmail", "hrbp email"),
        ("EMailAddress", "email address"),
        ("Kişisel E-posta", "kisisel eposta"),
        ("KİŞİSEL E-POSTA", "kisisel eposta"),
        ("Næste Størrelse", "naeste storrelse"),
        ("個人メールアドレス", "個人メールアドレス"),
        ("이메일 주소", "이메일 주소"),
        ("Электронная почта", "электронная почта"),
    ],
)
def test_names_of_every_alphabet_have_plain_words(name, expected):
    """Signs that make another letter stay; accents go."""
    assert plain_words(name) == expected


def test_list_may_repeat_the_addresses_of_its_only_column():
    """Nobody else is excluded by that, and a list is often joined from several."""
    assert choose_list_columns(["Opted out", "When"], [["ana@corp.example", f"{day}"] for day in range(9)]) == {
        Role.EMAIL: 0
    }


def test_list_of_somebody_elses_addresses_is_refused():
    with pytest.raises(Unreadable, match="not clear"):
        choose_list_columns(["Manager Email"], [["head@corp.example"], ["boss@corp.example"]])
