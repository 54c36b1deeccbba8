"""A column's name says whose addresses it holds, in every language that the lists know."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.exports.layout.name_words import NameClaim, may_mean_mail, name_claim

AT_WORK = [
    "Work Email",
    "PrimarySmtpAddress",
    "Primary Work Email",
    "Email - Primary Work",
    "Work Contact: Work Email",
    "Work Contact: Work Email (Personal Profile)",
    "Geschäftliche E-Mail-Adresse",
    "Firmen-E-Mail",
    "Dienstliche E-Mail",
    "Adresse e-mail professionnelle",
    "Email aziendale",
    "Zakelijk e-mailadres",
    "E-mail służbowy",
    "Рабочая почта",
    "Служебный адрес электронной почты",
    "会社メールアドレス",
    "회사 이메일",
    "公司邮箱",
    "工作邮箱",
    "Kurumsal e-posta",
    "İş E-posta",
    "workEmail",
    "WORKEMAIL",
    "work_email",
    "Corporate E-mail",
    "Työsähköposti",
    "Jobb e-post",
    "E-mail profissional",
    "Pracovní e-mail",
    "Munkahelyi e-mail cím",
    "E-mail de serviciu",
    "Επαγγελματικό email",
    'דוא"ל בעבודה',
    "البريد الإلكتروني للعمل",
    "Tjänste e-post",
    "Arbeids-e-post",
    "Business  Email Information Email Address",
    "勤務先メール",
    "企業メール",
    "E-mail firmowy",
    "Geschäftsmail",
    "businessEmail",
    "Correo corporativo",
    "Company Email",
    "Office Email",
    "Official Email ID",
    "E-mail corporativo",
]
"""Names of the person's own address at work."""

PLAIN = [
    "Email",
    "E-Mail",
    "Email Address [Required]",
    "Employee Email",
    "メールアドレス",
    "邮箱",
    "이메일",
    "E-posta",
    "Электронная почта",
    "Адрес электронной почты сотрудника",
    "Adres e-mail",
    "Correo electrónico",
    "Sähköposti",
    "E-post",
    "Email cím",
    'דוא"ל',
    "البريد الإلكتروني",
    "Ηλεκτρονικό ταχυδρομείο",
    "E-mailadresse",
    "User ID/Email (Required)",
    "Adresă de e-mail",
    "E-mailová adresa",
    "Courriel",
    "Work Email Zorg",
    "Contact Work Email",
]
"""Names of an address that nothing else is said about, or whose work word stands beside an unknown word."""

NOT_THEIRS = [
    "HR Business Partner Email",
    "Compliance Officer E-mail",
    "E-Mail Arbeitgeber",
    "Non-Work Email",
    "Unofficial Email",
    "Email (not for work)",
    "Нерабочая почта",
    "niesłużbowy e-mail",
    "業務用以外のメール",
    "HR邮箱",
    "Team Lead Email",
    "Leders e-post",
    "個人メールアドレス",
    "E-mail pessoal",
    "Kişisel E-posta",
    "HRBP Work Email",
    "Manager - Work email",
    "Head of Dept Email",
    "Business Owner Email",
    "Approver Email",
    "Assistant Work Email",
    "Sponsor Email",
    "Buddy Work Email",
    "Vorgesetzten E-Mail",
    "Teamleiter E-Mail",
    "E-mail du responsable",
    "Correo del jefe",
    "Chefs e-post",
    "Email do gestor",
    "E-mail przełożonego",
    "Esimiehen sähköposti",
    "E-mail nadřízeného",
    "Felettes e-mail",
    "Email șef",
    "Email προϊσταμένου",
    "Yönetici e-posta",
    "Почта руководителя",
    "Личная почта",
    'דוא"ל של המנהל',
    'דוא"ל אישי',
    "البريد الإلكتروني الشخصي",
    "بريد المدير",
    "上司のメール",
    "上級者メール",
    "상사 이메일",
    "개인 이메일",
    "经理邮箱",
    "个人邮箱",
    "主管的邮箱",
    "Email not work",
    "managerEmail",
    "MANAGER_EMAIL",
    "HOMEEMAIL",
    "Emergency Contact Email",
    "Recovery Email",
    "Other email",
    "E-Mail-Adresse der Führungskraft",
    "private Mailadresse",
    "Persönliche E-Mail",
    "Privat-E-Mail",
    "Email (N+1)",
    "Osobní e-mail",
    "Magán email",
    "Email personal",
    "Privé e-mailadres",
    "Nadřízený - pracovní e-mail",
    "iş değil e-posta",
    "Kein Dienst E-Mail",
    "Supervisor's E-mail Address",
    "hrbpemail",
    "linemanageremail",
    "E-post till chef",
    "Employer Email",
    "Company Contact Person Email",
    "Nærmeste leder e-post",
    "Created By Email",
    "Reports To Email",
]
"""Names of private, spare and other people's addresses."""

