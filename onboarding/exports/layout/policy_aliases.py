"""List the names that HR systems and directories give to the columns of policy: status, dates, types and switches.

The lists have whole names as ``aliases.compact_name`` returns them, the best first. They cover English, German, French,
Spanish, Italian and Dutch, and the sure names of Swedish, Finnish, Portuguese and Polish. The names come from vendors'
pages and public code.
"""

from onboarding.exports.layout.aliases import word_list

STATUS = word_list("""
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
""")
"""The status of the employment, in the words of the HR system."""

ACTIVE = word_list("""
    active isactive currentlyactive activeemployee employeeactive activeuser
    aktiv istaktiv actif estactif activo estaactivo attivo actief ativo aktywny aktiivinen
""")
"""The same as a question that is answered with yes or no."""

STATUS_PERHAPS = word_list("statut estado stato etat situation situacion situacao tila stan state")
"""Names that may also mean a federal state or a rank: the content decides."""

LIFECYCLE = word_list("lifecyclestatus employeelifecyclestatus lifecycle lifecyclestage lifecyclestate")
"""A second status beside the first."""

EMPLOYMENT_TYPE = word_list("""
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
""")
"""The type of employment."""

STARTS_ON = word_list("""
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
""")
"""The first day of work; names for the last of several employments come first."""

ENDS_ON = word_list("""
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
""")
"""The last day of work."""

ADDRESS_TYPE = word_list("""
    emailtype emailaddresstype typeofemail mailtype emailusage
    emailtyp emailart emailadresstyp typedemail typeemail typedadresseemail
    tipodeemail tipodecorreo tipodecorreoelectronico tipoemail tipodiemail typeemailadres tipodeendereco
""")
"""Whether the address is the employer's or private."""

ADDRESS_TYPE_PERHAPS = ("addresstype",)
"""It may mean a postal address: the content decides."""

USER_TYPE = word_list("""
    usertype accounttype membertype recipienttype recipienttypedetails usercategory
    benutzertyp kontotyp typedutilisateur typeutilisateur typedecompte tipodeusuario tipodecuenta tipoutente
    tipodiutente gebruikerstype accountsoort anvandartyp
""")
"""The kind of entry in a directory: person, guest, room, …"""

TYPE = word_list("type typ tipo art soort tyyppi category kategorie categorie categoria kind")
"""A type of anything: the content decides."""

ENABLED = word_list("accountenabled enabled isenabled useraccountenabled userenabled loginenabled")
"""Whether the account may be used."""

BLOCKED = word_list("""
    blocksignin signinblocked blockedsignin blockcredential blocked isblocked accountblocked accountdisabled disabled
    isdisabled suspended issuspended terminated isterminated inactive isinactive deactivated archived isarchived
    anmeldungblockieren anmeldungblockiert
""")
"""Whether the account is blocked."""

_BY_NAME = (STATUS, LIFECYCLE, EMPLOYMENT_TYPE, STARTS_ON, ENDS_ON, ADDRESS_TYPE, USER_TYPE)
UNMISTAKABLE = frozenset({"accountenabled", "blocksignin"}).union(*_BY_NAME)
"""Names that can only be those of a column, and never the content of a cell."""
