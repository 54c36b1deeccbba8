"""What do HR systems call the columns that matter, and the ones that must not be mistaken for them?

Names are compared as ``names.plain_words`` leaves them: lower case, without accents, punctuation and notes in
brackets, ``e-mail`` as ``email``; the sets of whole names also without spaces. English, German, French, Spanish,
Italian, Dutch, and what is sure in Swedish and Finnish. Collected from vendors' pages and public code.
"""

import re
import unicodedata

# ruff: noqa: SIM905  words in a row read better than as many quoted ones

EMAIL = frozenset(
    """
    email emailaddress emailid emailprimary employeeemail employeeemailaddress mail mailaddress primaryemail
    primaryemailaddress useremail useridemail
    emailadresse mailadresse
    adresseemail adressemail adresseelectronique adressedemessagerie adressecourriel courriel
    correo correoelectronico direcciondecorreo direcciondecorreoelectronico direcciondeemail
    indirizzoemail indirizzomail indirizzodipostaelettronica postaelettronica
    emailadres mailadres epost epostadress sahkoposti sahkopostiosoite
    """.split()
)
"""Whole names of a column of addresses that says nothing about whose or which."""

ACCOUNT = frozenset("login logonname user userid username userlogin userprincipalname upn".split())
"""Whole names of a column that may hold addresses: its content decides."""

MAIL = frozenset("courriel correo messagerie elettronica electronique epost sahkoposti upn".split())
"""Words that make a name one of mail, beside any that starts with ``email`` or ends in ``mail``."""

WORK = tuple(
    """
    work business compan corporate office official professional
    dienst geschaft geschaeft beruf firm arbeit unternehmen
    professionnel entreprise travail
    laboral trabajo corporativ empresa profesional
    lavoro aziend
    zakelijk werk bedrijf tyo
    """.split()
)
"""Parts of words that say: the employer's address."""

NOT_THEIRS_AT_WORK = tuple(
    """
    manager mgr supervisor reports boss approver assistant recruiter
    home personal private privat alternat recover secondary second previous former backup oldemail newemail otheremail
    emergency notif spouse dependent guardian
    vorgesetzt fuhrungskraft fuehrungskraft leiter leitung personlich zweit notfall wiederherstellung
    responsable superieur personnel perso prive secondaire urgence ancien domicile
    gerente jefe particular secundari emergencia recuperacion antigu
    responsabile secondari emergenza recupero casa
    leidinggevende prive persoonlijk thuis secundair nood herstel
    """.split()
)
"""Parts of words that say: somebody else's address, or a private, spare, former or future one."""

NOT_THEIRS_AT_WORK_WORDS = frozenset(
    "other old new alt next person alte neue vorige oud oude nuevo nueva nouveau nouvelle nuovo nuova vecchio".split()
)
"""The same, where the word must stand alone since it is part of harmless ones."""

CORRECTED = "correctedaddress"
"""The whole name of the column for corrections in the hand-off workbook, which this job writes and reads."""

AS_GIVEN = "addressasgiven"
"""The whole name of a column that each of its sheets of people has."""

EMPLOYEE_ID = tuple(
    """
    employeeid employeenumber employeeno employeecode employeeidnumber gustoemployeeid personnelnumber personnelno
    personnelid personnumber personidexternal personid associateid workerid staffid staffnumber staffno
    empid emplid empno empnumber empcode
    personalnummer personalnr personalid mitarbeiternummer mitarbeiternr mitarbeiterid stammnummer
    matricule numeroemploye numerodemploye numerodesalarie numerosalarie idemploye idsalarie
    numerodeempleado numeroempleado numempleado iddeempleado idempleado codigodeempleado codigoempleado legajo
    matricola numeromatricola matricoladipendente iddipendente numerodipendente codicedipendente
    personeelsnummer personeelsnr medewerkernummer medewerkersnummer medewerkerid werknemernummer werknemersnummer
    anstallningsnummer henkilonumero
    filenumber userid positionid id
    """.split()
)
"""Whole names of the employee's id, best first."""

FULL_NAME = tuple(
    """
    fullname employeename displayname workername worker employeefullname legalname preferredname name employee
    lastnamefirstname firstnamelastname
    mitarbeitername vollstandigername anzeigename mitarbeiter
    nomcomplet nometprenom nomprenom prenomnom prenometnom collaborateur salarie employe
    nombrecompleto nombreyapellidos nombreyapellido apellidosynombre empleado
    nomecompleto nomeecognome cognomeenome nominativo dipendente
    volledigenaam naammedewerker naam medewerker werknemer namn nimi
    nom nombre nome
    """.split()
)
"""Whole names of the full name, best first. A few of them mean a part of it beside the other part."""

GIVEN_NAME = tuple(
    """
    firstname givenname forename legalfirstname preferredfirstname vorname rufname prenom nombre nombres primernombre
    nome voornaam roepnaam fornamn etunimi
    """.split()
)
"""Whole names of the given name, best first."""

FAMILY_NAME = tuple(
    """
    lastname familyname surname legallastname preferredlastname nachname familienname zuname nomdefamille nom
    apellidos apellido primerapellido cognome achternaam familienaam efternamn sukunimi name naam
    """.split()
)
"""Whole names of the family name, best first: ``Name`` beside ``Vorname`` is one."""

DIRECTORY_MAIL = "mail"
"""What Microsoft's directory calls the address, which is empty for some."""

USER_PRINCIPAL = frozenset({"userprincipalname", "upn"})
"""Whole names of the column to fall back on there."""


_NOTE = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_LAST_WORDS = re.compile(r" (?:required|optional)$")


def plain_words(name: str) -> str:
    """Return a column's name as aliases are compared: ``Email-Address [Required]`` becomes ``email address``."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    text = unicodedata.normalize("NFKD", text.replace("#", " number ")).casefold().replace("ł", "l")
    text = "".join(character for character in text if not unicodedata.combining(character))
    return re.sub(r"\be (mail|post)", r"e\1", " ".join(re.findall(r"[^\W_]+", text)))


def compact_name(name: str) -> str:
    """Return a column's name as whole names are compared: without notes in brackets, and without spaces."""
    return _LAST_WORDS.sub("", plain_words(_NOTE.sub(" ", name))).replace(" ", "")
