"""Examine each column that may contain addresses: its name and its first cells.

The module ``address_choice`` chooses among the columns.
"""

from collections.abc import Sequence

from onboarding.addresses import keys_of, looks_like_address
from onboarding.exports.layout.column_names import NAMES, compact_name
from onboarding.exports.layout.name_words import NameClaim, is_clear_name, name_claim
from onboarding.exports.layout.named_columns import listed_columns, shortened
from onboarding.exports.layout.shared_addresses import people_by_address, repeats, resemble_others
from onboarding.model.blank import BLANK
from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class AddressColumn:
    """The findings about a column that may contain addresses, from the first rows.

    ``filled`` is the number of filled cells, and ``addresses`` the number of cells that look like addresses. ``share``
    is ``addresses`` divided by ``filled``. ``distinct`` is the number of different addresses divided by the number of
    people with an address. If ``is_shared`` is true, too many people share an address, so the addresses must be other
    people's. If ``is_foreign`` is true, the column's name does not say whose addresses these are, and the addresses do
    not look like the people's names. ``why`` explains why the job reads or ignores the column.
    """

    index: int
    name: str
    claim: NameClaim
    filled: int
    addresses: int
    share: float
    distinct: float
    is_shared: bool
    is_foreign: bool
    why: str = ""

    @property
    def in_words(self) -> str:
        """The column's name, the findings about the column, and the reason why the job reads or ignores the column."""
        return (
            f'"{shortened(self.name)}": {self.share:.0%} addresses, {self.distinct:.0%} of them different; {self.why}'
        )

    @property
    def holds_addresses(self) -> bool:
        """Whether at least half of the filled cells look like addresses."""
        return self.share >= 0.5  # noqa: PLR2004 half is half

    @property
    def is_theirs(self) -> bool:
        """Whether the column's name and cells say that the addresses are the people's own work addresses."""
        return self.claim is not NameClaim.NOT_THEIRS and not self.is_shared and not self.is_foreign

    @property
    def is_login(self) -> bool:
        """Whether the column's name is a known name for a column of logins."""
        return _is_login(self.name)


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The header and the first records of a table.

    ``people`` contains the cells of each column that tells people apart, such as the column of employee ids. ``labels``
    is a second row of names for the same columns, or empty.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    people: Sequence[Sequence[str]] = ()
    labels: Sequence[str] = ()

    def cells(self, index: int) -> list[str]:
        """Return the cells of a column, one for each row, without blanks around them."""
        return [row[index].strip(BLANK) if index < len(row) else "" for row in self.rows]

    def keys(self, index: int) -> dict[int, str]:
        """Return the key of each cell that looks like an address in a column, by the index of the row.

        Two spellings of one address get the same key.
        """
        found = _addresses_in(self.cells(index))
        return dict(zip(found, keys_of(list(found.values())), strict=True))

    def claim(self, index: int) -> NameClaim:
        """Return the claim of a column's name, or of the label below the name, about addresses in the column.

        If either claim is ``NOT_THEIRS``, return this claim, and otherwise the higher claim.
        """
        claims = [name_claim(row[index]) for row in (self.header, self.labels) if index < len(row)]
        return min(claims) if NameClaim.NOT_THEIRS in claims else max(claims)

    def listed(self, *columns: AddressColumn) -> str:
        """Return the names of some columns as a text for a message."""
        return listed_columns(self.header, [column.index for column in columns])


def consider_columns(first: FirstRows) -> list[AddressColumn]:
    """Return the findings about each column, before any choice."""
    return [sample_column(first, index) for index in range(len(first.header))]


def best_address_share(rows: Sequence[Sequence[str]]) -> float:
    """Return the highest share of addresses among the filled cells of any column, from 0 to 1."""
    header = [""] * max(map(len, rows), default=0)
    return max((column.share for column in consider_columns(FirstRows(header, rows))), default=0.0)


def sample_column(first: FirstRows, index: int) -> AddressColumn:
    """Return the findings about the column with this index."""
    name, cells = first.header[index], first.cells(index)
    filled = len(cells) - cells.count("")
    found = _addresses_in(cells)
    people = people_by_address(found, first.people, first.rows)
    knows_people = any(column[row] for column in first.people for row in found)
    total = sum(people.values()) if knows_people else len(found)
    is_shared = repeats(people, knows_people=knows_people)
    share, distinct = len(found) / max(filled, 1), len(people) / max(total, 1)
    claim = first.claim(index)
    leaves_open = not _is_login(name) and (claim < NameClaim.MAIL or not is_clear_name(name))
    is_foreign = leaves_open and resemble_others(found, first.people)
    return AddressColumn(index, name, claim, filled, len(found), share, distinct, is_shared, is_foreign)


def _is_login(name: str) -> bool:
    return compact_name(name) in NAMES["account"]


def _addresses_in(cells: Sequence[str]) -> dict[int, str]:
    return {row: cell.casefold() for row, cell in enumerate(cells) if looks_like_address(cell)}
