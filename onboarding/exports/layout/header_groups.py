"""Join the names of columns whose header has two rows: titles of groups of columns, and the columns' names below.

For example, the title ``Line Manager`` is above the names ``Name`` and ``Email``. Only both rows together name the
content of a column. In a workbook, merged cells show which columns a title groups. Elsewhere, a title groups the
columns up to the next title. Without merged cells, the end of a group is unclear if the row contains a single title, or
if a named column is left of the first title. If the title of an unclear group may change whose data a column contains,
the job asks the user.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from onboarding.exports.layout.column_names import compact_name, plain_words
from onboarding.exports.layout.name_words import NOT_THEIR_OWN, NameWord, name_words
from onboarding.exports.layout.named_columns import count_known_names, quoted_names
from onboarding.exports.tables import Unreadable
from onboarding.model.blank import BLANK
from onboarding.model.values import dataclass

Merged = tuple[int, int, int]
"""The row, the first column and the last column of merged cells. Rows and columns count from 0."""

_LONGEST_TITLE = 40
_MOST_WORDS = 4
_NO_TITLE = re.compile(r"[\d:;@=|]")
_CONTACT = frozenset({"contact", "contacts", "kontakt", "kontakte", "contacto", "contatto", "contatti", "contato"})
_DETAILS = frozenset({"details", "detail", "data", "daten", "info", "information", "informationen", "infos"})


@dataclass(frozen=True, slots=True)
class _Group:
    """A title above the columns from ``start`` to ``end``, both included.

    ``is_certain`` is true if the range is certain.
    """

    title: str
    start: int
    end: int
    is_certain: bool

    @property
    def changes_whose(self) -> bool:
        """Whether the title says that the columns contain another person's data, or private data."""
        words = plain_words(self.title).split()
        if set(words) & _CONTACT and not set(words) - _CONTACT - _DETAILS:
            return False  # the person's own contact details
        return any(word in NOT_THEIR_OWN for word in name_words(self.title))


def joined_names(
    titles: Sequence[str], names: Sequence[str], merged: Sequence[tuple[int, int]], *, header_is_below: bool
) -> list[str] | None:
    """Return the joined names of columns from a row of titles and the row of names below the titles.

    ``merged`` contains the first and the last column of each merged title. ``header_is_below`` is true if the lower row
    alone looks like a header. Then the upper row may be titles above all names. Otherwise, the lower row either fills
    in the names that are missing in the upper row, or is a record.

    Return ``None`` if the two rows do not form a header together, or if the row of names needs no titles. Raises
    ``Unreadable`` if the end of a group is unclear, and the group's title may change whose data a column contains.
    """
    width = max(len(titles), len(names))
    above, below = _padded(titles, width), _padded(names, width)
    if not any(above) or not any(below):
        return None
    groups = list(_groups(above, below, merged))
    if _fills_up(above, below, groups, is_merged=bool(merged), header_is_below=header_is_below):
        return [_joined(above[at], below[at], groups, at) for at in range(width)]
    if not header_is_below or not _is_above(above, below, groups, is_merged=bool(merged)):
        return None
    _refuse_unclear_end(groups, below)
    known = [_name_below(below, group, at) for at, group in _by_column(groups, width)]
    return known if known != below else None


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [cell.strip(BLANK) for cell in cells] + [""] * (width - len(cells))


def _may_be_title(cell: str, *, is_merged: bool) -> bool:
    is_short = len(cell) <= _LONGEST_TITLE and len(cell.split()) <= _MOST_WORDS
    return is_short and (is_merged or not _NO_TITLE.search(cell))


def _groups(above: Sequence[str], below: Sequence[str], merged: Sequence[tuple[int, int]]) -> Iterator[_Group]:
    """Yield the groups of columns below the titles (``above``).

    Without merged cells, a group ends before the next title.
    """
    filled = [at for at, title in enumerate(above) if title]
    first_name = next((at for at, name in enumerate(below) if name), 0)
    is_partition = len(filled) > 1 and filled[0] <= first_name
    for at, following in zip(filled, [*filled[1:], len(above)], strict=True):
        own = next(((left, right) for left, right in merged if left == at), None)
        if own or merged:
            left, right = own or (at, at)
            yield _Group(above[at], left, min(right, len(above) - 1), is_certain=True)
        else:
            end = max((column for column in range(at, following) if below[column]), default=at)
            yield _Group(above[at], at, end, is_certain=is_partition or end == at)


