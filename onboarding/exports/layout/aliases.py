"""List the names that HR systems give to columns of addresses, ids and names, and tell what a column's name claims.

The lists have names as ``compact_name`` returns them; lists of words and parts of words have them as ``plain_words``
does. They cover English, German, French, Spanish, Italian and Dutch, and the sure names of Swedish and Finnish. The
names come from vendors' pages and public code.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import IntEnum

_HARMLESS_NOTE = re.compile(r"[\[(]\s*(?:personal profile|required|optional|upload only)\s*[\])]", re.IGNORECASE)
_NOTE = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_LAST_WORDS = re.compile(r" (?:required|optional)$")


class NameClaim(IntEnum):
    """What a column's name says about the addresses in it; a higher claim wins."""

    NOT_THEIRS = -1
    NONE = 0
    PERHAPS = 1
    MAIL = 2
    WORK_MAIL = 3


def plain_words(name: str) -> str:
    """Return a column's name without case, accents and punctuation: ``E-Mail_Adresse`` becomes ``email adresse``."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    text = unicodedata.normalize("NFKD", text.replace("#", " number ")).casefold().replace("ł", "l")
    text = "".join(character for character in text if not unicodedata.combining(character))
    return re.sub(r"\be (mail|post)", r"e\1", " ".join(re.findall(r"[^\W_]+", text)))


def compact_name(name: str) -> str:
    """Return a column's name without spaces and notes: ``Email-Address [Required]`` becomes ``emailaddress``."""
    return _LAST_WORDS.sub("", plain_words(_NOTE.sub(" ", name))).replace(" ", "")


def name_claim(name: str) -> NameClaim:
    """Return what a column's name says about the addresses in it."""
    words = plain_words(_HARMLESS_NOTE.sub(" ", name)).split()
    mail = any(map(_means_mail, words))
    if not set(words).isdisjoint(NOT_THEIRS_AT_WORK_WORDS) or _contain(words, NOT_THEIRS_AT_WORK):
        return NameClaim.NOT_THEIRS
    if (mail and _contain(words, WORK)) or compact_name(name) == CORRECTED:
        return NameClaim.WORK_MAIL
    if compact_name(name) in EMAIL:
        return NameClaim.MAIL
    return NameClaim.PERHAPS if mail or compact_name(name) in ACCOUNT else NameClaim.NONE


def _means_mail(word: str) -> bool:
    return word.startswith("email") or word.endswith("mail") or word in MAIL


def _contain(words: Sequence[str], parts: Sequence[str]) -> bool:
    return any(part in word for word in words for part in parts)


def word_list(listed: str) -> tuple[str, ...]:
    """Return the words of a list, which white space separates."""
    return tuple(listed.split())


EMAIL = word_list("""
    email emailaddress emailid emailprimary employeeemail employeeemailaddress mail mailaddress primaryemail
    primaryemailaddress useremail useridemail
    emailadresse mailadresse
    adresseemail adressemail adresseelectronique adressedemessagerie adressecourriel courriel
    correo correoelectronico direcciondecorreo direcciondecorreoelectronico direcciondeemail
    indirizzoemail indirizzomail indirizzodipostaelettronica postaelettronica
    emailadres mailadres epost epostadress sahkoposti sahkopostiosoite
""")
"""A column of addresses; the name does not say whose address it is, nor which of several."""

ACCOUNT = word_list("login logonname user userid username userlogin userprincipalname upn")
"""A column that may hold addresses: its content decides."""

MAIL = word_list("courriel correo messagerie elettronica electronique epost sahkoposti upn")
"""Words for mail, beside every word that starts with ``email`` or ends in ``mail``."""

WORK = word_list("""
    work business compan corporate office official professional
    dienst geschaft geschaeft beruf firm arbeit unternehmen
    professionnel entreprise travail
    laboral trabajo corporativ empresa profesional
    lavoro aziend
    zakelijk werk bedrijf tyo
""")
"""Parts of words for the employer's address."""

NOT_THEIRS_AT_WORK = word_list("""
    manager mgr supervisor reports boss approver assistant recruiter
    home personal private privat alternat recover secondary second previous former backup oldemail newemail otheremail
    emergency notif spouse dependent guardian
    vorgesetzt fuhrungskraft fuehrungskraft leiter leitung personlich zweit notfall wiederherstellung
    responsable superieur personnel perso prive secondaire urgence ancien domicile
    gerente jefe particular secundari emergencia recuperacion antigu
    responsabile secondari emergenza recupero casa
    leidinggevende prive persoonlijk thuis secundair nood herstel
""")
"""Parts of words for another person's address, or for a private, spare, former or future address."""

NOT_THEIRS_AT_WORK_WORDS = word_list("""
    other old new alt next person alte neue vorige oud oude nuevo nueva nouveau nouvelle nuovo nuova vecchio
""")
"""Words of the same meaning that are also parts of harmless words, so they count only as whole words."""

EMPLOYEE_ID = word_list("""
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
""")
"""The employee's id, best first."""

FULL_NAME = word_list("""
    fullname employeename displayname workername worker employeefullname legalname preferredname name employee
    lastnamefirstname firstnamelastname
    mitarbeitername vollstandigername anzeigename mitarbeiter
    nomcomplet nometprenom nomprenom prenomnom prenometnom collaborateur salarie employe
    nombrecompleto nombreyapellidos nombreyapellido apellidosynombre empleado
    nomecompleto nomeecognome cognomeenome nominativo dipendente
    volledigenaam naammedewerker naam medewerker werknemer namn nimi
    nom nombre nome
""")
"""The full name, best first. A few of these mean one part of the name if a column has the other part."""

GIVEN_NAME = word_list("""
    firstname givenname forename legalfirstname preferredfirstname vorname rufname prenom nombre nombres primernombre
    nome voornaam roepnaam fornamn etunimi
""")
"""The given name, best first."""

FAMILY_NAME = word_list("""
    lastname familyname surname legallastname preferredlastname nachname familienname zuname nomdefamille nom
    apellidos apellido primerapellido cognome achternaam familienaam efternamn sukunimi name naam
""")
"""The family name, best first. ``Name`` is one beside ``Vorname``."""

DIRECTORY_MAIL = "mail"
"""The name of the address in Microsoft's directory, where it is empty for some people."""

USER_PRINCIPAL = frozenset({"userprincipalname", "upn"})
"""The column to fall back on for these people."""

CORRECTED = "correctedaddress"
"""The column of corrections in the hand-off workbook. This job writes and reads it."""
