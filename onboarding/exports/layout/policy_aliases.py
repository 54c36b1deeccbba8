"""What do HR systems and directories call the columns that decide who is invited?

Whole names as ``names.compact`` leaves them, best first. English, German, French, Spanish, Italian, Dutch, and what
is sure in Swedish, Finnish, Portuguese and Polish. Collected from vendors' pages and public code.
"""

# ruff: noqa: SIM905  words in a row read better than as many quoted ones

STATUS = tuple(
    """
    status activestatus employeestatus employmentstatus assignmentstatus positionstatus workerstatus personstatus
    accountstatus userstatus hrstatus emplstatus payrollstatus
    employeestatusname employeestatusdescription employmentstatusname employmentstatusdescription statusdescription
    mitarbeiterstatus beschaftigungsstatus beschaeftigungsstatus anstellungsstatus personalstatus
    statutdelemploye statutemploye statutdusalarie statutsalarie statutducollaborateur statutcollaborateur
    estadodelempleado estadoempleado estadolaboral situacionlaboral
    statodipendente statodeldipendente statoimpiego statolavorativo
    medewerkerstatus medewerkersstatus dienstverbandstatus
    anstallningsstatus tyosuhteentila
    statusdofuncionario situacaodofuncionario statusdocolaborador situacaodocolaborador
    statuspracownika statuszatrudnienia
    """.split()
)
"""The employment's status, in the words of the system."""

ACTIVE = tuple(
    """
    active isactive currentlyactive activeemployee employeeactive activeuser
    aktiv istaktiv actif estactif activo estaactivo attivo actief ativo aktywny aktiivinen
    """.split()
)
"""The same, as a question."""

STATUS_PERHAPS = tuple("statut estado stato etat situation situacion situacao tila stan state".split())
"""Names that may as well mean a federal state or a rank: its content decides."""

LIFECYCLE = tuple("lifecyclestatus employeelifecyclestatus lifecycle lifecyclestage lifecyclestate".split())
"""A second status beside the first."""

EMPLOYMENT_TYPE = tuple(
    """
    employmenttype employeetype workertype typeofemployment typeofemployee employmentcategory employeecategory
    workercategory contracttype employeeclass employmentclass
    beschaftigungsart beschaeftigungsart anstellungsart vertragsart mitarbeitertyp beschaftigungstyp
    typedecontrat typecontrat typedemploi
    tipodecontrato tipocontrato tipodeempleo tipodeempleado
    tipodicontratto tipocontratto tipodipendente tipodiimpiego
    soortcontract typecontract soortdienstverband typemedewerker
    anstallningsform anstallningstyp
    tipodevinculo tipodecolaborador
    rodzajumowy typumowy
    """.split()
)
"""How somebody is employed."""

STARTS_ON = tuple(
    """
    lasthiredate mostrecenthiredate latesthiredate hirerehiredate hiredate hiredon dateofhire startdate
    employmentstartdate employmentstart dateofjoining joiningdate joindate datejoined dateofjoin joinedon
    startingdate firstdayofwork firstworkingday firstday contractstartdate contractstart
    originalhiredate originalstartdate employeehiredate
    eintrittsdatum eintritt einstellungsdatum einstelldatum anstellungsdatum beschaftigungsbeginn
    beschaeftigungsbeginn startdatum vertragsbeginn ersterarbeitstag
    datedembauche dateembauche datedentree dateentree datedarrivee datearrivee datededebut datedebut
    datededebutdecontrat
    fechadecontratacion fechacontratacion fechadealta fechaalta fechadeingreso fechaingreso fechadeinicio fechainicio
    fechadeincorporacion fechaincorporacion
    datadiassunzione dataassunzione datadiinizio datainizio datainiziorapporto datadingresso
    datumindienst indienstdatum indiensttreding datumindiensttreding begindatum
    anstallningsdatum aloituspaiva
    datadeadmissao dataadmissao datadecontratacao datadeinicio
    datazatrudnienia datarozpoczeciapracy datarozpoczecia
    """.split()
)
"""The first day; the last of several employments first."""

ENDS_ON = tuple(
    """
    terminationdate actualterminationdate dateoftermination terminatedon lastdayofwork lastworkingday
    lastdayofemployment lastday enddate employmentenddate employmentend separationdate exitdate dateofexit
    leavingdate dateofleaving relievingdate employeeleavedatetime contractenddate contractend
    austrittsdatum austritt beschaftigungsende beschaeftigungsende letzterarbeitstag enddatum vertragsende
    datededepart datedepart datedesortie datesortie datedefin datefin datedefindecontrat dernierjourtravaille
    fechadebaja fechabaja fechadesalida fechasalida fechadecese fechacese fechadefin fechafin fechadeterminacion
    fechadefinalizacion ultimodialaboral
    datadicessazione datacessazione datadifine datafine datafinerapporto datauscita
    datumuitdienst uitdienstdatum uitdiensttreding datumuitdiensttreding einddatum
    slutdatum paattymispaiva
    datadedemissao datademissao datadedesligamento datadesligamento datadetermino datadesaida
    datazwolnienia datazakonczeniapracy datazakonczenia datarozwiazaniaumowy
    """.split()
)
"""The last day."""

ADDRESS_TYPE = tuple(
    """
    emailtype emailaddresstype typeofemail mailtype emailusage
    emailtyp emailart emailadresstyp typedemail typeemail typedadresseemail
    tipodeemail tipodecorreo tipodecorreoelectronico tipoemail tipodiemail typeemailadres tipodeendereco
    """.split()
)
"""Whose the address of the row is."""

ADDRESS_TYPE_PERHAPS = ("addresstype",)
"""It may be about the street: its content decides."""

USER_TYPE = tuple(
    """
    usertype accounttype membertype recipienttype recipienttypedetails usercategory
    benutzertyp kontotyp typedutilisateur typeutilisateur typedecompte tipodeusuario tipodecuenta tipoutente
    tipodiutente gebruikerstype accountsoort anvandartyp
    """.split()
)
"""What a directory's entry is."""

TYPE = tuple("type typ tipo art soort tyyppi category kategorie categorie categoria kind".split())
"""A type of anything: its content decides."""

ENABLED = tuple("accountenabled enabled isenabled useraccountenabled userenabled loginenabled".split())
"""Whether an account may be used."""

BLOCKED = tuple(
    """
    blocksignin signinblocked blockedsignin blockcredential blocked isblocked accountblocked accountdisabled disabled
    isdisabled suspended issuspended terminated isterminated inactive isinactive deactivated archived isarchived
    anmeldungblockieren anmeldungblockiert
    """.split()
)
"""Whether it may not."""

NAMES = frozenset(
    (
        *STATUS,
        *LIFECYCLE,
        *EMPLOYMENT_TYPE,
        *STARTS_ON,
        *ENDS_ON,
        *ADDRESS_TYPE,
        *USER_TYPE,
        "accountenabled",
        "blocksignin",
    )
)
"""Those that can only be names of columns, and never what stands in one."""