PERHAPS = [
    "Confirm Email",
    "E-mail bestätigen",
    "Email 1",
    "Email 2",
    "E-mail 1 - Value",
    "Contact Email",
    "Username",
    "userPrincipalName",
    "login",
    "Email status",
    "確認メールアドレス",
    "Zorg Email",
    "Email (Zorg)",
    "Email not private",
    "email verified",
    "Mail Stop",
]
"""Names that may mean the address, or something about it."""

NO_CLAIM = ["Name", "Mailing Address", "Kontakt", "Firma", "Confirmation", "Afirmacion"]
"""Names that do not mean mail."""


@pytest.mark.parametrize(
    ("names", "claim"),
    [
        (AT_WORK, NameClaim.WORK_MAIL),
        (PLAIN, NameClaim.MAIL),
        (NOT_THEIRS, NameClaim.NOT_THEIRS),
        (PERHAPS, NameClaim.PERHAPS),
        (NO_CLAIM, NameClaim.NONE),
    ],
    ids=["work", "plain", "not theirs", "perhaps", "none"],
)
def test_name_makes_the_claim_that_a_person_would_read(names, claim):
    assert {name: name_claim(name).name for name in names} == dict.fromkeys(names, claim.name)


NAMES = Path(__file__).parents[2] / "cases" / "column_names"


@pytest.mark.parametrize(
    ("names", "lowest", "highest"),
    [
        ("theirs.txt", NameClaim.MAIL, NameClaim.WORK_MAIL),
        ("not_theirs.txt", NameClaim.NOT_THEIRS, NameClaim.NOT_THEIRS),
    ],
)
def test_hundreds_of_names_in_23_languages_make_the_right_claim(names, lowest, highest):
    listed = (NAMES / names).read_text(encoding="utf-8").splitlines()

    assert len(listed) > 300
    assert [name for name in listed if not lowest <= name_claim(name) <= highest] == []
    assert all(map(may_mean_mail, listed)) or highest is NameClaim.NOT_THEIRS


OTHERS = (
    """
HR Business Partner|HRBP|Compliance Officer|Team Lead|Head of Department|Process Owner|Approver|Executive Assistant|
Executive Sponsor|Onboarding Buddy|Mentor|Career Coach|Recruiter|Line Manager|Supervisor|Vorgesetzte|Führungskraft|
Abteilungsleiter|responsable|supérieur|jefe|gerente|responsabile|capo|leidinggevende|teamleider|gestor|chefia|
przełożony|kierownik|chef|närmaste chef|leder|nærmeste leder|esimies|esihenkilö|nadřízený|vedoucí|vezető|felettes|șef|
superior|προϊστάμενος|yönetici|müdür|руководитель|начальник|מנהל|ממונה|المدير|المشرف|上司|部長|팀장|상사|经理|主管|
Spouse|Emergency Contact|Arbeitgeber|employer|employeur|Ansprechpartner
""".replace("|\n", "|")
    .strip()
    .split("|")
)
PRIVATE = """
private|personal|home|privat|personnel|perso|particular|pessoal|privé|prywatny|osobní|kişisel|личный|פרטי|個人|개인|个人
""".strip().split("|")
WORK = """
Work|work|geschäftliche|dienstliche|professionnel|corporativo|aziendale|zakelijk|służbowy|kurumsal|рабочая|会社|회사
""".strip().split("|")
MAIL = ["Email", "E-mail", "E-Mail-Adresse", "e-post", "E-posta", "почта", "メールアドレス", "이메일", "邮箱"]


@given(
    st.permutations([st.sampled_from(OTHERS + PRIVATE), st.sampled_from(WORK), st.sampled_from(MAIL)]).flatmap(
        lambda words: st.tuples(*words)
    ),
    st.sampled_from([" ", " - ", ": ", "_"]),
)
def test_no_work_word_outranks_a_word_for_somebody_else(words, between):
    """In any order, mixture of languages and punctuation."""
    assert name_claim(between.join(words)) is NameClaim.NOT_THEIRS


@given(
    st.sampled_from(["non", "not", "nicht", "pas", "no", "niet", "nie", "inte", "ikke", "не"]),
    st.sampled_from(WORK[:11]),
)
def test_negation_turns_a_work_word_round(negation, work):
    assert name_claim(f"{negation}-{work} Email") is NameClaim.NOT_THEIRS


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_name_makes_some_claim(name):
    """Header text is arbitrary."""
    assert name_claim(name) in NameClaim


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F), min_size=1, max_size=8))
def test_work_word_inside_another_word_means_nothing(letters):
    """``Confirm`` has nothing to do with a firm."""
    assert name_claim(f"{letters}xwork{letters} Email") is not NameClaim.WORK_MAIL
