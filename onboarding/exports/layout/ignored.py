"""Recognise rows that are no records: blank rows, footers, repeated headers, and the examples in forms.

A row with an address is always a record, whatever its other cells contain. The only exception is an example row with an
address, right below the header of a form.

Arrow and numpy do the work, since the module reads every row of an export. For nearly all rows, one cell decides.
"""

from collections.abc import Collection, Sequence
from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses import ADDRESS_LIKE
from onboarding.exports.layout.between_records import refuse_changes
from onboarding.exports.tables import CellColumns
from onboarding.exports.words.meanings import phrases
from onboarding.model.blank import BLANK
from onboarding.model.columns import Mask, as_mask, byte_lengths, cell_bytes
from onboarding.model.dispositions import Reason

LEADING = 3
"""The number of columns from the left in which a footer may begin, even if the job does not use these columns."""

LONGEST_BEGINNING = 300
"""The first filled cell of a footer, a header or an example is shorter than this number of bytes."""

FEWEST_HINTS = 2
"""If at least this many cells of a row explain how to fill in a column, the row is no record."""

BELOW_HEADER = 5
"""The number of rows below the header in which the job looks for an example with an address, or for hints."""

_REASONS = pa.array(
    ["", Reason.BLANK_ROW, Reason.FOOTER, Reason.EXAMPLE_ROW, Reason.REPEATED_HEADER, Reason.HINT_ROW], pa.string()
)
_BLANK_ROW, _FOOTER, _EXAMPLE_ROW, _REPEATED_HEADER, _HINT_ROW = range(1, 6)

_AROUND = BLANK + "\"'"
_WORDS_ONLY = r"\P{Nd}*\pL\P{Nd}*"


def ignored_reasons(
    cells: CellColumns,
    addresses: Sequence[int],
    names: Sequence[Sequence[str]],
    all_names: Collection[str] = (),
    *,
    below_header: bool,
) -> pa.Array:
    """Return a ``Reason`` for each row that is no record, and the empty string for each record.

    The columns of ``cells`` are in the table's order. ``addresses`` are the indices of the columns of addresses in
    ``cells``, the best column first. ``names`` contains a list of column names for each row of the header, in the order
    of the columns of ``cells``. ``all_names`` are the ``plain_names`` of the whole header. ``below_header`` is true if
    the first row of ``cells`` is right below the header. Raises ``Unreadable`` for a second header, or for a heading
    above people who left.
    """
    blank = as_mask(cells.blank)
    reasons = np.where(blank, np.int8(_BLANK_ROW), np.int8(0))
    where = _suspects(cells, addresses[0])
    if below_header:
        where = np.union1d(where, _unusual(cells, addresses, np.arange(min(BELOW_HEADER, len(blank)))))
    where = where[~blank[where]]
    if len(where):
        columns = [_plain(column.take(pa.array(where))) for column in cells.columns]
        is_example = _any([_matches(column, EXAMPLE) for column in columns])
        is_record = _any([_matches(columns[place], ADDRESS_LIKE) for place in addresses])
        if below_header:
            is_record &= ~(is_example & (where < BELOW_HEADER))
        found = np.zeros(len(where), np.int8)
        found[_is_footer(columns)] = _FOOTER
        found[is_example] = _EXAMPLE_ROW
        if below_header:
            found[_is_hint(columns) & (where < BELOW_HEADER)] = _HINT_ROW
        found[_any([_is_header(columns, row) for row in names])] = _REPEATED_HEADER
        found[is_record] = 0
        reasons[where] = found
        unexplained = np.flatnonzero((found == 0) & ~is_record)
        if len(unexplained):
            rest = [column.take(pa.array(unexplained)) for column in columns]
            refuse_changes(rest, where[unexplained], all_names, address=addresses[0])
    return _REASONS.take(pa.array(reasons))


def plain_names(names: Sequence[str]) -> frozenset[str]:
    """Return the names of a header in lower case, without outer space and without empty names."""
    return frozenset(_plain(pa.array(names, pa.string())).to_pylist()) - {""}