def _fills_up(
    above: Sequence[str], below: Sequence[str], groups: Sequence[_Group], *, is_merged: bool, header_is_below: bool
) -> bool:
    """Say whether the lower row (``below``) is no record, but contains the names that are missing below the titles.

    ``groups`` are the groups below the titles of the upper row (``above``). ``is_merged`` is true if the titles are
    merged cells. ``header_is_below`` is true if the lower row alone looks like a header.
    """
    wide = [group for group in groups if group.end > group.start]
    if not wide or not all(_may_be_title(group.title, is_merged=is_merged) for group in wide):
        return False
    inside = {at for group in wide for at in range(group.start, group.end + 1)}
    outside = [at for at, name in enumerate(below) if name and at not in inside]
    if is_merged:
        return not any(above[at] or _NO_TITLE.search(below[at]) for at in outside)
    # Without merged cells, the lower row could be a record.
    has_own_columns = any(title and at not in inside for at, title in enumerate(above))
    are_known = any(word is not NameWord.UNKNOWN for name in below for word in name_words(name))
    looks_like_names = not outside and not any(map(_NO_TITLE.search, below))
    each_has_several = all(below[group.start] and below[group.end] for group in wide)
    is_header = has_own_columns or (are_known and len(wide) > 1 and not header_is_below)
    return looks_like_names and each_has_several and is_header


def _is_above(above: Sequence[str], below: Sequence[str], groups: Sequence[_Group], *, is_merged: bool) -> bool:
    """Say whether the upper row (``above``) contains titles of groups above a whole row of names (``below``).

    ``groups`` are the groups below the titles. ``is_merged`` is true if the titles are merged cells. A title above all
    columns groups nothing.
    """
    named = {at for at, name in enumerate(below) if name}
    if sum(map(bool, above)) >= len(named):
        return False
    over = [named & set(range(group.start, group.end + 1)) for group in groups]
    are_titles = all(_may_be_title(group.title, is_merged=is_merged) for group in groups)
    return are_titles and any(over) and (is_merged or all(over)) and not any(columns == named for columns in over)


def _refuse_unclear_end(groups: Sequence[_Group], below: Sequence[str]) -> None:
    unclear = [group for group in groups if not group.is_certain and group.changes_whose]
    if not unclear:
        return
    names = quoted_names([name for name in below[unclear[0].start : unclear[0].end + 1] if name])
    raise Unreadable(
        f'the title "{unclear[0].title}" stands above the column names, and it is unclear which of {names} it means; '
        "delete the row of titles and write such titles into the names of their columns"
    )


def _by_column(groups: Sequence[_Group], width: int) -> list[tuple[int, _Group | None]]:
    return [(at, next((group for group in groups if group.start <= at <= group.end), None)) for at in range(width)]


def _name_below(below: Sequence[str], group: _Group | None, at: int) -> str:
    """Return a column's name from the row below titles. Put the title in front if the name alone does not say enough.

    ``at`` is the column's index. ``group`` is the column's group, or ``None`` if there is no title above the column.
    """
    name = below[at]
    if group is None or not group.is_certain:
        return name
    if not name:
        return group.title if at == group.start else ""
    repeated = Counter(map(compact_name, filter(None, below)))[compact_name(name)] > 1
    says_mail = NameWord.MAIL in name_words(group.title)
    if repeated or group.changes_whose or (says_mail and not count_known_names([name])):
        return f"{group.title} {name}"
    return name


def _joined(title: str, name: str, groups: Sequence[_Group], at: int) -> str:
    group = next((group for group in groups if group.start <= at <= group.end), None)
    if group and group.end > group.start:
        return f"{group.title} {name}".strip()
    return title or name
