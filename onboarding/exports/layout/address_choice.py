"""Choose the columns of addresses of an export, and explain the choice for each column that may contain addresses.

A column's name may claim that the column contains addresses (``NameClaim``), and the column's cells confirm or refute
the claim. If many people share the addresses of a column, the addresses are other people's, whatever the name says. Two
columns may have equally good claims. If their addresses agree, the job reads one column, and compares its addresses
with the other column in each row. If the addresses differ, the job asks the user.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from onboarding.exports.layout.address_columns import AddressColumn, FirstRows, consider_columns, sample_column
from onboarding.exports.layout.column_names import DIRECTORY_MAIL, USER_PRINCIPAL, compact_name
from onboarding.exports.layout.name_words import NameClaim, is_clear_name, means_again, means_if_different
from onboarding.exports.layout.named_columns import choose_with, seen_columns
from onboarding.exports.tables import Unreadable
from onboarding.model.blank import BLANK
from onboarding.model.values import dataclass

EMAIL_FLAG = "--email-column"

FEW = 0.05
"""If two columns differ in at most this share of rows, the job takes them for columns of the same addresses.

The job holds the rows in which the two columns differ.
"""

SEEMS_SHARED = 0.9
"""If the share of different addresses in the best column is below this share, many people may share its addresses.