def _unusual(cells: CellColumns, addresses: Sequence[int], where: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the rows in ``where`` that may be no records: the rows without an address, and the rows with a colon."""
    columns = [column.take(pa.array(where)) for column in cells.columns]
    is_usual = _any([_matches(_plain(columns[place]), ADDRESS_LIKE) for place in addresses])
    return where[~is_usual | _any([_contain(column, ":") for column in columns])]


def _suspects(cells: CellColumns, address: int) -> npt.NDArray[np.intp]:
    """Return the indices of the few rows that may be no records.

    These rows contain no plain address. Their first filled cell is short and no number, since a number may be an
    employee id.
    """
    where = np.flatnonzero(_is_no_plain_address(cells.columns[address]))
    where = where[_is_no_plain_address(pc.utf8_trim(cells.columns[address].take(pa.array(where)), BLANK))]
    first = _first_filled([column.take(pa.array(where)) for column in cells.columns])
    is_short = as_mask(pc.less(pc.binary_length(first), LONGEST_BEGINNING))
    return where[~as_mask(pc.ascii_is_decimal(first)) & is_short]


def _is_no_plain_address(column: pa.Array) -> Mask:
    # A cell with a space may be a sentence that mentions an address.
    return ~_contain(column, "@") | _contain(column, " ")


def _contain(column: pa.Array, sign: str) -> Mask:
    """Return a mask of the cells that contain a sign.

    One search of all cells as one text takes a fraction of the time of a search of each cell.
    """
    found = np.zeros(len(column), np.bool_)
    ends = np.cumsum(byte_lengths(column))
    found[np.searchsorted(ends, np.flatnonzero(cell_bytes(column) == ord(sign)), side="right")] = True
    return found


def _first_filled(columns: Sequence[pa.Array]) -> pa.Array:
    return reduce(lambda later, column: pc.if_else(pc.equal(column, ""), later, column), reversed(columns))


def _is_footer(columns: Sequence[pa.Array]) -> Mask:
    first = _first_filled(columns)
    is_total = _matches(first, TOTAL)
    if is_total.any():
        words = np.add.reduce([_matches(column, _WORDS_ONLY).astype(np.int8) for column in columns])
        is_total &= words == 1
    return _any([_matches(first, FOOTER), is_total])


def _is_hint(columns: Sequence[pa.Array]) -> Mask:
    """Return a mask of the rows of hints: at least two filled cells, which all explain how to fill in a column."""
    is_empty = [as_mask(pc.equal(column, "")) for column in columns]
    hints = [_matches(column, HINT) for column in columns]
    fits: Mask = np.logical_and.reduce([empty | hint for empty, hint in zip(is_empty, hints, strict=True)])
    enough: Mask = np.add.reduce([hint.astype(np.int8) for hint in hints]) >= FEWEST_HINTS
    return fits & enough


def _is_header(columns: Sequence[pa.Array], names: Sequence[str]) -> Mask:
    plain = _plain(pa.array(names, pa.string())).to_pylist()
    same = [as_mask(pc.equal(column, name)) for column, name in zip(columns, plain, strict=True)]
    everywhere: Mask = np.logical_and.reduce(same)
    return everywhere if any(plain) else np.zeros_like(everywhere)


def _plain(column: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.utf8_trim(column, _AROUND))


def _matches(column: pa.Array, expression: str) -> Mask:
    return as_mask(pc.match_substring_regex(column, rf"(?s)^(?:{expression})$"))


def _any(masks: Sequence[Mask]) -> Mask:
    found: Mask = np.logical_or.reduce(masks)
    return found


# The expressions below are for RE2 and for lower-case text without outer space, in the languages of ``column_names``. A
# footer of several words is certain. A bare ``total`` may be a person's name, so it is a footer only in a row without
# other words.


def _one_of(words: str) -> str:
    """Return a regular expression that matches each phrase in ``words``. Line ends and commas separate the phrases."""
    return "(?:" + "|".join(phrases(words)) + ")"


_NUMBER = r"\d[\d.,' ]*"

_PEOPLE = _one_of("""
    employees?, workers?, associates?, staff, people, persons?, users?, members?, headcount
    records?, rows?, lines?, entries, entry, results?, items?
    mitarbeiter, mitarbeiterinnen, mitarbeitende, beschäftigte, personen, datensätze, zeilen, einträge
    employés, salariés, collaborateurs, personnes, lignes, enregistrements
    empleados, trabajadores, personas, registros, filas
    dipendenti, persone, righe
    medewerkers, werknemers, rijen, regels, anställda, rader, työntekijät
""")

_OF = _one_of("of, for, by, der, von, für, de, des, du, d', pour, par, del, di, per, van, av")

_TOTAL = _one_of("""
    (?:grand |sub[- ]?|report |overall |page )?totals?
    total (?:general|général|generale), sous-total
    gesamt, gesamtsumme, gesamtzahl, gesamtanzahl, insgesamt, summe, zwischensumme, endsumme
    totale, totale generale, subtotale, totaal, eindtotaal, subtotaal, totalt, yhteensä
""")

_COUNT = _one_of("""
    (?:row |record |employee |user )?count, headcount, number, anzahl, nombre, número, numero, recuento, conteggio
    aantal, antal, lukumäärä
""")

_COUNT_ALONE = _one_of("(?:row |record |employee |user )?count, headcount, anzahl, recuento, conteggio, aantal")

_REPORT = _one_of("""
    this report, the report, report, file, list, data, export, bericht, liste, datei, rapport, fichier, informe
    listado, archivo, elenco, lijst, overzicht, bestand, rapporto
""")

_MADE = _one_of("""
    generated, created, exported, printed, produced, extracted, downloaded, prepared, run
    erstellt, erzeugt, exportiert, gedruckt, generiert
    généré, créé, exporté, édité, imprimé, extrait
    generado, creado, exportado, impreso
    generato, creato, esportato, stampato
    gegenereerd, aangemaakt, geëxporteerd, afgedrukt
    skapad, genererad, exporterad, luotu
""")

_WHEN_OR_WHO = _one_of("on, by, at, from, date, am, um, von, le, par, el, por, il, da, op, door, den, av")

_TIME_OF = _one_of("report, run, print, export, extract, data, effective") + " (?:date|time)"

_END = _one_of("""
    end of (?:report|file|list|data), ende (?:des berichts|der liste|der datei)
    fin (?:du rapport|du fichier|de la liste|del informe|del listado), fine (?:del )?(?:report|rapporto|elenco)
    einde (?:van het |van de )?(?:rapport|overzicht|lijst)
""")

_SECRET = _one_of("confidential, vertraulich, confidentiel, confidencial, riservato, vertrouwelijk")

_PAGE = _one_of("page, seite, página, pagina, sida, sivu")

TOTAL = rf"(?:{_TOTAL}|{_COUNT_ALONE})\s*:?"
"""The regular expression for a footer that may also be a person's name, such as ``total``."""

FOOTER = "|".join(
    (
        rf"{_TOTAL}\s*[,:=-]?\s*(?:{_NUMBER}|(?:{_NUMBER})?(?:number )?(?:{_OF} .+|{_PEOPLE})\s*:?\s*(?:{_NUMBER})?)",
        rf"{_COUNT}(?: (?:{_OF} ?)?{_PEOPLE})?\s*[,:=]\s*{_NUMBER}",
        rf"{_PEOPLE}\s*[:=]\s*{_NUMBER}",
        rf"\(?{_NUMBER}{_PEOPLE}(?: (?:affected|selected|returned|in total|total))?\)?\.?",
        rf"{_PAGE}\s*\d+(?:\s*(?:/|\||{_one_of('of, von, sur, de, di, van, av')})\s*\d+)?",
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
"""The regular expression for a footer that is never a person's name."""

HINT = "|".join(
    (
        _one_of("mandatory, required, optional, conditional, read only, do not change, unique, key, not used"),
        _one_of("pflichtfeld, pflicht, freiwillig, obligatoire, facultatif, obligatorio, opcional, obbligatorio"),
        _one_of("facoltativo, verplicht, optioneel, obligatorisk, valgfri, pakollinen"),
        _one_of("text, string, number, integer, decimal, date, boolean, email, char, varchar, nvarchar, alphanumeric")
        + r"(?:\s*\(\s*\d+(?:\s*,\s*\d+)?\s*\))?(?:\s*\*)?",
        r"max(?:imum|\.)? \d+(?: (?:characters|chars|digits|zeichen))?",
        r"(?:y{2,4}|m{2,3}|d{1,2}|j{4}|t{2})(?:[-/. ](?:y{2,4}|m{2,3}|d{1,2}|j{4}|t{2})){2}",
        r"(?:yes|y|true|active)\s*/\s*(?:no|n|false|inactive)",
    )
)
"""The regular expression for a cell that explains how to fill in its column."""

EXAMPLE = _one_of("example, sample, beispiel, exemple, ejemplo, esempio, voorbeeld, exempel, esimerkki") + r"\s*:.*"
"""The regular expression for a cell of an example row, which shows how to fill in a form."""
