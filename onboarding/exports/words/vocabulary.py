"""List the words that HR systems and directories use for the status of a person, an employment or an address.

The lists have words as ``meanings.fold`` returns them: lower case, without accents, a space for all punctuation. They
cover English, German, French, Spanish, Italian and Dutch, and the sure words of Swedish, Finnish, Portuguese and
Polish. They leave out words with different meanings in two of these languages (``S``, ``de baja``, ``retirado``), and
words that do not say whether the person still works there (``notice period``, ``garden leave``): a person must look at
those. The words come from vendors' pages.
"""


def phrases(listed: str) -> list[str]:
    """Return the phrases of a list, which lines and commas separate."""
    return [phrase.strip() for phrase in listed.replace("\n", ",").split(",") if phrase.strip()]


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(phrases(listed))


YES = _phrases(
    "true, yes, y, 1, x, on, ja, j, oui, si, sim, tak, kylla, vrai, wahr, verdadero, vero, verdadeiro, prawda, sant"
    ", tosi, waar"
)
NO = _phrases(
    "false, no, n, 0, off, nein, non, nao, nie, ei, nej, nee, faux, falsch, falso, falskt, falsz, epatosi, onwaar"
)

AT_WORK = _phrases("""
    active, a, activated, active external suite, current, current employee, employed, employee, working, in service
    full time, fulltime, part time, parttime, regular, permanent, temporary, temp, fixed term, contract, contractor
    casual, seasonal, intern, trainee, apprentice, probation, probationary, on probation, in probation, confirmed
    enabled, provisioned, password expired, locked out, recovery, member, admin, owner, primary owner, workspace owner
    workspace admin
    aktiv, beschaftigt, beschaeftigt, angestellt, vollzeit, teilzeit, probezeit, in probezeit, befristet, unbefristet
    werkstudent, praktikant, praktikantin, auszubildender, auszubildende, azubi
    actif, active, actifs, en poste, en activite, present, temps plein, temps partiel, cdi, cdd, stagiaire, alternant
    apprenti, employe, cadre, non cadre, ouvrier, agent de maitrise, technicien, etam
    activo, activa, alta, de alta, en alta, vigente, tiempo completo, tiempo parcial, jornada completa, media jornada
    indefinido, temporal, becario, becaria
    attivo, attiva, in servizio, in forza, tempo pieno, tempo parziale, tempo indeterminato, tempo determinato
    actief, in dienst, werkzaam, voltijd, deeltijd, stagiair
    anstalld, heltid, deltid, tillsvidare, provanstalld
    aktiivinen, voimassa, kokoaikainen, osa aikainen, vakituinen
    ativo, ativa, tempo integral, tempo inteiro, tempo parcial, estagiario, estagiaria
    aktywny, aktywna, zatrudniony, zatrudniona, pelny etat, niepelny etat
""")
"""Employed and at work."""

ON_LEAVE = _phrases("""
    l, leave, on leave, leave of absence, loa, paid leave, unpaid leave, parental leave, maternity leave
    paternity leave, family leave, sick leave, medical leave, study leave, sabbatical, long term leave, vacation
    beurlaubt, mutterschutz, elternzeit, in elternzeit, urlaub, im urlaub, krank, krankenstand
    conge, en conge, conges, conge maternite, conge paternite, conge parental, conge sabbatique, arret maladie
    licencia, de licencia, en licencia, permiso, excedencia, baja medica, baja maternal, baja por maternidad
    baja por enfermedad, vacaciones, de vacaciones
    congedo, in congedo, aspettativa, in aspettativa, maternita, in maternita, malattia, in malattia
    verlof, met verlof, zwangerschapsverlof, ouderschapsverlof, ziek
    tjanstledig, foraldraledig, sjukskriven
    perhevapaa, perhevapaalla, vanhempainvapaa, vanhempainvapaalla, sairausloma, sairauslomalla
    licenca, de licenca, em licenca, licenca maternidade, ferias, em ferias
    urlop, na urlopie, urlop macierzynski, urlop rodzicielski, urlop wychowawczy, zwolnienie lekarskie
""")
"""Employed, and away for a while. These people are invited."""

