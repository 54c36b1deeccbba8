"""Find the delimiter of a text without the usual delimiters, and refuse a text that cannot be read.

An address may contain many signs. So even the line ``E1~Ana~ana@example.com`` is a valid address, and a run would
invite this address. If a header names several columns, the signs between the names show the delimiter. The job reads
the text if a single ASCII sign cuts nearly all lines into the same number of cells as the header. Otherwise the module
refuses the text, and the message names the signs.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from onboarding.exports.layout.named_columns import count_known_names
from onboarding.exports.tables import Unreadable

SAVE_AGAIN = "save it with commas or tabs, and run again"

LINES_TRIED = 200
LINES_WITH_HEADER = 50
"""The number of lines at the top in which the module looks for the header."""

LONGEST_HEADER = 10_000
"""The longest header, in characters. The limit bounds the time of the search."""

FEWEST_LINES = 2
"""The least number of addresses in a list without a header that the job judges."""

FEWEST_NAMES = 2
"""The least number of known names of columns in a header."""

MOSTLY = 0.9
"""The least share of lines that a delimiter must cut into the same number of cells as the header."""

_BETWEEN = re.compile(r"""(?:[^\w\s"'()\[\]@.,;|]|[\x00-\x08\x0e-\x1f]|\|(?=[^\w\s"'|])|(?<=[^\w\s"'|])\|)+|[_\-]+""")
"""The regular expression for signs that may separate two names in a header.

The signs are not letters, digits, blanks, quotes, brackets or usual delimiters. A ``|`` is among them only beside
another sign.
"""

_LOCAL_PART = re.compile(r"""\s*([^\s"'<>@]+)@""")
_SELDOM_IN_ADDRESSES = "~^#!*&%$?|`{}/\\="

_GAP = re.compile(r"\x20{2,}")


def unusual_delimiter(head: str, *, columns: int) -> str | None:
    """Return the single ASCII sign that separates the cells of a text, or ``None`` if no header shows a delimiter.

    ``head`` is the beginning of the text. The sign must cut the header into at least ``columns`` cells, which is the
    number of cells with a usual delimiter.

    Raises ``Unreadable`` if several signs together separate the cells, or if the sign is NUL or not ASCII. Also raises
    ``Unreadable`` if too few lines contain the same number of cells as the header, or if the width of the cells seems
    to be fixed.
    """
    lines = _first_lines(head)
    for number, line in enumerate(lines[:LINES_WITH_HEADER]):
        if len(line) > LONGEST_HEADER:
            continue
        if columns == FEWEST_NAMES and _is_header(_GAP.split(line.strip())):
            raise Unreadable(
                "its cells seem to stand in columns of fixed width; open it in a spreadsheet and save it as CSV"
            )
        for sign in _separators(line):
            if _is_header(names := line.split(sign)) and len(names) >= columns:
                return _checked(sign, line, lines[number + 1 :])
    return None


def refuse_glued_cells(head: str) -> None:
    """Raise ``Unreadable`` if all addresses of a list contain a sign equally often, as if this sign separated cells.

    ``head`` is the beginning of a text of a single column without a header. Each line alone is a valid address, so only
    this sign shows that a line consists of several cells.
    """
    parts = [match[1] for line in _first_lines(head) if (match := _LOCAL_PART.match(line))]
    for sign in _SELDOM_IN_ADDRESSES:
        if (
            len(parts) >= FEWEST_LINES
            and len({part.count(sign) for part in parts} - {0}) == 1
            and all(sign in part for part in parts)
        ):
            raise Unreadable(f"each of its addresses holds {sign!r}, as if that separated cells; {SAVE_AGAIN}")


def _first_lines(head: str) -> list[str]:
    return [line for line in islice(head.splitlines(), LINES_TRIED) if line.strip()]


def _separators(line: str) -> list[str]:
    """Return the groups of signs between the words of a header, the most frequent first.

    Each group may be the delimiter.
    """
    runs = Counter(match[0] for match in _BETWEEN.finditer(line))
    return [run for run, _ in runs.most_common()]


def _is_header(names: Sequence[str]) -> bool:
    bare = [name.strip(" \"'") for name in names]
    return all(bare) and count_known_names(bare) >= FEWEST_NAMES and 2 * count_known_names(bare) >= len(bare)


def _checked(sign: str, header: str, records: Sequence[str]) -> str:
    seem = f"its cells seem to be separated by {'NUL characters' if sign == chr(0) else repr(sign)}"
    if len(sign) > 1 or not sign.isascii() or sign == "\0":
        raise Unreadable(f"{seem}, which cannot be read; {SAVE_AGAIN}")
    even = sum(line.count(sign) == header.count(sign) for line in records)
    if even < MOSTLY * len(records):
        raise Unreadable(f"{seem}, but not in all rows; {SAVE_AGAIN}")
    return sign