The job then asks the user if another column contains a larger share of different addresses.
"""

DISTINCT = 0.8
"""The least share of different addresses in a column whose name does not promise addresses."""


@dataclass(frozen=True, slots=True)
class AddressChoice:
    """The columns of addresses to read, by index, with the reasons.

    The column ``email`` contains the addresses. The column ``fallback`` fills empty cells of ``email``, and the column
    ``again`` repeats the addresses; both may be ``None``. ``notes`` are sentences about uncertain choices.
    ``considered`` are all columns that contain or promise addresses.
    """

    email: int
    fallback: int | None = None
    again: int | None = None
    notes: tuple[str, ...] = ()
    considered: tuple[AddressColumn, ...] = ()


def choose_addresses(first: FirstRows) -> AddressChoice:
    """Return the choice of the columns of addresses, from the header and the first rows (``first``).

    Raises ``Unreadable`` if the user must choose the column.
    """
    columns = consider_columns(first)
    holding = [column for column in columns if column.holds_addresses]
    claimants = [column for column in columns if _is_claimant(column, any_holds=bool(holding))]
    if not claimants:
        return _explained(_by_content(columns, holding, first), columns, first)
    best = max(claimants, key=_rank)
    choice = AddressChoice(best.index)
    others = [column for column in claimants if column is not best]
    fallback = _fallback(best, others, holding)
    if fallback is not None:
        choice = replace(choice, fallback=fallback.index)
    for other in others:
        if other is not fallback:
            choice = _beside(choice, best, other, first)
    for other in holding:
        if _is_nameless_rival(other, best, first):
            raise _ask(best, other, first)
    return _explained(choice, columns, first)


def choice_of_named(first: FirstRows, index: int) -> AddressChoice:
    """Return the choice of the column that the user named.

    ``first`` is the header and the first rows, and ``index`` is the index of the named column. If the addresses in the
    column seem to be private or other people's, a note of the choice says so.
    """
    column = sample_column(first, index)
    notes = []
    if not column.is_theirs:
        why = _why_not_theirs(column)
        notes = [f"The addresses come from {first.listed(column)}, as {EMAIL_FLAG} says, although {why}."]
    considered = [
        replace(other, why=f"chosen by {EMAIL_FLAG}" if other.index == index else f"{EMAIL_FLAG} names another column")
        for other in consider_columns(first)
        if other.index == index or other.holds_addresses
    ]
    return AddressChoice(index, notes=tuple(notes), considered=tuple(considered))


def _is_claimant(column: AddressColumn, *, any_holds: bool) -> bool:
    if not column.is_theirs:
        return False
    if column.claim >= NameClaim.MAIL and is_clear_name(column.name):
        # The job chooses a column called Email even if it contains no address. The run then rejects its rows.
        return column.share > 0 or not column.filled or not any_holds
    may_be_theirs = column.is_login or column.distinct >= DISTINCT
    return column.claim >= NameClaim.PERHAPS and column.holds_addresses and may_be_theirs


def _rank(column: AddressColumn) -> tuple[bool, NameClaim, float, int]:
    return (not means_again(column.name), column.claim, column.share * column.distinct, column.addresses)


def _fallback(
    best: AddressColumn, others: Sequence[AddressColumn], holding: Sequence[AddressColumn]
) -> AddressColumn | None:
    """Return the column that fills empty cells of the best column, or ``None`` if no name suggests such a column.

    In Microsoft's directory, user principal names fill empty cells of ``mail``. An empty cell in ``Work email (if
    different)`` means that the usual address is right. ``others`` are the other columns whose names promise addresses,
    and ``holding`` are all columns that contain addresses.
    """
    if compact_name(best.name) == DIRECTORY_MAIL:
        return next((column for column in holding if compact_name(column.name) in USER_PRINCIPAL), None)
    return max(others, key=_rank, default=None) if means_if_different(best.name) else None


def _beside(choice: AddressChoice, best: AddressColumn, other: AddressColumn, first: FirstRows) -> AddressChoice:
    """Compare the best column with another column whose name promises addresses, and return the changed choice.

    The other column may repeat the addresses, or fill empty cells of the best column. Otherwise a note may say that the
    job ignores the other column. ``first`` is the header and the first rows. Raises ``Unreadable`` if the other column
    may be the right column.
    """
    mine, theirs = first.keys(best.index), first.keys(other.index)
    both = mine.keys() & theirs.keys()
    differ = sum(mine[row] != theirs[row] for row in both)
    is_same = differ <= FEW * len(both) and differ < len(both)
    fills = bool(theirs.keys() - mine.keys())
    if choice.again is None and (means_again(other.name) or (is_same and _is_as_good(other, best))):
        return _compared(choice, other, fills=fills)
    if _is_as_good(other, best):
        raise _ask(best, other, first)
    if other.is_login and 2 * best.addresses >= other.addresses:
        return choice
    if fills and is_same and not differ and choice.fallback is None:
        return replace(choice, fallback=other.index)
    if 2 * best.addresses < other.addresses or (differ and best.distinct < min(SEEMS_SHARED, other.distinct)):
        raise _ask(best, other, first)
    note = f"{first.listed(other)} has other addresses than {first.listed(best)} and was not used."
    return replace(choice, notes=(*choice.notes, note)) if differ or fills else choice


def _is_nameless_rival(other: AddressColumn, best: AddressColumn, first: FirstRows) -> bool:
    """Say whether the column ``other`` has no name, but contains other addresses than the best column.

    If so, the best column's name may be a heading over both columns. ``first`` is the header and the first rows.
    """
    if other.name.strip(BLANK) or best.claim is NameClaim.WORK_MAIL or not other.is_theirs:
        return False
    mine, theirs = first.keys(best.index), first.keys(other.index)
    return any(mine.get(row) != key for row, key in theirs.items())


def _is_as_good(other: AddressColumn, best: AddressColumn) -> bool:
    """Say whether a column may contain the addresses of people as well as the best column.

    The name of ``other`` must point to addresses as clearly as the name of ``best``, and ``other`` must contain about
    as many different addresses.
    """
    are_unclear = not is_clear_name(best.name) and not (best.is_login or other.is_login)
    is_close = 2 * other.share * other.distinct >= best.share * best.distinct
    return is_close and (other.claim == best.claim or are_unclear)


def _compared(choice: AddressChoice, other: AddressColumn, *, fills: bool) -> AddressChoice:
    """Return the choice with another column (``other``) that repeats the addresses.

    If ``fills`` is true, the other column also fills empty cells. If the choice already contains a column for empty
    cells, that column stays.
    """
    fallback = other.index if fills and choice.fallback is None else choice.fallback
    return replace(choice, again=other.index, fallback=fallback)


def _ask(best: AddressColumn, other: AddressColumn, first: FirstRows) -> Unreadable:
    advice = choose_with(first.header, [best.index, other.index], flag=EMAIL_FLAG)
    return Unreadable(f"{first.listed(best, other)} may each hold the work address; {advice}")


def _by_content(columns: Sequence[AddressColumn], holding: Sequence[AddressColumn], first: FirstRows) -> AddressChoice:
    """Return the choice of the only column that contains addresses, whatever its name is.

    ``holding`` are the columns that contain addresses. ``first`` is the header and the first rows. Raises
    ``Unreadable`` if several columns or no column contains addresses, or if the only column may be the wrong column.
    """
    promising = [column for column in columns if column.claim >= NameClaim.MAIL and not column.is_shared]
    match holding:
        case [only] if promising:
            advice = choose_with(first.header, [only.index], flag=EMAIL_FLAG)
            raise Unreadable(f"{first.listed(*promising)} holds no addresses, but {first.listed(only)} does; {advice}")
        case [only] if only.is_theirs and only.distinct >= DISTINCT:
            return AddressChoice(only.index)
        case []:
            raise Unreadable(f"no column of addresses; {seen_columns(first.header)}; name it with {EMAIL_FLAG}")
    others = first.listed(*holding)
    if all(column.is_shared and column.claim > NameClaim.NOT_THEIRS for column in holding):
        raise Unreadable(
            f"many people share the addresses of {others}, so these are somebody else's; "
            f"name the column of work addresses with {EMAIL_FLAG}"
        )
    raise Unreadable(f"no column of work addresses, but of other ones: {others}; name the right one with {EMAIL_FLAG}")


def _explained(choice: AddressChoice, columns: Sequence[AddressColumn], first: FirstRows) -> AddressChoice:
    """Return the choice with its notes, and with the reason why the job reads or ignores each possible column.

    ``first`` is the header and the first rows.
    """
    notes = [*_notes(choice, columns, first), *choice.notes]
    considered = [
        replace(column, why=_why(column, choice))
        for column in columns
        if column.index == choice.email or column.share > 0 or column.claim >= NameClaim.MAIL
    ]
    return replace(choice, notes=tuple(notes), considered=tuple(considered))


def _notes(choice: AddressChoice, columns: Sequence[AddressColumn], first: FirstRows) -> list[str]:
    best = columns[choice.email]
    notes = []
    if not is_clear_name(best.name) or best.claim < NameClaim.MAIL:
        doubt = "a column of logins" if best.is_login else "whose name does not say whose addresses it holds"
        notes.append(f"The addresses come from {first.listed(best)}, {doubt}.")
    if choice.fallback is not None and compact_name(best.name) != DIRECTORY_MAIL:  # in a directory, this is certain
        other = first.listed(columns[choice.fallback])
        notes.append(f"Where {first.listed(best)} is empty, the address comes from {other}.")
    if choice.again is not None:
        other = first.listed(columns[choice.again])
        notes.append(f"{other} repeats the addresses of {first.listed(best)}; a row in which the two differ is held.")
    doubtful = [column for column in columns if not column.is_theirs and column.claim > NameClaim.NONE]
    notes += [f"{first.listed(column)} was not used, since {_why_not_theirs(column)}." for column in doubtful]
    return notes


def _why(column: AddressColumn, choice: AddressChoice) -> str:
    roles: Mapping[int | None, str] = {
        choice.again: "compared with the chosen column",
        choice.fallback: "fills empty cells of the chosen column",
        choice.email: f"chosen, since {_MERITS[column.claim]}",
    }
    if column.index in roles:
        return roles[column.index]
    if not column.is_theirs:
        return f"not used, since {_why_not_theirs(column)}"
    if not column.holds_addresses:
        return "not used, since few of its cells are addresses"
    return "not used, since another column has a better name or more addresses"


def _why_not_theirs(column: AddressColumn) -> str:
    if column.claim is NameClaim.NOT_THEIRS:
        return "its name says that the addresses are private, spare or somebody else's"
    return (
        "many people share its addresses" if column.is_shared else "its addresses resemble nobody's name in their rows"
    )


_MERITS = {
    NameClaim.NOT_THEIRS: "the user named it",
    NameClaim.NONE: "only this column holds addresses",
    NameClaim.PERHAPS: "its name may mean the addresses, and its cells are addresses",
    NameClaim.MAIL: "its name means the people's addresses",
    NameClaim.WORK_MAIL: "its name means the people's addresses at work",
}