NOT_YET = _phrases("""
    onboarding, hired, accepted, offer accepted, pre start, prestart, pre hire, prehire, pre boarding, preboarding
    pre employment, not started, not yet started, pending start, pending hire, hire pending, future hire, future
    future start, new hire, upcoming, incoming, staged
    noch nicht gestartet, noch nicht begonnen, zukunftig, zukuenftig, kunftig, kuenftig
    a venir, pas encore commence, embauche, embauchee, futur
    pendiente de inicio, por iniciar, no iniciado, futuro
    non ancora iniziato, non iniziato
    nog niet begonnen, nog niet gestart, toekomstig, aangenomen
    kommande, ej paborjad
    tuleva, ei aloittanut
    a iniciar, nao iniciado, admissao pendente
    przyszly, nierozpoczety
""")
"""Hired, and not yet at work. The start date decides."""

GONE = _phrases("""
    inactive, in active, not active, non active, i, terminated, term, termed, t, retired, retiree, furloughed
    furlough, deactivated, deprovisioned, disabled, archived, deleted, deceased, suspended, not on payroll
    former employee, former, ex employee, separated, withdrawn, resigned, quit, left, ended, laid off, layoff
    dismissed, discharged, redundant, offboarded, no longer employed, contract ended, end of contract, expired
    no show, declined, offer declined, rescinded, offer rescinded
    inaktiv, nicht aktiv, ausgeschieden, ausgetreten, gekundigt, gekuendigt, entlassen, pensioniert, rentner, rentnerin
    im ruhestand, verrentet, verstorben, deaktiviert, gesperrt, geloscht, geloescht, archiviert, beendet, ehemalig
    ehemalige, ehemaliger, ehemaliger mitarbeiter, ehemalige mitarbeiterin, ex mitarbeiter
    inactif, non actif, parti, partie, sorti, sortie, demissionnaire, demission, licencie, licenciee, retraite
    retraitee, en retraite, a la retraite, decede, decedee, desactive, desactivee, suspendu, suspendue, radie, radiee
    ancien employe, ancien salarie, ancien collaborateur, contrat termine, termine, resilie, supprime
    inactivo, inactiva, no activo, baja, dado de baja, dada de baja, jubilado, jubilada, fallecido, fallecida
    despedido, despedida, desvinculado, desvinculada, cesado, cesada, finalizado, finalizada, terminado, terminada
    suspendido, suspendida, desactivado, eliminado, archivado, renuncia, ex empleado, ex empleada, exempleado
    antiguo empleado
    inattivo, inattiva, non attivo, non attiva, cessato, cessata, dimesso, dimessa, dimissionario, dimissionaria
    licenziato, licenziata, pensionato, pensionata, in pensione, deceduto, deceduta, sospeso, sospesa, disattivato
    disattivata, terminato, terminata, ex dipendente, archiviato, eliminato
    inactief, niet actief, uit dienst, vertrokken, ontslagen, gepensioneerd, met pensioen, overleden, geschorst
    gedeactiveerd, uitgeschakeld, gearchiveerd, verwijderd, beeindigd, ex medewerker, oud medewerker
    voormalig medewerker
    avslutad, avslutat, slutat, uppsagd, pensionerad, pensionar, avliden, avstangd, avaktiverad, inaktiverad
    arkiverad, borttagen
    epaaktiivinen, ei aktiivinen, paattynyt, irtisanottu, elakkeella, kuollut, poistettu, arkistoitu
    inativo, inativa, desligado, desligada, demitido, demitida, aposentado, aposentada, reformado, reformada
    falecido, falecida, suspenso, suspensa, desativado, desativada, encerrado, encerrada, rescindido, dispensado
    dispensada, ex funcionario, ex colaborador, arquivado
    nieaktywny, nieaktywna, zwolniony, zwolniona, emeryt, emerytka, na emeryturze, zmarly, zmarla, zawieszony
    zawieszona, dezaktywowany, byly pracownik, zakonczony, zakonczona, usuniety, zarchiwizowany
""")
"""No longer employed, or not allowed in: suspended, furloughed, deactivated."""

