"""Refuse tables in which a second header, a heading, a title or the sheet's name changes the meaning of records.

After a second header between the records, the columns may be in another order. A heading between the records, such as
``Status: Terminated`` or ``Leavers 2025``, says something about all rows below the heading. A title above the header,
or the name of the sheet, may say that all people of the table have left. Without the refusal, a run could take private
addresses for work addresses, or invite people who have left or have not started.
"""

import re
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.layout.name_words import NameClaim, name_claim
from onboarding.exports.layout.named_columns import count_known_names
from onboarding.exports.layout.policy_names import is_unmistakable
from onboarding.exports.tables import Unreadable
from onboarding.exports.words.meanings import WORDS, WordKind, WordMeaning, word_meaning
from onboarding.model.columns import as_mask
from onboarding.model.folding import fold_text

OTHER_HEADER = "another header stands here, with other columns; cut the file in two there, a header above each part"
HEADING = "a heading stands between the rows, and the file does not say where it ends; make it a column of its own"

FEWEST_NAMES = 2
"""The least number of filled cells in a second header."""

LONGEST_HEADING = 60
"""The longest heading, in characters."""

HEADING_COLUMNS = 3
"""The number of columns at the left in which the job looks for a heading.

The job also looks in the column of addresses.
"""

ONLY_LEAVERS = "says that all these people have left, and no column says who works there; if they are to be invited, "

SHORTEST_HEADING = 6
"""The shortest heading without signs around the text, in letters. A shorter text, such as ``Left``, may be a name."""

MOST_WORDS = 5
"""The most words in a heading. A longer text is a remark."""

_PEOPLE = frozenset(
    """
    status employees employee staff people workers associates members users persons team
    mitarbeiter mitarbeitende beschaftigte personen employes salaries personnes empleados personas
    dipendenti persone medewerkers werknemers anstallda medarbeidere medarbejdere pracownicy
    """.split()  # noqa: SIM905 - a list of strings would be three times as long
)
"""Words for people, without accents, that a heading above leavers may contain, such as ``employees``."""

_MONTHS = frozenset(
    """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()  # noqa: SIM905 - a list of strings would be three times as long
)

_TIME = re.compile(r"in|en|im|since|seit|depuis|desde|dal|the|last|of|as|per|q[1-4]|(?:19|20)\d\d")
"""The regular expression for words and years that say when people left."""

_NEGATIONS = frozenset(
    """
    excluded exclude excluding excl hidden not no n false none omitted removed ohne nicht keine nein ausgeblendet
    ausgeschlossen sans non exclus sin excluidos senza esclusi zonder niet geen
    """.split()  # noqa: SIM905 - a list of strings would be three times as long
)
"""Negations. A text with a negation after the first word, such as ``Terminated: No``, is no heading above leavers.

A negation as the first word proves nothing: ``Not active`` may be a heading above leavers.
"""

_NOTE = re.compile(r"[\[(\uff08].*", re.DOTALL)
_MARKED = re.compile(r"[^\w\s].*|.*[:\uff1a]", re.DOTALL)
"""The regular expression for a text with signs that mark it as a heading, such as ``--- LEFT ---`` or ``Left:``."""


def refuse_changes(
    columns: Sequence[pa.Array], where: npt.NDArray[np.intp], names: Collection[str], *, address: int
) -> None:
    """Raise ``Unreadable`` for another header, or for a heading above people who left or have not started.

    ``columns`` contain the cells of the rows that may be no records, in lower case and without outer space. None of
    these rows contains an address. ``where`` contains the index of each of these rows in its batch. The error's
    ``records`` is the index of the refused row. ``names`` are the names in the table's header, in the same form.
    ``address`` is the index of the column of addresses in ``columns``.
    """
    filled = [as_mask(pc.not_equal(column, "")) for column in columns]
    count = np.add.reduce([mask.astype(np.int8) for mask in filled])
    for place in np.flatnonzero(filled[address] & (count >= FEWEST_NAMES)):
        cells = [cell for column in columns if (cell := column[place].as_py())]
        if _is_header(cells, columns[address][place].as_py(), names):
            raise Unreadable(OTHER_HEADER, records=int(where[place]))
    for index in sorted({*range(min(HEADING_COLUMNS, len(columns))), address}):
        for place in np.flatnonzero(filled[index] & (count == 1)):
            if heading_meaning(columns[index][place].as_py()):
                raise Unreadable(HEADING, records=int(where[place]))


def refuse_leavers(titles: Sequence[Sequence[str]], sheet: str) -> None:
    """Raise ``Unreadable`` if a title above the header, or the sheet's name, says that all people of the table left.

    ``titles`` are the rows above the header. The caller calls this function only if no column says who has left.
    """
    for index, row in enumerate(titles):
        cells = [cell for cell in row if cell.strip()]
        if len(cells) == 1 and heading_meaning(cells[0]) is WordMeaning.GONE:
            raise Unreadable(f"this title {ONLY_LEAVERS}remove the title", records=index)
    if heading_meaning(sheet) is WordMeaning.GONE:
        raise Unreadable(f"the name of the sheet {ONLY_LEAVERS}rename the sheet")


def _is_header(cells: Sequence[str], above_addresses: str, names: Collection[str]) -> bool:
    """Say whether a row repeats the names of columns.

    Usually all filled cells must be in ``names`` or be names that the job knows. ``above_addresses`` is the row's cell
    in the column of addresses. If this cell is surely the name of a column of addresses, one further known name is
    enough.
    """
    known = [cell for cell in cells if cell in names or count_known_names([cell])]
    if len(known) == len(cells):
        return True
    is_name = "@" not in above_addresses and name_claim(above_addresses) not in (NameClaim.NONE, NameClaim.PERHAPS)
    return is_name and any(cell != above_addresses for cell in known)


def heading_meaning(text: str) -> WordMeaning | None:
    """Return ``GONE`` for a heading above people who left, and ``NOT_STARTED`` above people who will start.

    Examples are ``Terminated Employees``, ``Status: Left``, ``Leavers (last 12 months)`` and ``New joiners 2027``. For
    any other text the result is ``None``.
    """
    if len(text) > LONGEST_HEADING:
        return None
    label, _, value = text.partition(":")
    if value.strip() and is_unmistakable(label):
        return _status(value)
    all_words = fold_text(_NOTE.sub("", text)).split()
    words = [word for word in all_words if not _TIME.fullmatch(word)]
    is_negated = not _NEGATIONS.isdisjoint(fold_text(text).split()[1:])
    if is_negated or not words or len(words) > MOST_WORDS or any(map(str.isdigit, "".join(words))):
        return None
    bare = " ".join(word for word in words if word not in _PEOPLE and word not in _MONTHS)
    for heading in (bare, " ".join(words)):
        if heading in WORDS["headings_of_leavers"]:
            return WordMeaning.GONE
        if heading in WORDS["headings_of_starters"]:
            return WordMeaning.NOT_STARTED
    is_short = len("".join(all_words)) < SHORTEST_HEADING and not _MARKED.fullmatch(text.strip())
    return _status(bare) if bare and not is_short else None


def _status(text: str) -> WordMeaning | None:
    meaning = word_meaning(text, WordKind.STATUS)
    return meaning if meaning in (WordMeaning.GONE, WordMeaning.NOT_STARTED) else None
