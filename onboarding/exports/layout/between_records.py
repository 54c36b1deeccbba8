"""Refuse tables in which a row between the records changes what the records below it mean.

Two kinds of such rows are recognised. Another header names the columns in another order, as if two files were put
together. A heading, such as ``Status: Terminated``, says something about all rows below it. A run that read on would
take private addresses for work addresses, or invite people who have left.
"""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.layout.named_columns import count_known_names
from onboarding.exports.tables import Unreadable
from onboarding.exports.words.meanings import WordKind, WordMeaning, word_meaning
from onboarding.model.columns import as_mask
from onboarding.model.folding import fold_text

OTHER_HEADER = "another header stands here, with other columns; cut the file in two there, a header above each part"
HEADING = "a heading stands between the rows, and the file does not say where it ends; make it a column of its own"

FEWEST_NAMES = 2
"""The fewest cells of another header."""

LONGEST_HEADING = 60
"""The most characters of a heading."""

SHORTEST_HEADING = 6
"""The fewest letters of a heading. A shorter text, such as ``Left``, may be a name."""

MOST_WORDS = 5
"""The most words of a heading. A longer text is a remark."""

_PEOPLE = frozenset(
    """
    status employees employee staff people workers associates members users persons team
    mitarbeiter mitarbeitende beschaftigte personen employes salaries personnes empleados personas
    dipendenti persone medewerkers werknemers anstallda medarbeidere medarbejdere pracownicy
    """.split()  # noqa: SIM905 - a list of strings would be three times as long
)
"""Folded words that may stand in a heading beside the word that says who left."""


def refuse_changes(
    columns: Sequence[pa.Array], where: npt.NDArray[np.intp], names: Collection[str], *, address: int
) -> None:
    """Raise ``Unreadable`` if another header, or a heading about people who left, is among some rows.

    ``columns`` have the plain cells of rows that may be no records and hold no address: in lower case, without outer
    space. ``where`` has the index of each of these rows in its batch, which becomes the ``records`` of the error.
    ``names`` are the plain names in the header. ``address`` is the index of the column of addresses in ``columns``.
    """
    filled = [as_mask(pc.not_equal(column, "")) for column in columns]
    count = np.add.reduce([mask.astype(np.int8) for mask in filled])
    for place in np.flatnonzero(filled[address] & (count >= FEWEST_NAMES)):
        cells = [cell for column in columns if (cell := column[place].as_py())]
        if all(cell in names or count_known_names([cell]) for cell in cells):
            raise Unreadable(OTHER_HEADER, records=int(where[place]))
    for place in np.flatnonzero(filled[0] & (count == 1)):
        if says_who_left(columns[0][place].as_py()):
            raise Unreadable(HEADING, records=int(where[place]))


def says_who_left(text: str) -> bool:
    """Say whether a text is a heading above people who left, such as ``Terminated Employees`` or ``Status: Left``."""
    if len(text) > LONGEST_HEADING or any(character.isdigit() for character in text):
        return False
    words = fold_text(text).split()
    bare = [word for word in words if word not in _PEOPLE]
    if not bare or len(words) > MOST_WORDS or len("".join(words)) < SHORTEST_HEADING:
        return False
    return word_meaning(" ".join(bare), WordKind.STATUS) is WordMeaning.GONE