GONE_WHATEVER_FOLLOWS = _phrases("""
    terminated, retired, deceased, resigned, suspended, furloughed, deactivated, deprovisioned, archived, deleted
    separated, withdrawn, inactive, inaktiv, inactif, inactivo, inattivo, inactief, inativo, ausgeschieden, cessato
""")
"""First words that leave no doubt: ``Terminated for cause``, ``Suspended with pay``."""

GUESTS_AND_BOTS = _phrases("""
    guest, guest user, external guest, multi channel guest, single channel guest, bot, bot user, workflow bot
    app user, gast, gastbenutzer, gastgebruiker, gastanvandare, utilisateur invite, invitado, invitada, ospite
    vieras, vieraskayttaja, convidado, convidada, gosc
""")
"""Guests of another company, and software."""

NO_PERSON = GUESTS_AND_BOTS | _phrases("""
    robot, app, application, api user, integration, service, service account, serviceaccount, service principal
    service user, system, system account, shared, shared account, shared device, shareddevice, shared mailbox
    sharedmailbox, mailbox, functional account, generic account, room, room mailbox, roommailbox, conference room
    meeting room, equipment, equipment mailbox, equipmentmailbox, resource, resource account, device, kiosk
    test account, test user
    dienstkonto, systemkonto, raum, ressource, funktionspostfach, gerat, geraet, testkonto
    invite, compte de service, salle, boite partagee
    cuenta de servicio, sala, buzon compartido, account di servizio, dienstaccount, ruimte, vergaderruimte
    gedeelde mailbox, tjanstekonto, palvelutili, conta de servico, konto uslugi
""")
"""Guests, software and furniture."""

NO_PERSON_ANYWHERE = _phrases("guest, guests, bot, mailbox, gast, invite, invitado, ospite, vieras, convidado, gosc")
"""Words that mark a type of user as no person wherever they stand: ``External guest (B2B)``."""

MEMBERS = _phrases("""
    member, user, regular, regular user, employee, staff, internal, person, human, contractor, licensed, basic, admin
    owner, usermailbox, user mailbox, privateuser, mitglied, benutzer, mitarbeiter, membre, utilisateur, miembro
    usuario, membro, utente, lid, gebruiker, medlem, anvandare, jasen, kayttaja, uzytkownik
""")
"""Types of user for people of the organisation."""

TYPE_CODES = _phrases("t, f, p, c, r")
"""Codes for temporary, full time, part time, contract and regular, in a column of employment types only."""

_OTHER_EMPLOYMENT_TYPES = _phrases("""
    ft, pt, full time regular, part time regular, exempt, non exempt, salaried, hourly, per diem, freelance
    freelancer, consultant, contingent worker, external, agency, worker, zero hours, executive, co op, student
    freiberufler, extern, externer, leiharbeit, leiharbeitnehmer, minijob, geringfugig, geringfugig beschaftigt
    interim, interimaire, prestataire, externe, autonomo, externo, esterno, uitzendkracht, zzp, inhuur
""")
EMPLOYMENT_TYPES = AT_WORK | TYPE_CODES | _OTHER_EMPLOYMENT_TYPES
"""Employment types. All of them mean people at work."""

GONE_TYPES = GONE - {"t", "i", "term", "expired", "ended"}
"""Words for people who left, in a column of employment types. Codes mean different things there."""

AT_WORK_ADDRESS = _phrases("""
    w1, w2, w3, work, work email, primary work, work 1, business, business email, office, company, corporate
    dienstlich, geschaftlich, geschaeftlich, beruflich, arbeit, professionnel, professionnelle, travail, bureau
    trabajo, laboral, corporativo, profesional, lavoro, aziendale, ufficio, zakelijk, werk, arbete, tyo, trabalho
    comercial, sluzbowy, praca
""")
"""Types of address that belong to the employer."""

PRIVATE_ADDRESS = _phrases("""
    h1, h2, h3, home, home email, primary home, personal, personal email, private, private email, other, emergency
    alternate, secondary, recovery, privat, zuhause, sonstige, prive, privee, personnel, personnelle, domicile, autre
    casa, particular, otro, privato, personale, altro, thuis, overig, hem, ovrig, koti, yksityinen, pessoal, outro
    prywatny, domowy, inny
""")
"""Types of address that are the person's own, or spare."""
