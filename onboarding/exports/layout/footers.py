"""How do reports end, and what do they print between the records?

Expressions of RE2 for lower-case text without outer space, in the languages of ``aliases``. A footer of several words
is recognised by itself. A bare ``total`` may be somebody's name: it takes a row without other words.
"""


def _any(words: str) -> str:
    """Return an expression for one of several phrases, which stand one in a line or are divided by commas."""
    return "(?:" + "|".join(phrase.strip() for phrase in words.replace("\n", ",").split(",") if phrase.strip()) + ")"


_NUMBER = r"\d[\d.,' ]*"

_PEOPLE = _any(
    """
    employees?, workers?, associates?, staff, people, persons?, users?, members?, headcount
    records?, rows?, lines?, entries, entry, results?, items?
    mitarbeiter, mitarbeiterinnen, mitarbeitende, beschäftigte, personen, datensätze, zeilen, einträge
    employés, salariés, collaborateurs, personnes, lignes, enregistrements
    empleados, trabajadores, personas, registros, filas
    dipendenti, persone, righe
    medewerkers, werknemers, rijen, regels, anställda, rader, työntekijät
    """
)

_OF = _any("of, for, by, der, von, für, de, des, du, d', pour, par, del, di, per, van, av")

_TOTAL = _any(
    """
    (?:grand |sub[- ]?|report |overall |page )?totals?
    total (?:general|général|generale), sous-total
    gesamt, gesamtsumme, gesamtzahl, gesamtanzahl, insgesamt, summe, zwischensumme, endsumme
    totale, totale generale, subtotale, totaal, eindtotaal, subtotaal, totalt, yhteensä
    """
)

_COUNT = _any(
    """
    (?:row |record |employee |user )?count, headcount, number, anzahl, nombre, número, numero, recuento, conteggio
    aantal, antal, lukumäärä
    """
)

_COUNT_ALONE = _any("(?:row |record |employee |user )?count, headcount, anzahl, recuento, conteggio, aantal")

_REPORT = _any(
    """
    this report, the report, report, file, list, data, export, bericht, liste, datei, rapport, fichier, informe
    listado, archivo, elenco, lijst, overzicht, bestand, rapporto
    """
)

_MADE = _any(
    """
    generated, created, exported, printed, produced, extracted, downloaded, prepared, run
    erstellt, erzeugt, exportiert, gedruckt, generiert
    généré, créé, exporté, édité, imprimé, extrait
    generado, creado, exportado, impreso
    generato, creato, esportato, stampato
    gegenereerd, aangemaakt, geëxporteerd, afgedrukt
    skapad, genererad, exporterad, luotu
    """
)

_WHEN_OR_WHO = _any("on, by, at, from, date, am, um, von, le, par, el, por, il, da, op, door, den, av")

_TIME_OF = _any("report, run, print, export, extract, data, effective") + " (?:date|time)"

_END = _any(
    """
    end of (?:report|file|list|data), ende (?:des berichts|der liste|der datei)
    fin (?:du rapport|du fichier|de la liste|del informe|del listado), fine (?:del )?(?:report|rapporto|elenco)
    einde (?:van het |van de )?(?:rapport|overzicht|lijst)
    """
)

_SECRET = _any("confidential, vertraulich, confidentiel, confidencial, riservato, vertrouwelijk")

_PAGE = _any("page, seite, página, pagina, sida, sivu")

TOTAL = rf"(?:{_TOTAL}|{_COUNT_ALONE})\s*:?"
"""What may be a name as well."""

FOOTER = "|".join(
    (
        rf"{_TOTAL}\s*[,:=-]?\s*(?:{_NUMBER}|(?:{_NUMBER})?(?:number )?(?:{_OF} .+|{_PEOPLE})\s*:?\s*(?:{_NUMBER})?)",
        rf"{_COUNT}(?: (?:{_OF} ?)?{_PEOPLE})?\s*[,:=]\s*{_NUMBER}",
        rf"{_PEOPLE}\s*[:=]\s*{_NUMBER}",
        rf"\(?{_NUMBER}{_PEOPLE}(?: (?:affected|selected|returned|in total|total))?\)?\.?",
        rf"{_PAGE}\s*\d+(?:\s*(?:/|\||{_any('of, von, sur, de, di, van, av')})\s*\d+)?",
        rf"(?:{_REPORT} )?(?:was |wurde |a été )?{_MADE}(?:\s*:|\s+{_WHEN_OR_WHO}\b|\s+\d).*",
        rf"{_REPORT} (?:was |wurde |a été )?{_MADE}(?:,.*)?",
        rf"{_TIME_OF}\b.*\d.*",
        r"(?:as of|stand|per)\s*:?\s*\d.*",
        r"(?:applied filters?|filters? applied)\b.*",
        rf"(?:strictly |company |private (?:and|&) )*{_SECRET}\b.*",
        r"version\s*:\s*v?\d[\d.]*",
        rf"[*= -]*{_END}[*= .-]*",
        r"[*=_, -]{3,}",
    )
)
"""What is nobody's name."""

EXAMPLE = _any("example, sample, beispiel, exemple, ejemplo, esempio, voorbeeld, exempel, esimerkki") + r"\s*:.*"
"""How a form shows what to fill in."""
